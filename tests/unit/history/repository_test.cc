#include "history/git/repository.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "history/git/quoting.h"
#include "tests/support/test_repo.h"

namespace culprit::history {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;

base::Error error_of(const fs::path& path, const OpenOptions& options = {}) {
  const auto opened = open_repository(path, options, k_never);
  return opened ? base::Error{} : opened.error();
}

TEST(OpenRepository, FindsItFromAnyFolderOfACheckout) {
  const TestRepo repo;
  repo.commit("deep/er/file", "1");
  const auto opened = open_repository(repo.path() / "deep/er", {}, k_never);
  ASSERT_TRUE(opened) << base::render(opened.error());
  EXPECT_EQ(opened->work_tree, fs::canonical(repo.path()));
  EXPECT_EQ(opened->git_dir, fs::canonical(repo.path()) / ".git");
  EXPECT_EQ(opened->common_dir, opened->git_dir);
  EXPECT_EQ(opened->hash_size, 20u);
  EXPECT_FALSE(opened->bare || opened->shallow || opened->partial || opened->rewritten);
  EXPECT_EQ(open_repository(repo.path() / ".git", {}, k_never)->work_tree, fs::canonical(repo.path()));
}

TEST(OpenRepository, OpensBareOnesAndLinkedWorktreesAndGitFiles) {
  const TestRepo repo;
  repo.commit("file", "1");
  repo.git("clone -q --bare . ../bare.git");
  repo.git("worktree add -q --detach '../linked tree'");
  const auto bare = open_repository(repo.beside("bare.git"), {}, k_never);
  ASSERT_TRUE(bare);
  EXPECT_TRUE(bare->bare);
  EXPECT_TRUE(bare->work_tree.empty());
  for (const char* name : {"linked tree", "linked tree/.git"}) {
    const auto linked = open_repository(repo.beside(name), {}, k_never);
    ASSERT_TRUE(linked);
    EXPECT_EQ(linked->work_tree, fs::canonical(repo.beside("linked tree")));
    EXPECT_EQ(linked->common_dir, fs::canonical(repo.path()) / ".git");
    EXPECT_EQ(linked->object_dirs.front(), fs::canonical(repo.path()) / ".git/objects");
    EXPECT_NE(linked->git_dir, linked->common_dir);
  }
}

TEST(OpenRepository, PathsMayHoldBlanksAndNewlines) {
  const TestRepo repo("", "a b\nc\"d");
  repo.commit("file", "1");
  EXPECT_EQ(repo.open().work_tree, fs::canonical(repo.path()));
}

TEST(OpenRepository, SaysWhatIsNoRepository) {
  const auto folder = *base::TempDir::create("culprit-test-");
  const base::Error outside = error_of(folder.path());
  EXPECT_EQ(outside.kind, ErrorKind::repository);
  EXPECT_EQ(outside.what, "'" + folder.path().string() + "' is not in a git repository");
  EXPECT_EQ(outside.hint, "start culprit in a repository, or name one with -C DIR");
  const base::Error missing = error_of(folder.path() / "none");
  EXPECT_EQ(missing.kind, ErrorKind::usage);
  EXPECT_EQ(missing.what, "there is no folder '" + (folder.path() / "none").string() + "'");
  write(folder.path() / "file", "");
  EXPECT_EQ(error_of(folder.path() / "file").what,
            "'" + (folder.path() / "file").string() + "' is a file, not a repository");
}

TEST(OpenRepository, RefusesOneWithoutCommits) {
  const TestRepo repo;
  const base::Error error = error_of(repo.path());
  EXPECT_EQ(error.kind, ErrorKind::repository);
  EXPECT_EQ(error.what, "the repository at '" + repo.path().string() + "' has no commits");
}

TEST(OpenRepository, AcceptsAnUnbornHeadBesideOtherBranches) {
  const TestRepo repo;
  repo.commit("file", "1");
  repo.git("checkout -q --orphan unborn");
  EXPECT_TRUE(open_repository(repo.path(), {}, k_never));
}

TEST(OpenRepository, RefusesAShallowOneUnlessAllowed) {
  const TestRepo repo;
  repo.commit("file", "1");
  repo.commit("file", "2");
  repo.git("clone -q --depth 1 file://$PWD ../shallow");
  const base::Error error = error_of(repo.beside("shallow"));
  EXPECT_EQ(error.kind, ErrorKind::repository);
  EXPECT_EQ(error.what,
            "the repository at '" + repo.beside("shallow").string() + "' is shallow: its history is cut off");
  EXPECT_EQ(error.hint,
            "fetch the rest with `git fetch --unshallow`, or accept it with --allow-shallow where the whole "
            "range is there");
  const auto allowed = open_repository(repo.beside("shallow"), {.allow_shallow = true}, k_never);
  ASSERT_TRUE(allowed);
  EXPECT_TRUE(allowed->shallow);
}

TEST(OpenRepository, KnowsPartialClonesReplacedAndGraftedHistoriesAndAlternates) {
  const TestRepo repo;
  repo.commit("file", "1");
  const auto second = repo.commit("file", "2");
  repo.git("config uploadpack.allowFilter true");
  repo.git("clone -q --no-checkout --filter=blob:none file://$PWD ../partial");
  EXPECT_TRUE(open_repository(repo.beside("partial"), {}, k_never)->partial);
  repo.git("clone -q --shared . ../borrower");
  repo.git("-C ../borrower clone -q --shared . ../second-hand");
  const auto borrower = open_repository(repo.beside("second-hand"), {}, k_never);
  ASSERT_TRUE(borrower);
  const fs::path home = fs::canonical(repo.beside(""));
  EXPECT_EQ(borrower->object_dirs,
            (std::vector<fs::path>{home / "second-hand/.git/objects", home / "borrower/.git/objects",
                                   home / "repo/.git/objects"}));
  write(repo.beside("borrower/.git/info/grafts"), second.hex() + "\n");
  EXPECT_TRUE(open_repository(repo.beside("borrower"), {}, k_never)->rewritten);
  repo.git("replace --graft HEAD");
  EXPECT_TRUE(repo.open().rewritten);
}

TEST(OpenRepository, ItsErrorsQuoteGitForWhatIsBroken) {
  const TestRepo repo;
  repo.commit("file", "1");
  write(repo.path() / ".git/config", "[core\n");
  const base::Error error = error_of(repo.path());
  EXPECT_EQ(error.kind, ErrorKind::repository);
  EXPECT_EQ(error.what, "git cannot open the repository at '" + repo.path().string() +
                            "': bad config line 1 in file .git/config");
}

TEST(OpenRepository, VariablesOfAnotherRepositoryDoNotLeadAstray) {
  const TestRepo repo, other;
  repo.commit("file", "1");
  other.commit("file", "2");
  ::setenv("GIT_DIR", (other.path() / ".git").c_str(), 1);
  ::setenv("GIT_INDEX_FILE", "/nonexistent", 1);
  const auto opened = open_repository(repo.path(), {}, k_never);
  const auto state =
      opened ? work_tree_state(*opened, k_never) : base::fail(ErrorKind::internal, "not opened");
  ::unsetenv("GIT_DIR");
  ::unsetenv("GIT_INDEX_FILE");
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->git_dir, fs::canonical(repo.path()) / ".git");
  ASSERT_TRUE(state);
  EXPECT_FALSE(state->modified);
}

