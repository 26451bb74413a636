#include "history/unseen.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/test_repo.h"

namespace culprit::history {
namespace {

using model::CommitId;

TEST(CommitsUnseen, AreThoseWhoseFilesTheBuildDidNotRead) {
  TestRepo t;
  const CommitId first = t.commit("kernel/fork.c", "1\n");
  const CommitId docs = t.commit("Documentation/x.rst", "1\n");
  const CommitId other = t.commit("drivers/other.c", "1\n");
  const CommitId system = t.commit("drivers/Makefile", "1\n");
  const CommitId gone = t.commit("drivers/gone.c", "1\n");
  const CommitId read = t.commit("kernel/fork.c", "2\n");
  t.git("rm -q drivers/gone.c");
  t.git("commit -q -m removed");
  const CommitId tip = t.id("HEAD");
  const Repository repository = t.open();
  const auto unseen = commits_unseen(repository.git(k_never), {tip, {first}}, tip, {"kernel/fork.c"});
  ASSERT_TRUE(unseen.has_value());
  EXPECT_EQ(unseen->commits, (std::vector<CommitId>{other, docs}));
  EXPECT_EQ(unseen->all, 6U);
  EXPECT_TRUE(commits_unseen(repository.git(k_never), {tip, {first}}, tip, {})->commits.empty());
  (void)system, (void)gone, (void)read;
}

}  // namespace
}  // namespace culprit::history
