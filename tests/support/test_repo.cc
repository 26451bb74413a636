#include "tests/support/test_repo.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "base/process/subprocess.h"
#include "base/strings.h"

namespace culprit::history {
namespace {

namespace fs = std::filesystem;

// No configuration of the machine's or the developer's gets in.
class Isolation : public ::testing::Environment {
 public:
  void SetUp() override {
    m_home = std::make_unique<base::TempDir>(*base::TempDir::create("culprit-test-home-"));
    ::setenv("HOME", m_home->path().c_str(), 1);
    ::unsetenv("XDG_CONFIG_HOME");
    ::setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    std::ofstream(m_home->path() / ".gitconfig")
        << "[user]\n\tname = Ada Example\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n";
  }
  void TearDown() override { m_home.reset(); }

 private:
  std::unique_ptr<base::TempDir> m_home;
};

[[maybe_unused]] ::testing::Environment* const k_isolation =
    ::testing::AddGlobalTestEnvironment(new Isolation);

}  // namespace

const base::CancelToken k_never;

std::string shell(const fs::path& folder, const std::string& script) {
  base::Command command;
  command.argv = {"sh", "-ec", script};
  command.cwd = folder;
  command.env = {{"GIT_AUTHOR_DATE", "2024-03-01T12:00:00 +0100"},
                 {"GIT_COMMITTER_DATE", "2024-03-01T12:00:00 +0100"},
                 {"LC_ALL", "C"}};
  command.output_limit = std::size_t{1} << 28;
  auto output = base::run_tool(command, k_never);
  if (!output) {
    std::cerr << base::render(output.error());
    std::abort();
  }
  if (output->ends_with('\n')) output->pop_back();
  return *output;
}

void write(const fs::path& file, std::string_view text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::map<std::string, std::string> listing_of(const fs::path& folder) {
  std::map<std::string, std::string> listing;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const auto mode = static_cast<unsigned>(entry.symlink_status().permissions());
    std::string text = std::to_string(mode) + " ";
    if (entry.is_symlink())
      text += "-> " + fs::read_symlink(entry.path()).string();
    else if (entry.is_regular_file())
      text += read(entry.path());
    listing[entry.path().string()] = text;
  }
  return listing;
}

TestRepo::TestRepo(const std::string& init, const std::string& name)
    : m_folder(*base::TempDir::create("culprit-test-")), m_path(m_folder.path() / name) {
  fs::create_directories(m_path);
  git("init -q " + init);
}

model::CommitId TestRepo::id(const std::string& revision) const {
  return *model::CommitId::from_hex(git("rev-parse --verify '" + revision + "^{commit}'"));
}

model::CommitId TestRepo::commit(const std::string& file, const std::string& text,
                                 const std::string& message) const {
  write(m_path / file, text);
  git("add -f " + base::shell_quote(file));
  git("commit -q -m " + base::shell_quote(message));
  return id("HEAD");
}

Repository TestRepo::open() const {
  auto repository = open_repository(m_path, {}, k_never);
  if (!repository) {
    std::cerr << base::render(repository.error());
    std::abort();
  }
  return *repository;
}

std::vector<model::CommitId> import_history(const TestRepo& repo,
                                            const std::vector<std::vector<std::size_t>>& parents) {
  std::string stream;
  for (std::size_t i = 0; i < parents.size(); ++i) {
    // A root must not continue the branch that the commit before it is on.
    const std::string branch = "refs/heads/b" + std::to_string(parents[i].empty() ? i : 0);
    if (!parents[i].empty()) stream += "reset " + branch + "\n\n";
    stream += "commit " + branch + "\nmark :" + std::to_string(i + 1) + "\ncommitter Ada <ada@example.org> " +
              std::to_string(1'700'000'000 + 60 * i) + " +0000\ndata 2\nc\n";
    for (std::size_t k = 0; k < parents[i].size(); ++k)
      stream += (k == 0 ? "from :" : "merge :") + std::to_string(parents[i][k] + 1) + "\n";
    stream += '\n';
  }
  // A branch for each commit, so that none is lost.
  for (std::size_t i = 0; i < parents.size(); ++i)
    stream += "reset refs/heads/n" + std::to_string(i) + "\nfrom :" + std::to_string(i + 1) + "\n\n";
  write(repo.beside("stream"), stream);
  repo.git("fast-import --quiet --force --export-marks=../marks <../stream");
  std::vector<model::CommitId> ids(parents.size());
  const std::string marks = read(repo.beside("marks"));
  for (const std::string_view line : base::split_lines(marks)) {
    const auto fields = base::split(line, ' ');
    ids[*base::parse_number<std::size_t>(fields[0].substr(1)) - 1] = *model::CommitId::from_hex(fields[1]);
  }
  return ids;
}

std::vector<std::vector<std::size_t>> random_history(std::size_t size, base::Rng& rng) {
  std::vector<std::vector<std::size_t>> parents(size);
  for (std::size_t i = 1; i < size; ++i) {
    if (rng.chance(0.03)) continue;  // one more root
    std::size_t wanted = rng.chance(0.2) ? 2 : 1;
    if (rng.chance(0.04)) wanted = 3 + rng.below(4);
    const std::size_t reach = std::min<std::size_t>(i, 12);
    for (std::size_t k = 0; k < wanted; ++k) {
      const std::size_t parent = i - 1 - rng.below(reach);
      if (std::ranges::find(parents[i], parent) == parents[i].end()) parents[i].push_back(parent);
    }
  }
  return parents;
}

}  // namespace culprit::history