TEST(WorkTreeState, TellsModifiedFromUntrackedAndTouchesNothing) {
  const TestRepo repo;
  repo.commit("file", "1");
  write(repo.path() / ".git/info/exclude", "ignored\n");
  write(repo.path() / "ignored", "");
  const Repository opened = repo.open();
  auto state = work_tree_state(opened, k_never);
  ASSERT_TRUE(state);
  EXPECT_FALSE(state->modified || state->untracked);
  write(repo.path() / "new", "");
  state = work_tree_state(opened, k_never);
  EXPECT_TRUE(!state->modified && state->untracked);
  write(repo.path() / "file", "changed");
  const auto before = listing_of(repo.path());
  state = work_tree_state(opened, k_never);
  EXPECT_TRUE(state->modified && state->untracked);
  EXPECT_EQ(listing_of(repo.path()), before);
}

TEST(WorkTreeState, ABareRepositoryHasNothing) {
  const TestRepo repo;
  repo.commit("file", "1");
  repo.git("clone -q --bare . ../bare.git");
  const auto bare = open_repository(repo.beside("bare.git"), {}, k_never);
  const auto state = work_tree_state(*bare, k_never);
  ASSERT_TRUE(state);
  EXPECT_FALSE(state->modified || state->untracked);
}

TEST(Quoting, StringsInCStyleComeBackAsTheyWere) {
  for (const std::string text : {"", "plain", "a b", "a\nb", "a\"b\\c", "\x01\x7f\t", "\xc3\xa4"}) {
    EXPECT_EQ(unquote_c_style(quote_c_style(text)), text);
  }
  EXPECT_EQ(unquote_c_style("\"\\303\\244\""), "\xc3\xa4");
  for (const std::string_view wrong : {"", "x", "\"", "\"a", "\"a\\\"", "\"a\"b\"", "\"\\9\"", "\"\\777\""})
    EXPECT_FALSE(unquote_c_style(wrong)) << wrong;
}

TEST(Quoting, ShellWordsAreSplitAsAShellWould) {
  EXPECT_EQ(split_shell_words("git bisect start 'a b' 'it'\\''s' ''"),
            (std::vector<std::string>{"git", "bisect", "start", "a b", "it's", ""}));
  EXPECT_FALSE(split_shell_words("git 'open"));
}

}  // namespace
}  // namespace culprit::history
