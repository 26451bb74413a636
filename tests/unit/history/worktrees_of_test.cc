// Work trees of every kind of repository, and of submodules.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "tests/unit/history/worktrees_fixture.h"

namespace culprit::history {
namespace {

namespace fs = std::filesystem;
using model::CommitId;

TEST(WorktreesOf, BareLinkedBorrowingAndOddlyNamedRepositories) {
  const TestRepo repo("", "a b\nc\"d#");
  const auto first = repo.commit("file", "1");
  const auto second = repo.commit("file", "2");
  repo.git("clone -q --bare . ../bare.git");
  repo.git("-C ../bare.git worktree add -q --detach ../linked");
  shell(repo.beside(""), "git clone -q --shared bare.git borrower");
  for (const fs::path& path :
       {repo.path(), repo.beside("bare.git"), repo.beside("linked"), repo.beside("borrower")}) {
    SCOPED_TRACE(path);
    const auto user = open_repository(path, {}, k_never);
    ASSERT_TRUE(user);
    const auto before = listing_of(path);
    const auto worktrees = Worktrees::open(*user, repo.beside("state of\nit"), {}, k_never);
    ASSERT_TRUE(worktrees) << base::render(worktrees.error());
    const auto folder = (*worktrees)->at(first, 0);
    ASSERT_TRUE(folder) << base::render(folder.error());
    EXPECT_EQ(read(*folder / "file"), "1");
    EXPECT_EQ(read(*(*worktrees)->at(second, 0) / "file"), "2");
    EXPECT_EQ(listing_of(path), before);
    ASSERT_TRUE((*worktrees)->remove_all());
  }
}

TEST(WorktreesOf, Sha256Repositories) {
  const TestRepo repo("--object-format=sha256");
  const auto first = repo.commit("file", "1");
  const auto worktrees = *Worktrees::open(repo.open(), repo.beside("state"), {}, k_never);
  const auto folder = worktrees->at(first, 0);
  ASSERT_TRUE(folder) << base::render(folder.error());
  EXPECT_EQ(read(*folder / "file"), "1");
  EXPECT_EQ(worktrees->tree(first).value_or("none"), repo.git("rev-parse HEAD^{tree}"));
}

TEST(WorktreesOf, PartialClonesFetchIntoOurRepository) {
  const TestRepo repo;
  const auto first = repo.commit("file", "1");
  repo.commit("file", "2");
  repo.git("config uploadpack.allowFilter true");
  repo.git("config uploadpack.allowAnySHA1InWant true");
  repo.git("clone -q --no-checkout --filter=blob:none file://$PWD ../partial");
  const auto user = open_repository(repo.beside("partial"), {}, k_never);
  ASSERT_TRUE(user);
  const auto before = listing_of(repo.beside("partial"));
  const auto worktrees = *Worktrees::open(*user, repo.beside("state"), {}, k_never);
  const auto folder = worktrees->at(first, 0);
  ASSERT_TRUE(folder) << base::render(folder.error());
  EXPECT_EQ(read(*folder / "file"), "1");
  EXPECT_EQ(listing_of(repo.beside("partial")), before);
}

TEST(WorktreesOf, ShallowRepositoriesWhereTheyAreAllowed) {
  const TestRepo repo;
  repo.commit("file", "1");
  const auto second = repo.commit("file", "2");
  repo.git("clone -q --depth 1 file://$PWD ../shallow");
  const auto user = open_repository(repo.beside("shallow"), {.allow_shallow = true}, k_never);
  const auto worktrees = *Worktrees::open(*user, repo.beside("state"), {}, k_never);
  const auto folder = worktrees->at(second, 0);
  ASSERT_TRUE(folder) << base::render(folder.error());
  EXPECT_EQ(shell(*folder, "git log --oneline | wc -l"), "1");
}

class Submodules : public WorktreesTest {
 protected:
  void SetUp() override {
    const std::string allow = "-c protocol.file.allow=always ";
    shell(m_repo.beside(""), "git init -q library");
    m_library = m_repo.beside("library");
    shell(m_library, "echo one >code && git add code && git commit -q -m one");
    m_before = m_repo.commit("file", "0");
    m_repo.git(allow + "submodule --quiet add -- \"$PWD/../library\" 'lib dir'");
    m_repo.git("commit -q -m 'with the library'");
    m_with = m_repo.id("HEAD");
    shell(m_library, "echo two >code && git commit -q -a -m two");
    shell(m_repo.path() / "lib dir", "git pull -q");
    m_repo.git("commit -q -a -m 'newer library'");
    m_newer = m_repo.id("HEAD");
    m_repo.git("rm -q 'lib dir' .gitmodules");
    m_repo.git("commit -q -m 'without the library'");
    m_after = m_repo.id("HEAD");
  }
  fs::path m_library;
  CommitId m_before, m_with, m_newer, m_after;
};

TEST_F(Submodules, AreCheckedOutFromTheUsersCopiesAndRemovedAgain) {
  fs::remove_all(m_library);  // where they came from is gone
  const auto before = listing_of(m_repo.path());
  std::vector<std::string> notes;
  const auto worktrees =
      open({.submodules = true, .note = [&](const std::string& text) { notes.push_back(text); }});
  EXPECT_EQ(read(at(*worktrees, m_with) / "lib dir/code"), "one\n");
  EXPECT_EQ(read(at(*worktrees, m_newer) / "lib dir/code"), "two\n");
  EXPECT_EQ(read(at(*worktrees, m_with, 1) / "lib dir/code"), "one\n");
  EXPECT_FALSE(fs::exists(at(*worktrees, m_after) / "lib dir"));
  EXPECT_FALSE(fs::exists(at(*worktrees, m_before, 1) / "lib dir"));
  EXPECT_EQ(read(at(*worktrees, m_newer) / "lib dir/code"), "two\n");
  EXPECT_EQ(notes, std::vector<std::string>());
  EXPECT_EQ(listing_of(m_repo.path()), before);
}

TEST_F(Submodules, ThatCannotBeHadAreANote) {
  fs::remove_all(m_library);
  fs::remove_all(m_repo.path() / ".git/modules");
  std::vector<std::string> notes;
  const auto worktrees =
      open({.submodules = true, .note = [&](const std::string& text) { notes.push_back(text); }});
  EXPECT_EQ(read(at(*worktrees, m_with) / "file"), "0");
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_TRUE(notes[0].starts_with("submodules could not be checked out: ")) << notes[0];
}

// A library behind a server that takes the connection and says nothing. `marker` is made when it is asked.
class SilentSubmodule : public Submodules {
 protected:
  void SetUp() override {
    Submodules::SetUp();
    m_repo.git("checkout -q --detach " + m_with.hex());
    m_repo.git("config -f .gitmodules 'submodule.lib dir.url' ssh://silent.invalid/library");
    m_repo.git("commit -q -a -m 'library behind a server'");
    m_silent = m_repo.id("HEAD");
    fs::remove_all(m_repo.path() / ".git/modules");
    ::setenv("GIT_SSH_COMMAND", ("touch '" + m_marker.string() + "'; sleep 1000; :").c_str(), 1);
  }
  void TearDown() override { ::unsetenv("GIT_SSH_COMMAND"); }

