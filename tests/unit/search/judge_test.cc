// What the classic judge makes of one revision's runs, branch by branch, in its exact words.
#include "search/evidence/judge.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/unit/search/evidence_builder.h"

namespace culprit::search::testing {
namespace {

using model::UserVerdict;
using model::Verdict;

const model::CommitGraph& judged_graph() {
  static const model::CommitGraph line = line_of(10);
  return line;
}
Judgement judge5(const Facts& facts, int runs = 10) { return judge(judged_graph(), facts, 5, runs); }
Facts of5() { return Facts().built(5); }

void expect_undecided(const Judgement& j, int wanted) {
  EXPECT_EQ(j.verdict, Verdict::unknown);
  EXPECT_FALSE(j.decided);
  EXPECT_EQ(j.runs_wanted, wanted);
}
void expect_decided(const Judgement& j, Verdict verdict, const std::string& why) {
  EXPECT_TRUE(j.decided);
  EXPECT_EQ(j.verdict, verdict);
  EXPECT_EQ(j.why, why);
}

TEST(Judge, OfAnUnknownRevisionAllRunsAreWanted) {
  expect_undecided(judge5(Facts()), 10);
  expect_undecided(judge5(Facts(), 1), 1);
  expect_undecided(judge5(of5()), 10);
  EXPECT_EQ(judge5(of5()).why, "no runs");
}

TEST(Judge, OneCrashThatIsTheBugIsEnough) {
  const Judgement j = judge5(of5().quiet(5, 2).shown(5, 1));
  expect_decided(j, Verdict::bad, "1 showed the bug, 2 OK");
  EXPECT_EQ(j.p_bad, 1);
  EXPECT_EQ(judge5(of5().crashed(5, 1, 0.6)).p_bad, 0.6);
}

// Whether a title is the bug is one question, however often it is seen; two titles are two.
TEST(Judge, CrashesOfOneTitleStandOrFallTogether) {
  expect_undecided(judge5(of5().crashed(5, 8, 0.4)), 10);
  EXPECT_EQ(judge5(of5().crashed(5, 8, 0.4)).why, "8 ended in a way that may be the bug");
  const Judgement two = judge5(of5().crashed(5, 1, 0.4, "a").crashed(5, 1, 0.4, "b"));
  expect_decided(two, Verdict::bad, "2 ended in a way that may be the bug");
  EXPECT_NEAR(two.p_bad, 1 - 0.6 * 0.6, 1e-12);
}

TEST(Judge, SoManyQuietRunsAreGood) {
  expect_undecided(judge5(of5().quiet(5, 9)), 1);
  const Judgement j = judge5(of5().quiet(5, 10));
  expect_decided(j, Verdict::good, "10 OK");
  EXPECT_EQ(j.good_runs, 10);
  // No revision has crashed yet: one half, before a good and a bad one are weighed.
  EXPECT_NEAR(j.p_bad, 0.5 / 1.5, 1e-12);
}

// Jeffreys' prior and four crashes in four runs: rates from Beta(4.5, .5), of which 10 runs show nothing with
// the product of (.5 + i) / (5 + i).
TEST(Judge, HowSureAGoodVerdictIsFollowsFromTheBadRevisions) {
  const Facts facts = of5().quiet(5, 10).built(8).shown(8, 4);
  double f = 1;
  for (int i = 0; i < 10; ++i) f *= (0.5 + i) / (5.0 + i);
  EXPECT_NEAR(judge5(facts).p_bad, f / (1 + f), 1e-12);
  const Tally tally(judged_graph(), facts.evidence);
  EXPECT_NEAR(Judge(tally, judged_graph()).false_good(10), f, 1e-12);
  EXPECT_NEAR(Judge(tally, judged_graph()).false_good(1), 0.1, 1e-12);
  EXPECT_LT(Judge(tally, judged_graph()).false_good(20), f);
}

TEST(Judge, PendingRunsAreNotAskedForAgain) {
  expect_undecided(judge5(of5().quiet(5, 5).pending(5, 3)), 2);
  expect_undecided(judge5(of5().quiet(5, 5).pending(5, 5)), 0);
  expect_undecided(judge5(of5().quiet(5, 5).pending(5, 9)), 0);
}

TEST(Judge, RunsThatSayNothingAreAskedForAgainUpToABound) {
  expect_undecided(judge5(of5().quiet(5, 5).foreign(5, 3)), 5);
  expect_undecided(judge5(of5().foreign(5, 20)), 3);  // 2 * 10 + 3 at most
  const Judgement given_up = judge5(of5().quiet(5, 5).foreign(5, 18));
  expect_decided(given_up, Verdict::unknown, "5 OK, 18 ended by another crash");
  EXPECT_FALSE(given_up.lost);
  // More than half of the runs wanted are enough by then.
  const Judgement enough = judge5(of5().quiet(5, 6).foreign(5, 17));
  expect_decided(enough, Verdict::good, "6 OK, 17 ended by another crash");
  EXPECT_EQ(enough.good_runs, 6);
}

TEST(Judge, WhatNeverGetsToTheTestIsGivenUpSooner) {
  expect_undecided(judge5(of5().no_boot(5, 9)), 10);
  const Judgement j = judge5(of5().no_boot(5, 10));
  expect_decided(j, Verdict::unknown, "10 did not get to the test: no ready mark in time");
  EXPECT_FALSE(j.lost);
  expect_undecided(judge5(of5().no_boot(5, 9).foreign(5, 1)), 10);
}

TEST(Judge, AnOpenCrashTakesAGoodVerdictAway) {
  expect_decided(judge5(of5().quiet(5, 10).crashed(5, 1, 0.3)), Verdict::unknown,
                 "10 OK, 1 ended in a way that may be the bug");
  // Four in five that it is another are enough.
  expect_decided(judge5(of5().quiet(5, 10).crashed(5, 1, 0.18)), Verdict::good,
                 "10 OK, 1 ended in a way that may be the bug");
}

TEST(Judge, WhereTheMachineLosesTheRunsNothingIsKnown) {
  expect_undecided(judge5(of5().lost(5, 20)), 3);
  const Judgement j = judge5(of5().lost(5, 23));
  expect_decided(j, Verdict::unknown, "23 lost to the machine");
  EXPECT_TRUE(j.lost);
  EXPECT_TRUE(judge5(of5().lost(5, 12).foreign(5, 11)).lost) << "more than half";
  EXPECT_FALSE(judge5(of5().lost(5, 11).foreign(5, 12)).lost);
  const Judgement good = judge5(of5().lost(5, 13).quiet(5, 10));
  expect_decided(good, Verdict::good, "10 OK, 13 lost to the machine");
  EXPECT_FALSE(good.lost);
}

TEST(Judge, BuildsDecideWhereNothingRuns) {
  expect_decided(judge5(Facts().broken(5)), Verdict::unknown, "does not build");
  EXPECT_FALSE(judge5(Facts().broken(5)).lost);
  expect_undecided(judge5(Facts().broken(5).built(5)), 10);
  expect_undecided(judge5(Facts().lost_build(5, 2)), 10);
  const Judgement lost = judge5(Facts().lost_build(5, 3));
  expect_decided(lost, Verdict::unknown, "the machine failed to build it 3 times");
  EXPECT_TRUE(lost.lost);
  expect_undecided(judge5(Facts().lost_build(5, 3).built(5)), 10);
}

TEST(Judge, APersonsWordDecides) {
  const Judgement good = judge5(Facts().said(5, UserVerdict::good));
  expect_decided(good, Verdict::good, "called good");
  EXPECT_EQ(good.p_bad, 0.02);
  EXPECT_EQ(good.good_runs, 10);
  EXPECT_EQ(judge5(of5().quiet(5, 25).said(5, UserVerdict::good)).good_runs, 25);
  const Judgement bad = judge5(of5().quiet(5, 10).said(5, UserVerdict::bad));
  expect_decided(bad, Verdict::bad, "called bad");
  EXPECT_EQ(bad.p_bad, 0.98);
  expect_decided(judge5(of5().shown(5, 3).said(5, UserVerdict::skip)), Verdict::unknown, "called skip");
}

TEST(Judge, APersonsWordIsWeighed) {
  const Judgement crashed = judge5(of5().shown(5, 2).quiet(5, 1).said(5, UserVerdict::good));
  expect_decided(crashed, Verdict::bad, "called good, but it has the bug: 2 showed the bug, 1 OK");
  EXPECT_EQ(crashed.p_bad, 1);
  const Facts both = Facts().said(5, UserVerdict::good).said(5, UserVerdict::bad);
  expect_decided(judge5(both), Verdict::unknown, "called both good and bad");
  expect_decided(judge5(Facts(both).said(5, UserVerdict::good)), Verdict::good, "called good");
  expect_decided(judge5(Facts(both).said(5, UserVerdict::bad)), Verdict::bad, "called bad");
}

TEST(Judge, RunsOfAnEqualBinaryCount) {
  const Judgement j = judge5(Facts().built(5, "s").built(6, "s").quiet(6, 10));
  expect_decided(j, Verdict::good, "10 OK (of 000000000000, an equal binary)");
  EXPECT_TRUE(j.inherited);
  const Judgement own = judge5(Facts().built(5, "s").built(6, "s").quiet(6, 9).quiet(5, 1));
  expect_decided(own, Verdict::good, "10 OK");
  EXPECT_FALSE(own.inherited);
  const Judgement bad = judge5(Facts().built(5, "s").built(6, "s").quiet(6, 9).shown(6, 1).quiet(5, 10));
  expect_decided(bad, Verdict::bad, "1 showed the bug, 19 OK");
}

// A signature may miss what differs: ten of ten and none of ten are not one crash rate (1 in 92,378).
TEST(Judge, EqualBinariesThatBehaveDifferentlyStandForThemselves) {
  const Facts facts = Facts().built(5, "s").built(6, "s").shown(6, 10).quiet(5, 10);
  expect_decided(judge5(facts), Verdict::good, "10 OK");
  expect_decided(judge(judged_graph(), facts, 6), Verdict::bad, "10 showed the bug");
}

RC_GTEST_PROP(Judge, OneMoreQuietRunNeverMakesAGoodRevisionWorse, ()) {
  Facts facts = of5();
  facts.quiet(5, *rc::gen::inRange(0, 25))
      .foreign(5, *rc::gen::inRange(0, 25))
      .lost(5, *rc::gen::inRange(0, 25));
  const Judgement before = judge5(facts);
  const Judgement after = judge5(facts.quiet(5, 1));
  RC_ASSERT(before.verdict != Verdict::bad);
  if (before.verdict == Verdict::good) {
    RC_ASSERT(after.verdict == Verdict::good);
    RC_ASSERT(after.p_bad <= before.p_bad);
  }
  if (!before.decided) RC_ASSERT(after.decided || after.runs_wanted <= before.runs_wanted);
}

}  // namespace
}  // namespace culprit::search::testing
