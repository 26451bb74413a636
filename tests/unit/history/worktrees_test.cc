#include "history/checkout/worktrees.h"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "base/process/subprocess.h"
#include "tests/unit/history/worktrees_fixture.h"

namespace culprit::history {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using model::CommitId;

TEST_F(WorktreesTest, SlotsHoldTheCommitsThatTheyAreAskedFor) {
  const auto first = m_repo.commit("dir/file", "1");
  const auto second = m_repo.commit("dir/file", "2");
  m_repo.git("rm -q dir/file");
  const auto third = m_repo.commit("other", "3");
  const auto worktrees = open();
  EXPECT_EQ(read(at(*worktrees, first) / "dir/file"), "1");
  EXPECT_EQ(read(at(*worktrees, second, 1) / "dir/file"), "2");
  EXPECT_EQ(at(*worktrees, third), worktrees->folder(0));
  EXPECT_FALSE(fs::exists(worktrees->folder(0) / "dir"));
  EXPECT_EQ(read(worktrees->folder(0) / "other"), "3");
  EXPECT_EQ(read(worktrees->folder(1) / "dir/file"), "2");
  EXPECT_EQ(read(at(*worktrees, first) / "dir/file"), "1");
}

TEST_F(WorktreesTest, TheUsersRepositoryAndCheckoutStayAsTheyAre) {
  const auto first = m_repo.commit("file", "1");
  const auto second = m_repo.commit("file", "2");
  m_repo.git("tag -a -m x v1.0");
  m_repo.git("branch topic");
  write(m_repo.path() / "file", "not committed");
  write(m_repo.path() / "untracked", "");
  const auto before = listing_of(m_repo.path());
  const auto worktrees = open({.clean = true, .submodules = true});
  at(*worktrees, first);
  at(*worktrees, second);
  ASSERT_TRUE(worktrees->tree(first));
  ASSERT_TRUE(worktrees->change(second, Changed::Way::without, second));
  ASSERT_TRUE(worktrees->remove_all());
  EXPECT_EQ(listing_of(m_repo.path()), before);
}

TEST_F(WorktreesTest, UntrackedFilesStayUnlessCleanIsAskedFor) {
  const auto first = m_repo.commit(".gitignore", "*.o\n");
  const auto second = m_repo.commit("file", "2");
  const auto keeping = open();
  const fs::path folder = at(*keeping, first);
  write(folder / "built.o", "x");
  write(folder / "sub/product", "x");
  write(folder / ".gitignore", "changed by a test");
  at(*keeping, second);
  EXPECT_TRUE(fs::exists(folder / "built.o"));
  EXPECT_TRUE(fs::exists(folder / "sub/product"));
  EXPECT_EQ(read(folder / ".gitignore"), "*.o\n");
  const auto cleaning = open({.clean = true});
  at(*cleaning, first);
  EXPECT_FALSE(fs::exists(folder / "built.o"));
  EXPECT_FALSE(fs::exists(folder / "sub"));
}

TEST_F(WorktreesTest, UntrackedFilesInTheWayOfACommitGiveWay) {
  const auto first = m_repo.commit("file", "1");
  m_repo.commit("thing/inside", "2");
  const auto second = m_repo.commit("thing/more", "2");
  m_repo.git("rm -q -r thing");
  const auto third = m_repo.commit("thing", "a file now");
  const auto worktrees = open();
  const fs::path folder = at(*worktrees, first);
  write(folder / "thing", "in the way");
  EXPECT_EQ(read(at(*worktrees, second) / "thing/inside"), "2");
  write(folder / "thing/built/product.o", "in the way");
  EXPECT_EQ(read(at(*worktrees, third) / "thing"), "a file now");
}

TEST_F(WorktreesTest, DescribeKnowsTagsBranchesAndTheHash) {
  m_repo.commit("file", "1");
  m_repo.git("tag -a -m x v1.0");
  m_repo.git("tag -a -m x old-style v1.0");
  const auto second = m_repo.commit("file", "2");
  const auto worktrees = open();
  const fs::path folder = at(*worktrees, second);
  EXPECT_EQ(shell(folder, "git describe --match 'v*'"), "v1.0-1-g" + second.hex().substr(0, 7));
  EXPECT_EQ(shell(folder, "git rev-parse HEAD"), second.hex());
  EXPECT_EQ(shell(folder, "git rev-parse main"), second.hex());
  EXPECT_EQ(shell(folder, "git status --porcelain"), "");
  EXPECT_EQ(shell(folder, "git log --oneline | wc -l"), "2");
}

TEST_F(WorktreesTest, RefsAreAsNewAsTheLastOpening) {
  const auto first = m_repo.commit("file", "1");
  const auto worktrees = open();
  const fs::path folder = at(*worktrees, first);
  shell(folder, "git tag made-by-a-test; git checkout -q -b branch-of-a-test");
  m_repo.git("tag later");
  const auto again = open();
  EXPECT_EQ(shell(at(*again, first), "git tag"), "later");
  EXPECT_EQ(shell(folder, "git rev-parse --abbrev-ref HEAD"), "HEAD");
}

TEST_F(WorktreesTest, ASwitchThatWasKilledIsFinishedBeforeTheNext) {
  const auto first = m_repo.commit("file", "1");
  m_repo.commit("only-in-second", "2");
  const auto second = m_repo.commit("file", "2");
  m_repo.git("rm -q only-in-second");
  const auto third = m_repo.commit("file", "3");
  const fs::path folder = at(*open(), first);
  write(folder / "product.o", "x");
  // What a kill amid the switch to `second` leaves: its target, a lock, a part of its files.
  write(admin() / "culprit-target", second.hex());
  write(admin() / "index.lock", "");
  write(admin() / "HEAD.lock", "");
  write(folder / "only-in-second", "2");
  write(folder / "file", "2");
  at(*open(), third);
  EXPECT_FALSE(fs::exists(folder / "only-in-second"));
  EXPECT_EQ(read(folder / "file"), "3");
  EXPECT_TRUE(fs::exists(folder / "product.o"));
  EXPECT_FALSE(fs::exists(admin() / "index.lock"));
  EXPECT_FALSE(fs::exists(admin() / "culprit-target"));
}

// Kills, at random moments, a process that switches a slot to and fro; what it leaves must be put right by
// the next switch, without a file too many or too few.
TEST_F(WorktreesTest, AKillAtAnyMomentIsSurvived) {
  std::vector<CommitId> commits;
  for (int version = 0; version < 4; ++version) {
    m_repo.git("rm -q -r --ignore-unmatch .");
    for (int file = 0; file < 150; ++file)
      if ((file + version) % 3 != 0)
        write(m_repo.path() / ("f" + std::to_string(file)), std::to_string(file * version));
    commits.push_back(m_repo.commit("version", std::to_string(version)));
    m_repo.git("add . && git commit -q --amend --no-edit");
    commits.back() = m_repo.id("HEAD");
  }
  const Repository user = m_repo.open();
  const std::string tag = "worktrees-test-" + std::to_string(::getpid());
  base::Rng rng(5);
  for (int round = 0; round < 8; ++round) {
    SCOPED_TRACE(round);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      base::set_session_tag(tag);
      const auto worktrees = Worktrees::open(user, m_state, {}, k_never);
      for (std::size_t i = 0; worktrees; ++i) (void)(*worktrees)->at(commits[i % commits.size()], 0);
      ::_exit(1);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(30 + rng.below(400)));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    base::kill_strays(tag);
    const CommitId& next = commits[rng.below(commits.size())];
    const fs::path folder = at(*open(user), next);
    EXPECT_EQ(shell(folder, "git status --porcelain --ignored"), "");
    EXPECT_EQ(shell(folder, "git rev-parse HEAD"), next.hex());
  }
}

