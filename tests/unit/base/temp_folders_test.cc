#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

#include <fmt/format.h>

#include "base/files.h"
#include "base/strings.h"

namespace culprit::base {
namespace {

namespace fs = std::filesystem;

// The id of a process that is gone.
pid_t gone() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  return child;
}

class TempFolders : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempDir::create("culprit-test-");
    ASSERT_TRUE(folder);
    m_folder.emplace(std::move(*folder));
  }
  fs::path make(const std::string& name) const {
    fs::create_directories(m_folder->path() / name / "below");
    return m_folder->path() / name;
  }
  // What the name of a folder says that process `id` made.
  static std::string owner(pid_t id) {
    const auto own = TempDir::create("");
    const std::string name = own ? own->path().filename().string() : "";
    return std::to_string(id) + name.substr(name.find('-'), name.rfind('-') + 1 - name.find('-'));
  }
  std::optional<TempDir> m_folder;
};

TEST_F(TempFolders, OfAProcessThatIsGoneAreRemoved) {
  const fs::path stale = make("culprit-guest-" + owner(gone()) + "a1B2c3");
  const fs::path cache = make(".new-" + owner(gone()) + "a1B2c3");
  EXPECT_EQ(remove_stale_temp_dirs(m_folder->path()), 2U);
  EXPECT_FALSE(fs::exists(stale));
  EXPECT_FALSE(fs::exists(cache));
}

TEST_F(TempFolders, OfOthersStay) {
  const auto living = TempDir::create("culprit-guest-", m_folder->path());
  ASSERT_TRUE(living);
  for (const std::string& name : std::vector<std::string>{
           "culprit-guest-XXXXXX", "other-" + owner(gone()) + "a1B2c3", "culprit-guest--a1B2c3",
           fmt::format("culprit-guest-{}-00000000-a1B2c3", gone()),
           "culprit-guest-" + owner(gone()) + "a1B2c3d", "culprit-guest-" + owner(::getppid()) + "a1B2c3"})
    make(name);
  ASSERT_TRUE(write_file_atomically(m_folder->path() / ("culprit-guest-" + owner(gone()) + "file00"), ""));
  fs::create_directory_symlink("/", m_folder->path() / ("culprit-guest-" + owner(gone()) + "link00"));
  EXPECT_EQ(remove_stale_temp_dirs(m_folder->path()), 0U);
  EXPECT_TRUE(fs::exists(living->path()));
}

TEST_F(TempFolders, AFolderThatIsNotThereHasNone) {
  EXPECT_EQ(remove_stale_temp_dirs("/no/such/folder"), 0U);
}

}  // namespace
}  // namespace culprit::base
