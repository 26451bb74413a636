// Evidence by revision: counted, grouped by binary, and what people said of it.
#include "search/evidence/tally.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/run/report.h"
#include "tests/unit/search/evidence_builder.h"

namespace culprit::search::testing {
namespace {

using model::UserVerdict;
using ::testing::UnorderedElementsAre;

const model::CommitGraph& counted_graph() {
  static const model::CommitGraph line = line_of(20);
  return line;
}

// A commit's number on the line is its node.
Said own(const Facts& facts, NodeIndex node) {
  const Tally tally(counted_graph(), facts.evidence);
  return said(tally.own(*tally.find(node)));
}
Said pooled(const Facts& facts, NodeIndex node) {
  const Tally tally(counted_graph(), facts.evidence);
  return said(tally.pooled(*tally.find(node)));
}
double none_is_target(const Facts& facts, NodeIndex node) {
  const Tally tally(counted_graph(), facts.evidence);
  return tally.own(*tally.find(node)).none_is_target;
}

TEST(Tally, EachRunCountsOnce) {
  const Facts facts =
      Facts().built(5).quiet(5, 1).shown(5, 2).crashed(5, 3, 0.3).foreign(5, 4).no_boot(5, 5).lost(5, 6);
  EXPECT_EQ(own(facts, 5), (Said{.quiet = 1, .shown = 2, .open = 3, .hidden = 4, .failed = 5, .lost = 6}));
}

TEST(Tally, HowLikelyACrashIsTheBugDecidesWhatItCountsFor) {
  const auto of = [](double p) { return own(Facts().built(5).crashed(5, 1, p), 5); };
  for (const double p : {1.0, 0.8, 0.5}) EXPECT_EQ(of(p), Said{.shown = 1}) << p;
  for (const double p : {0.49, 0.3}) EXPECT_EQ(of(p), Said{.open = 1}) << p;
  for (const double p : {0.1, 0.0}) EXPECT_EQ(of(p), Said{.hidden = 1}) << p;
}

TEST(Tally, WhatARunOutlivesDoesNotHideTheBug) {
  Facts facts = Facts().built(5).foreign(5, 1);
  facts.last_run().completed = true;
  EXPECT_EQ(own(facts, 5), Said{.quiet = 1});
}

// Whatever identity makes of where it shows.
TEST(Tally, WhatLooksLikeTheBugIsOpen) {
  Facts facts = Facts().built(5).foreign(5, 1);
  facts.last_run().p_alike = 0.9;
  EXPECT_EQ(own(facts, 5), Said{.open = 1});
  facts.last_run().p_alike = 0.1;
  EXPECT_EQ(own(facts, 5), Said{.hidden = 1});
}

TEST(Tally, ADeadlineAndASkippedTestAreTheRevisionsFault) {
  Facts facts = Facts().built(5);
  facts.add_run(5, model::TimedOut{});
  facts.add_run(5, model::TestFailed{"the check failed"});
  EXPECT_EQ(own(facts, 5), Said{.failed = 2});
}

TEST(Tally, CrashesOfOneTitleAreTheBugTogetherOrNotAtAll) {
  EXPECT_EQ(none_is_target(Facts().built(5).quiet(5, 3), 5), 1);
  EXPECT_NEAR(none_is_target(Facts().built(5).crashed(5, 9, 0.3, "a"), 5), 0.7, 1e-12);
  EXPECT_NEAR(none_is_target(Facts().built(5).crashed(5, 9, 0.3, "a").crashed(5, 1, 0.4, "b"), 5), 0.7 * 0.6,
              1e-12);
  EXPECT_NEAR(none_is_target(Facts().built(5).crashed(5, 1, 0.2, "a").crashed(5, 1, 0.3, "a"), 5), 0.7, 1e-12)
      << "the more likely of the two";
}

TEST(Tally, ATitleIsTheFirstReportsElseHowItEnded) {
  Facts facts = Facts().shown(5, 1);
  EXPECT_EQ(crash_title(facts.last_run()), "the bug");
  facts.last_run().reports.emplace_back().title = "KASAN: use-after-free in frob";
  facts.last_run().reports.emplace_back();
  EXPECT_EQ(crash_title(facts.last_run()), "KASAN: use-after-free in frob");
  EXPECT_EQ(crash_title(Facts().quiet(5, 1).last_run()), "");
}

TEST(Tally, RevisionsStandInOrderOfFirstMention) {
  const Facts facts =
      Facts().said(3, UserVerdict::good).pending(4, 1).quiet(9, 1).built(7).quiet(7, 1).broken(8);
  const Tally tally(counted_graph(), facts.evidence);
  std::vector<NodeIndex> order;
  for (const Revision& r : tally.revisions()) order.push_back(r.node);
  EXPECT_EQ(order, (std::vector<NodeIndex>{7, 8, 9, 3, 4})) << "builds, runs, words, what is under way";
  EXPECT_EQ(tally.find(5), nullptr);
}

TEST(Tally, WhatIsNotInTheGraphIsLeftOut) {
  const Tally tally(counted_graph(),
                    Facts().built(99, "s").quiet(99, 1).said(99, UserVerdict::bad).pending(99, 1).evidence);
  EXPECT_TRUE(tally.revisions().empty());
  EXPECT_FALSE(tally.has_signatures());
}

TEST(Tally, ARevisionIsBrokenWhereNoBuildWasFine) {
  const auto of = [](const Facts& facts) {
    const Tally tally(counted_graph(), facts.evidence);
    const Revision& r = *tally.find(5);
    return std::string(r.built ? "built" : "") + (r.broken ? "broken" : "") +
           (r.build_infra > 0 ? " lost " + std::to_string(r.build_infra) : "");
  };
  EXPECT_EQ(of(Facts().built(5)), "built");
  EXPECT_EQ(of(Facts().broken(5)), "broken");
  EXPECT_EQ(of(Facts().broken(5).built(5)), "built");
  EXPECT_EQ(of(Facts().built(5).broken(5)), "built");
  EXPECT_EQ(of(Facts().lost_build(5, 2)), " lost 2");
  EXPECT_EQ(of(Facts().quiet(5, 1)), "built") << "something ran";
  Facts by_run;
  by_run.add_run(5, model::BuildBroken{"x.c:1: error"});
  EXPECT_EQ(of(by_run), "broken");
  EXPECT_EQ(own(by_run, 5), Said{}) << "no run";
}

TEST(Tally, WhatPeopleSaidIsCounted) {
  const Tally tally(
      counted_graph(),
      Facts().said(5, UserVerdict::good, 2).said(5, UserVerdict::bad).said(5, UserVerdict::skip, 3).evidence);
  const Revision& r = *tally.find(5);
  EXPECT_EQ(r.said_good, 2);
  EXPECT_EQ(r.said_bad, 1);
  EXPECT_EQ(r.said_skip, 3);
  EXPECT_FALSE(r.built || r.broken || r.pending());
}

TEST(Tally, WhatIsUnderWayAddsUp) {
  const Tally tally(counted_graph(),
                    Facts().pending(5, 2).pending(5, 3).pending(6, 0, true).built(7).evidence);
  EXPECT_EQ(tally.find(5)->pending_runs, 5);
  EXPECT_TRUE(tally.find(5)->pending());
  EXPECT_FALSE(tally.find(5)->building);
  EXPECT_TRUE(tally.find(6)->pending() && tally.find(6)->building);
  EXPECT_FALSE(tally.find(7)->pending());
}

TEST(Tally, RunsOfEqualBinariesArePooled) {
  const Facts facts = Facts().built(5, "s").quiet(5, 2).built(6, "s").shown(6, 3).built(7, "t").quiet(7, 4);
  EXPECT_EQ(own(facts, 5), Said{.quiet = 2});
  EXPECT_EQ(pooled(facts, 5), (Said{.quiet = 2, .shown = 3}));
  EXPECT_EQ(pooled(facts, 7), Said{.quiet = 4});
  const Tally tally(counted_graph(), facts.evidence);
  EXPECT_TRUE(tally.equal_binaries(5, 6));
  EXPECT_FALSE(tally.equal_binaries(5, 7));
  EXPECT_FALSE(tally.equal_binaries(5, 19)) << "nothing is known of it";
  EXPECT_TRUE(tally.has_signatures());
}

TEST(Tally, BuildsWithoutASignatureEqualNoOther) {
  const Facts facts = Facts().built(5).quiet(5, 2).built(6).quiet(6, 3);
  EXPECT_EQ(pooled(facts, 5), Said{.quiet = 2});
  const Tally tally(counted_graph(), facts.evidence);
  EXPECT_FALSE(tally.equal_binaries(5, 6));
  EXPECT_FALSE(tally.has_signatures());
}

// 5 has been built to s and t (two variants, say), 6 to t, 7 to s: all three are one group, in whatever order
// they are met.
TEST(Tally, AGroupIsWhateverSharesASignatureOnTheWay) {
  for (const bool bridge_last : {true, false}) {
    Facts facts;
    if (!bridge_last) facts.built(5, "s").built(5, "t");
    facts.built(6, "t").built(7, "s").built(8, "u");
    if (bridge_last) facts.built(5, "s").built(5, "t");
    const Tally tally(counted_graph(), facts.evidence);
    std::vector<NodeIndex> group;
    for (const Revision* r : tally.group_of(*tally.find(6))) group.push_back(r->node);
    EXPECT_THAT(group, UnorderedElementsAre(5U, 6U, 7U));
    EXPECT_TRUE(tally.equal_binaries(5, 7));
    EXPECT_FALSE(tally.equal_binaries(6, 7)) << "in one group, by way of 5, but not the same";
  }
}

TEST(Costs, AreMeasuredOnceThereIsSomethingToMeasure) {
  const Costs usual = measured_costs(model::Evidence());
  EXPECT_EQ(usual.build, 360);
  EXPECT_EQ(usual.ok_run, 48);
  EXPECT_EQ(usual.crash_run, 48);
  Facts facts = Facts().built(5).quiet(5, 2);
  facts.evidence.builds[0].seconds = 100;
  facts.evidence.runs[0].seconds = 10;
  facts.evidence.runs[1].seconds = 30;
  EXPECT_EQ(measured_costs(facts.evidence).build, 100);
  EXPECT_EQ(measured_costs(facts.evidence).ok_run, 20);
  EXPECT_EQ(measured_costs(facts.evidence).crash_run, 20) << "before any crash, as the others";
  facts.shown(5, 1).last_run().seconds = 5;
  facts.lost(5, 1).last_run().seconds = 999;
  facts.broken(6).evidence.builds.back().seconds = 999;
  const Costs costs = measured_costs(facts.evidence);
  EXPECT_EQ(costs.build, 100) << "a build that breaks is no measure";
  EXPECT_EQ(costs.ok_run, 20);
  EXPECT_EQ(costs.crash_run, 5);
  const Costs crashes = measured_costs(Facts().shown(5, 1).evidence);
  EXPECT_EQ(crashes.ok_run, crashes.crash_run);
}

}  // namespace
}  // namespace culprit::search::testing