  fs::path m_marker = m_repo.beside("asked");
  CommitId m_silent;
};

TEST_F(SilentSubmodule, IsAnErrorWhenItsTimeIsUp) {
  const auto worktrees = open({.submodules = true, .submodule_timeout_s = 1});
  const auto folder = worktrees->at(m_silent, 0);
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().kind, base::ErrorKind::infra);  // a server that is away is nobody's mistake
  EXPECT_EQ(
      base::render(folder.error()),
      "culprit: error: git submodule did not end in time\n"
      "hint: a server does not answer within 1.0 s: `git submodule update --init --recursive` in your own "
      "checkout gets the submodules for culprit too\n");
}

TEST_F(SilentSubmodule, IsLeftWhenCancelledAndAllCanBeRemovedThen) {
  base::CancelToken cancel;
  auto worktrees = Worktrees::open(m_repo.open(), m_state, {.submodules = true}, cancel);
  ASSERT_TRUE(worktrees) << base::render(worktrees.error());
  const std::jthread canceller([&] {
    std::error_code ignored;
    while (!fs::exists(m_marker, ignored)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    cancel.cancel();
  });
  const auto folder = (*worktrees)->at(m_silent, 0);
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().kind, base::ErrorKind::interrupted);
  EXPECT_EQ(folder.error().what, "git submodule was interrupted");
  EXPECT_TRUE((*worktrees)->remove_all());
  EXPECT_FALSE(fs::exists(m_state / "worktrees"));
  EXPECT_FALSE(fs::exists(m_state / "git"));
}

TEST_F(Submodules, ThatAreNotAskedForAreToldOnce) {
  std::vector<std::string> notes;
  const auto worktrees = open({.note = [&](const std::string& text) { notes.push_back(text); }});
  at(*worktrees, m_with);
  at(*worktrees, m_newer);
  EXPECT_EQ(notes, (std::vector<std::string>{"the project has submodules, which are not checked out"}));
}

}  // namespace
}  // namespace culprit::history