TEST_F(WorktreesTest, LocksThatAKilledTestLeftAreRemovedAtTheNextOpening) {
  const auto first = m_repo.commit("file", "1");
  const auto second = m_repo.commit("file", "2");
  at(*open(), first);
  write(admin() / "index.lock", "");
  write(m_state / "git/packed-refs.lock", "");
  write(m_state / "git/config.lock", "");
  EXPECT_EQ(read(at(*open(), second) / "file"), "2");
}

TEST_F(WorktreesTest, ABrokenSlotIsMadeAnew) {
  const auto first = m_repo.commit("file", "1");
  const auto second = m_repo.commit("file", "2");
  const auto worktrees = open();
  const fs::path folder = at(*worktrees, first);
  const std::vector<std::string> damages = {
      "rm .git",
      "rm -rf .git && mkdir .git && echo x >.git/HEAD",
      "find . -mindepth 1 -delete",
      "echo nonsense >'" + admin().string() + "/index'",
      "rm '" + admin().string() + "/HEAD'",
      "rm -rf '" + admin().string() + "'",
      "rm '" + admin().string() + "/gitdir'",
      "printf nonsense >'" + admin().string() + "/culprit-target'",
  };
  for (const std::string& damage : damages) {
    SCOPED_TRACE(damage);
    shell(folder, damage);
    EXPECT_EQ(read(at(*worktrees, second) / "file"), "2");
    EXPECT_EQ(read(at(*worktrees, first) / "file"), "1");
    EXPECT_EQ(shell(folder, "git rev-parse HEAD"), first.hex());
  }
  EXPECT_EQ(m_repo.git("status --porcelain"), "");
}

