#include "replay/reading/bisect_log.h"

#include <gtest/gtest.h>

#include "tests/support/test_repo.h"

namespace culprit::replay {
namespace {

std::string steps_of(const BisectLog& log) {
  std::string out;
  for (const BisectStep& step : log.steps) {
    const char* verdict = step.verdict == model::UserVerdict::bad    ? "new "
                          : step.verdict == model::UserVerdict::good ? "old "
                                                                     : "skip ";
    out += verdict + step.revision + (step.title.empty() ? "" : " (" + step.title + ")") + "\n";
  }
  return out;
}

base::Result<BisectLog> read_log(std::string_view text) { return read_bisect_log(text); }

TEST(BisectLog, ReadsWhatGitPrints) {
  const history::TestRepo repo;
  std::vector<model::CommitId> c;
  for (int i = 0; i < 8; ++i)
    c.push_back(repo.commit("file", std::to_string(i), "change " + std::to_string(i)));
  repo.git("bisect start HEAD " + c[0].hex() + " >/dev/null");
  repo.git("bisect skip >/dev/null");
  repo.git("bisect good " + c[4].hex() + " >/dev/null");
  repo.git("bisect bad " + c[6].hex() + " >/dev/null");
  repo.git("bisect good " + c[5].hex() + " >/dev/null");
  const auto log = read_log(repo.git("bisect log"));
  ASSERT_TRUE(log) << base::render(log.error());
  EXPECT_EQ(steps_of(*log), "new " + c[7].hex() + " (change 7)\nold " + c[0].hex() + " (change 0)\nskip " +
                                c[3].hex() + " (change 3)\nold " + c[4].hex() + " (change 4)\nnew " +
                                c[6].hex() + " (change 6)\nold " + c[5].hex() + " (change 5)\n");
  EXPECT_EQ(log->first_new, c[6].hex());
  EXPECT_FALSE(log->first_parent);
}

TEST(BisectLog, ReadsTermsPathsAndOptions) {
  const auto log = read_log(
      "git bisect start '--first-parent' '--term-new=broken' '--term-old' 'fine' '--' 'a dir' 'b'\r\n"
      "# status: waiting for both good and bad commits\r\n"
      "git bisect broken 111\r\n"
      "git bisect fine 222 333\r\n"
      "git bisect skip 444..555\r\n");
  ASSERT_TRUE(log) << base::render(log.error());
  EXPECT_EQ(log->term_new, "broken");
  EXPECT_EQ(log->term_old, "fine");
  EXPECT_TRUE(log->first_parent);
  EXPECT_EQ(log->paths, (std::vector<std::string>{"a dir", "b"}));
  EXPECT_EQ(steps_of(*log), "new 111\nold 222\nold 333\nskip 444..555\n");
  EXPECT_EQ(log->steps[3].line, 5u);
}

TEST(BisectLog, TakesIdsFromTheCommentsAboveNamesThatMove) {
  const auto log = read_log(
      "# bad: [aaa] tip\n# good: [bbb] base\ngit bisect start 'main' 'v1.0' 'src'\n"
      "# possible first bad commit: [ccc] x\n# possible first bad commit: [ddd] y\n");
  ASSERT_TRUE(log);
  EXPECT_EQ(steps_of(*log), "new aaa (tip)\nold bbb (base)\n");
  EXPECT_EQ(log->paths, (std::vector<std::string>{"src"}));
  EXPECT_EQ(log->candidates, (std::vector<std::string>{"ccc", "ddd"}));
  EXPECT_FALSE(log->first_new);
}

TEST(BisectLog, NewAndOldNeedNoDeclaration) {
  const auto log = read_log("git-bisect start\ngit bisect new 1\ngit bisect old 2\n");
  ASSERT_TRUE(log);
  EXPECT_EQ(steps_of(*log), "new 1\nold 2\n");
  EXPECT_EQ(log->term_old, "old");
}

TEST(BisectLog, OtherTextIsRefusedWithItsLine) {
  const auto what = [](std::string_view text) {
    const auto log = read_log(text);
    return log ? "accepted" : log.error().what;
  };
  EXPECT_EQ(what(""), "not a log of git bisect: no `git bisect start` in it");
  EXPECT_EQ(what("# only comments\n"), "not a log of git bisect: no `git bisect start` in it");
  EXPECT_EQ(what("git bisect start\n\nrm -rf /\n"),
            "not a log of git bisect: line 3: 'rm -rf /' is no git bisect command");
  EXPECT_EQ(what("git bisect bad 1\n"),
            "not a log of git bisect: line 1: git bisect bad before git bisect start");
  EXPECT_EQ(what("git bisect start\ngit bisect worse 1\n"),
            "not a log of git bisect: line 2: 'worse' is neither bad nor good nor skip");
  EXPECT_EQ(what("git bisect start\ngit bisect bad 1\ngit bisect new 1\n"),
            "not a log of git bisect: line 3: 'new' is neither bad nor good nor skip");
  EXPECT_EQ(what("git bisect start\ngit bisect good\n"),
            "not a log of git bisect: line 2: git bisect good names no revision");
  EXPECT_EQ(what("git bisect start 'x\n"), "not a log of git bisect: line 1: a quote is not closed");
  EXPECT_EQ(what("git bisect start --frob\n"),
            "not a log of git bisect: line 1: git bisect start has no option --frob");
  EXPECT_EQ(what("git bisect start --term-new\n"),
            "not a log of git bisect: line 1: --term-new without a term");
}

}  // namespace
}  // namespace culprit::replay
