#include <gtest/gtest.h>

#include "tests/unit/history/worktrees_fixture.h"

namespace culprit::history {
namespace {

namespace fs = std::filesystem;
using model::CommitId;

class RevertTest : public WorktreesTest {
 protected:
  static std::string told(const base::Result<Changed>& revert) {
    if (!revert) return base::render(revert.error());
    std::string out = revert->how == Changed::How::clean     ? "clean"
                      : revert->how == Changed::How::nothing ? "nothing"
                      : revert->how == Changed::How::partly  ? "partly"
                                                             : "conflicts";
    for (const std::string& file : revert->conflicting) out += " " + file;
    return out;
  }
  // Commits two files: `name`, and "code".
  CommitId commit_both(const std::string& name, std::string_view text, std::string_view code) const {
    write(m_repo.path() / name, text);
    write(m_repo.path() / "code", code);
    m_repo.git("add -A");
    m_repo.git("commit -qm both");
    return m_repo.id("HEAD");
  }
};

TEST_F(RevertTest, TakesAChangeBackOnALaterCommit) {
  m_repo.commit("file", "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
  const auto culprit = m_repo.commit("file", "1\nbug\n3\n4\n5\n6\n7\n8\n9\n", "add a bug");
  m_repo.git("mv file renamed");
  const auto tip = m_repo.commit("renamed", "1\nbug\n3\n4\n5\n6\n7\n8\nnine\n");
  const auto worktrees = open();
  const auto revert = worktrees->change(tip, Changed::Way::without, culprit);
  ASSERT_EQ(told(revert), "clean");
  const fs::path folder = at(*worktrees, revert->commit);
  EXPECT_EQ(read(folder / "renamed"), "1\n2\n3\n4\n5\n6\n7\n8\nnine\n");
  EXPECT_EQ(shell(folder, "git log -1 --format=%P%n%B"),
            tip.hex() + "\nRevert \"add a bug\"\n\nThis reverts commit " + culprit.hex() + ".\n");
  EXPECT_EQ(worktrees->change(tip, Changed::Way::without, culprit)->commit, revert->commit);
}

TEST_F(RevertTest, AppliesALaterChange) {
  const auto old = commit_both("news", "release 1\n", "1\n2\n3\n4\n5\n6\nbroken\n");
  m_repo.commit("code", "1\ntwo\n3\n4\n5\n6\nbroken\n");
  const auto mend = commit_both("news", "release 2\n", "1\ntwo\n3\n4\n5\n6\nfine\n");
  const auto worktrees = open();
  const auto with = worktrees->change(old, Changed::Way::with, mend);
  ASSERT_EQ(told(with), "clean");
  const fs::path folder = at(*worktrees, with->commit);
  EXPECT_EQ(read(folder / "code"), "1\n2\n3\n4\n5\n6\nfine\n");
  EXPECT_EQ(read(folder / "news"), "release 2\n");
  EXPECT_EQ(told(worktrees->change(mend, Changed::Way::with, mend)), "nothing");
}

TEST_F(RevertTest, NamesTheFilesInTheWay) {
  m_repo.commit("file", "1\n2\n3\n");
  const auto culprit = m_repo.commit("file", "1\nbug\n3\n");
  const auto tip = m_repo.commit("file", "1\nworse bug\n3\n");
  const auto revert = open()->change(tip, Changed::Way::without, culprit);
  EXPECT_EQ(told(revert), "conflicts file");
  EXPECT_TRUE(revert->commit.is_null());
}

TEST_F(RevertTest, LeavesLinesThatLaterChangesAreInTheWayOf) {
  m_repo.commit("news", "release 1\n");
  m_repo.commit("code", "1\n2\n3\n");
  const auto culprit = commit_both("news", "release 2\n", "1\nbug\n3\n");
  const auto tip = m_repo.commit("news", "release 3\n");
  const auto worktrees = open();
  const auto revert = worktrees->change(tip, Changed::Way::without, culprit);
  ASSERT_EQ(told(revert), "partly news");
  const fs::path folder = at(*worktrees, revert->commit);
  EXPECT_EQ(read(folder / "news"), "release 3\n");
  EXPECT_EQ(read(folder / "code"), "1\n2\n3\n");
}

// A file that was removed later cannot be merged line by line.
TEST_F(RevertTest, TakesNothingBackWhereAWholeFileIsInTheWay) {
  m_repo.commit("code", "1\n2\n3\n");
  commit_both("gone", "2\n", "1\n3\n");
  const auto culprit = commit_both("gone", "3\n", "1\nbug\n3\n");
  m_repo.git("rm -q gone");
  const auto tip = m_repo.commit("other", "x\n");
  EXPECT_EQ(told(open()->change(tip, Changed::Way::without, culprit)), "conflicts gone");
}

TEST_F(RevertTest, OfWhatIsGoneAlreadyChangesNothing) {
  m_repo.commit("file", "1\n");
  const auto culprit = m_repo.commit("file", "2\n");
  const auto tip = m_repo.commit("file", "1\n");
  const auto revert = open()->change(tip, Changed::Way::without, culprit);
  EXPECT_EQ(told(revert), "nothing");
  EXPECT_EQ(revert->commit, tip);
}

TEST_F(RevertTest, HandlesRootsAndMerges) {
  const auto root = m_repo.commit("file", "1\n");
  m_repo.git("checkout -q -b side");
  m_repo.commit("from-side", "x\n");
  m_repo.git("checkout -q main");
  m_repo.commit("from-main", "x\n");
  m_repo.git("merge -q --no-ff -m merge side");
  const auto merge = m_repo.id("HEAD");
  const auto worktrees = open();
  const auto without_merge = worktrees->change(merge, Changed::Way::without, merge);
  ASSERT_EQ(told(without_merge), "clean");
  EXPECT_FALSE(fs::exists(at(*worktrees, without_merge->commit) / "from-side"));
  EXPECT_TRUE(fs::exists(worktrees->folder(0) / "from-main"));
  const auto without_root = worktrees->change(merge, Changed::Way::without, root);
  ASSERT_EQ(told(without_root), "clean");
  EXPECT_FALSE(fs::exists(at(*worktrees, without_root->commit) / "file"));
}

}  // namespace
}  // namespace culprit::history