TEST_F(WorktreesTest, AStateFolderBehindALinkKeepsItsSlots) {
  const auto first = m_repo.commit("file", "1");
  const auto second = m_repo.commit("file", "2");
  fs::create_directories(m_repo.beside("real state"));
  fs::create_directory_symlink(m_repo.beside("real state"), m_state);
  const auto worktrees = open();
  write(at(*worktrees, first) / "product.o", "x");
  EXPECT_TRUE(fs::exists(at(*worktrees, second) / "product.o"));
  EXPECT_TRUE(fs::exists(at(*open(), first) / "product.o"));
}

// The state folder may lie in the user's checkout; a slot without .git must not lead git up to that.
TEST_F(WorktreesTest, ASlotInsideTheUsersCheckoutNeverTouchesThat) {
  const auto first = m_repo.commit("file", "1");
  const auto second = m_repo.commit("file", "2");
  m_state = m_repo.path() / ".culprit";
  const auto worktrees = open();
  const fs::path folder = at(*worktrees, first);
  fs::remove(folder / ".git");
  at(*worktrees, second);
  EXPECT_EQ(m_repo.id("HEAD"), second);
  EXPECT_EQ(m_repo.git("rev-parse --abbrev-ref HEAD"), "main");
  at(*worktrees, first);
  EXPECT_EQ(read(m_repo.path() / "file"), "2");
}

