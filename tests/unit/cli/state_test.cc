#include "cli/settings/state.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/files.h"
#include "store/store.h"

namespace culprit::cli {
namespace {

namespace fs = std::filesystem;

class State : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"HOME", "XDG_STATE_HOME"})
      if (const char* value = std::getenv(name)) m_saved[name] = value;
    ::unsetenv("XDG_STATE_HOME");
  }
  void TearDown() override {
    for (const char* name : {"HOME", "XDG_STATE_HOME"}) {
      ::unsetenv(name);
      if (m_saved.contains(name)) ::setenv(name, m_saved[name].c_str(), 1);
    }
  }
  std::string refusal(const fs::path& root) const {
    const auto fine = StatePaths{root}.refuse_foreign();
    return fine ? "" : fine.error().what;
  }

  std::map<std::string, std::string> m_saved;
  base::TempDir m_dir = *base::TempDir::create("culprit-state-");
  fs::path m_root = m_dir.path() / "state";
};

TEST_F(State, WithoutAHomeThereIsNoPlaceForIt) {
  ::setenv("HOME", "/home/ada", 1);
  EXPECT_TRUE(default_state_dir("/src/r/.git")->string().starts_with("/home/ada/.local/state/culprit/r-"));
  ::setenv("XDG_STATE_HOME", "relative", 1);  // not to be read, says the specification
  EXPECT_TRUE(default_state_dir("/src/r/.git")->string().starts_with("/home/ada/.local/state/culprit/r-"));
  for (const char* home : {"", "here"}) {
    ::setenv("HOME", home, 1);
    const auto nowhere = default_state_dir("/src/r/.git");
    ASSERT_FALSE(nowhere);
    EXPECT_EQ(
        base::render(nowhere.error()),
        "culprit: error: there is no place to keep the bisection: neither HOME nor XDG_STATE_HOME names a "
        "folder\nhint: set HOME, or name a folder with --state DIR\n");
  }
  ::unsetenv("HOME");
  EXPECT_FALSE(default_state_dir("/src/r/.git"));
  EXPECT_TRUE(StatePaths::of("/named", "/src/r/.git"));
  ::setenv("XDG_STATE_HOME", "/state", 1);
  EXPECT_TRUE(default_state_dir("/src/r/.git")->string().starts_with("/state/culprit/r-"));
}

TEST_F(State, NamesFitAFileSystem) {
  ::setenv("HOME", "/h", 1);
  EXPECT_EQ(default_state_dir("/" + std::string(255, 'r') + "/.git")->filename().string().size(), 249u);
  EXPECT_TRUE(StatePaths::of("/" + std::string(200, 'a') + "/" + std::string(200, 'b'), {}));
  const auto longer = StatePaths::of("/" + std::string(245, 'a') + "/" + std::string(245, 'b'), {});
  ASSERT_FALSE(longer);
  EXPECT_TRUE(longer.error().what.starts_with("the path of the state folder is too long, 492 bytes: /aaa"));
}

TEST_F(State, OnlyWhatIsCulpritsIsAFolderForIt) {
  EXPECT_EQ(refusal(m_root), "");  // to be made
  fs::create_directories(m_root);
  EXPECT_EQ(refusal(m_root), "");
  std::ofstream(m_root / "lock") << "123\n";  // of a culprit that was killed at once
  EXPECT_EQ(refusal(m_root), "");
  std::ofstream(m_root / "culprit.db") << "";
  fs::create_directories(m_root / "lost+found");
  EXPECT_EQ(refusal(m_root), "");
  {
    ASSERT_TRUE(store::Store::open(m_root / "culprit.db", store::Store::Mode::read_write));
  }
  fs::create_directories(m_root / "checkouts/worktrees");
  std::ofstream(m_root / "notes.txt") << "the user's, beside a store";
  EXPECT_EQ(refusal(m_root), "");
}

TEST_F(State, AnythingElseIsLeftAsItIs) {
  fs::create_directories(m_root);
  std::ofstream(m_root / "lock") << "precious";
  EXPECT_EQ(refusal(m_root),
            m_root.string() +
                " is not empty and not a state folder of culprit's: it holds 'lock' and no culprit.db");
  fs::remove(m_root / "lock");
  fs::create_directories(m_root / "checkouts/worktrees");
  EXPECT_EQ(refusal(m_root), "");  // what is left of one that was removed under way
  std::ofstream(m_root / "checkouts/worktrees/mine") << "";
  EXPECT_NE(refusal(m_root), "");
  std::ofstream(m_root / "culprit.db") << "precious";
  EXPECT_EQ(refusal(m_root), "this file is not a culprit store");
  fs::remove_all(m_root / "checkouts");
  EXPECT_EQ(refusal(m_root), "this file is not a culprit store");
  EXPECT_EQ(refusal(m_root / "culprit.db"),
            "the state folder " + (m_root / "culprit.db").string() + " is a file");
}

}  // namespace
}  // namespace culprit::cli