TEST_F(WorktreesTest, SlotsMaySwitchAtTheSameTime) {
  std::vector<CommitId> commits;
  for (int i = 0; i < 6; ++i) commits.push_back(m_repo.commit("file", std::to_string(i)));
  const auto worktrees = open();
  std::vector<std::string> seen(4);
  std::vector<std::thread> threads;
  for (std::size_t slot = 0; slot < seen.size(); ++slot)
    threads.emplace_back([&, slot] {
      for (std::size_t i = 0; i < commits.size(); ++i) {
        const auto folder = worktrees->at(commits[(i + slot) % commits.size()], static_cast<int>(slot));
        seen[slot] += folder ? read(*folder / "file") : base::render(folder.error());
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(seen, (std::vector<std::string>{"012345", "123450", "234501", "345012"}));
}

TEST_F(WorktreesTest, RemoveAllLeavesNothingBehind) {
  const auto first = m_repo.commit("file", "1");
  const auto worktrees = open();
  const fs::path folder = at(*worktrees, first);
  at(*worktrees, first, 3);
  write(folder / "read-only/file", "x");
  fs::permissions(folder / "read-only", fs::perms::owner_read | fs::perms::owner_exec);
  ASSERT_TRUE(worktrees->remove_all());
  EXPECT_TRUE(fs::is_empty(m_state));
  EXPECT_EQ(m_repo.git("worktree list | wc -l"), "1");
}

TEST_F(WorktreesTest, AMissingCommitIsToldAsThat) {
  m_repo.commit("file", "1");
  const auto worktrees = open();
  const auto first = m_repo.id("HEAD");
  const fs::path folder = at(*worktrees, first);
  write(folder / "product.o", "x");
  const auto missing = worktrees->at(*CommitId::from_hex(std::string(40, '7')), 0);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::usage);
  EXPECT_EQ(missing.error().what,
            "777777777777 is no longer in the repository: its history was rewritten (a rebase, a forced "
            "push), and the "
            "old commits are gone");
  EXPECT_TRUE(fs::exists(folder / "product.o"));
  const auto in_new_slot = worktrees->at(*CommitId::from_hex(std::string(40, '7')), 1);
  ASSERT_FALSE(in_new_slot);
  EXPECT_EQ(in_new_slot.error().what, missing.error().what);
}

TEST_F(WorktreesTest, CleaningCopesWithFoldersThatNobodyMayWriteIn) {
  const auto first = m_repo.commit("file", "1");
  const auto second = m_repo.commit("file", "2");
  const auto worktrees = open({.clean = true});
  const fs::path folder = at(*worktrees, first);
  write(folder / ".cache/x@v1/f", "x");
  for (const char* name : {".cache/x@v1", ".cache"})
    fs::permissions(folder / name, fs::perms::owner_read | fs::perms::owner_exec);
  at(*worktrees, second);  // as root, git copes by itself
  EXPECT_FALSE(fs::exists(folder / ".cache"));
  EXPECT_EQ(read(folder / "file"), "2");
}

TEST_F(WorktreesTest, WithItsOwnRepositoryGoneNoCommitIsToBlame) {
  const auto first = m_repo.commit("file", "1");
  const auto second = m_repo.commit("file", "2");
  const auto worktrees = open();
  at(*worktrees, first);
  fs::remove_all(m_state / "git");
  for (const int slot : {0, 1}) {
    const auto folder = worktrees->at(second, slot);
    ASSERT_FALSE(folder);
    EXPECT_EQ(folder.error().kind, ErrorKind::infra) << base::render(folder.error());
  }
}

TEST_F(WorktreesTest, HooksAndConfigurationOfTheUserDoNoHarm) {
  const auto first = m_repo.commit("file", "1\n");
  const auto second = m_repo.commit("file", "2\n");
  write(m_repo.path() / ".git/hooks/post-checkout",
        "#!/bin/sh\ntouch " + m_repo.beside("hook-ran").string() + "\nexit 1\n");
  fs::permissions(m_repo.path() / ".git/hooks/post-checkout", fs::perms::owner_all);
  const std::string home = ::getenv("HOME");
  const std::string saved = read(home + "/.gitconfig");
  std::ofstream(home + "/.gitconfig", std::ios::app)
      << "[core]\n\thooksPath = " << (m_repo.path() / ".git/hooks").string()
      << "\n[submodule]\n\trecurse = true\n[checkout]\n\tdefaultRemote = x\n[core]\n\tsparseCheckout = true\n"
         "[gc]\n\tauto = 1\n[advice]\n\tdetachedHead = true\n[safe]\n\tbareRepository = explicit\n"
         "[filter \"lfs\"]\n\tsmudge = no-such-program\n\tprocess = no-such-program\n\trequired = true\n";
  const auto worktrees = open();
  const auto folder = worktrees->at(first, 0);
  const auto again = worktrees->at(second, 0);
  write(home + "/.gitconfig", saved);
  ASSERT_TRUE(folder) << base::render(folder.error());
  ASSERT_TRUE(again) << base::render(again.error());
  EXPECT_EQ(read(*again / "file"), "2\n");
  EXPECT_FALSE(fs::exists(m_repo.beside("hook-ran")));
}

TEST_F(WorktreesTest, WhereAFilterFailsNothingIsCheckedOutInItsPlace) {
  m_repo.commit(".gitattributes", "*.bin filter=lfs\n*.up filter=upper\n");
  const auto fine = m_repo.commit("shout.up", "word\n");
  const auto tip = m_repo.commit("data.bin", "version https://git-lfs.github.com/spec/v1\n");
  m_repo.git("config filter.upper.smudge 'tr a-z A-Z'");
  for (const char* what : {"smudge", "process"}) {
    m_repo.git(std::string("config filter.lfs.") + what + " false");
    m_repo.git("config filter.lfs.required false");
    const auto worktrees = open();
    const auto folder = worktrees->at(tip, 0);
    ASSERT_FALSE(folder) << what;
    EXPECT_EQ(folder.error().kind, ErrorKind::repository);
    EXPECT_EQ(read(at(*worktrees, fine) / "shout.up"), "WORD\n");
  }
}

TEST_F(WorktreesTest, FilesOfAFilterThatGitDoesNotKnowAreTold) {
  m_repo.commit(".gitattributes", "*.bin filter=lfs diff=lfs -text\n# *.x filter=none\n");
  const auto tip = m_repo.commit("data.bin", "version https://git-lfs.github.com/spec/v1\n");
  std::vector<std::string> notes;
  at(*open({.note = [&](const std::string& text) { notes.push_back(text); }}), tip);
  EXPECT_EQ(notes,
            (std::vector<std::string>{"files are tested as they are stored, for git knows no filter \"lfs\" "
                                      "here: pointers in the place of Git LFS's files (git lfs install)"}));
}

TEST_F(WorktreesTest, LineEndsAndAttributesAreThoseOfTheUsersCheckouts) {
  m_repo.commit("file.txt", "1\n");
  m_repo.git("config core.autocrlf true");
  write(m_repo.path() / ".git/info/attributes", "raw.txt -text\n");
  const auto tip = m_repo.commit("raw.txt", "1\n");
  const fs::path folder = at(*open(), tip);
  EXPECT_EQ(read(folder / "file.txt"), "1\r\n");
  EXPECT_EQ(read(folder / "raw.txt"), "1\n");
}

TEST_F(WorktreesTest, ReplacedCommitsAreCheckedOutAsTheUserSeesThem) {
  const auto first = m_repo.commit("file", "1");
  const auto second = m_repo.commit("file", "2");
  m_repo.git("replace " + first.hex() + " " + second.hex());
  EXPECT_EQ(read(at(*open(), first) / "file"), "2");
}

}  // namespace
}  // namespace culprit::history
