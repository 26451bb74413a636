// Which experiment is worth most: on a line of 65 commits, 0 good and 64 bad.
#include "search/plan/choice.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/search/evidence_builder.h"

namespace culprit::search::testing {
namespace {

const model::CommitGraph& graph() {
  static const model::CommitGraph line = line_of(65);
  return line;
}

// Both ends are known, as a search knows them when it begins to choose.
Facts ends() { return Facts().built(64).shown(64, 10).built(0).quiet(0, 10); }
Scene scene(const Facts& facts, const std::vector<int>& skip = {}) {
  model::Problem problem = between(0, 64);
  for (const int commit : skip) problem.skip.push_back(id_of(commit));
  return Scene(graph(), problem, facts);
}
Choice choice_in(const Scene& s, const Costs& costs) {
  return {s.posterior, s.ancestry, s.terrain, costs, s.findings.runs};
}
Choice choice_in(const Scene& s) { return choice_in(s, s.inquiry.costs()); }

bool plans_for(const std::vector<Plan>& plans, int commit) {
  return std::ranges::count(plans, static_cast<NodeIndex>(commit), &Plan::node) > 0;
}

TEST(Choice, PlansComeBestFirstAndPromiseSomething) {
  const Scene s = scene(ends());
  const auto plans = choice_in(s).rank();
  ASSERT_FALSE(plans.empty());
  EXPECT_TRUE(std::ranges::is_sorted(plans, std::ranges::greater{}, &Plan::worth));
  for (const Plan& plan : plans) {
    EXPECT_GT(plan.worth, 0);
    EXPECT_GE(plan.bits, 0);
    EXPECT_LE(plan.bits, 1 + 1e-9) << "crash or not is one bit at most";
    EXPECT_GE(plan.runs, 1);
    EXPECT_GT(plan.seconds, 0);
    EXPECT_EQ(plan.built, s.terrain.buildable[s.ancestry.position(plan.node)] > 1);
  }
}

TEST(Choice, TheMiddleTellsMost) {
  const Scene s = scene(ends());
  const Plan best = choice_in(s).rank().at(0);
  EXPECT_FALSE(best.built);
  EXPECT_GT(best.node, 22U);
  EXPECT_LT(best.node, 42U);
  EXPECT_NEAR(best.positive, 0.5, 0.2);
  EXPECT_GT(best.bits, 0.8);
}

// The prior moves the middle.
TEST(Choice, TheMiddleIsOfTheProbability) {
  model::Problem problem = between(0, 64);
  problem.prior.assign(65, 1);
  for (std::size_t i = 56; i < 65; ++i) problem.prior[i] = 40;
  const Scene s(graph(), problem, ends());
  EXPECT_GT(choice_in(s).rank().at(0).node, 52U);
}

TEST(Choice, WhatIsExcludedIsNeverPlanned) {
  const Scene s = scene(ends().built(32).quiet(32, 1));
  Choice choice = choice_in(s);
  for (int i = 0; i < 10; ++i) {
    const auto plans = choice.rank();
    ASSERT_FALSE(plans.empty());
    const NodeIndex best = plans[0].node;
    choice.exclude(best);
    EXPECT_FALSE(plans_for(choice.rank(), static_cast<int>(best))) << best;
  }
}

TEST(Choice, WhatCannotBeTestedIsNeverPlanned) {
  std::vector<int> skip;
  for (int commit = 20; commit < 50; ++commit) skip.push_back(commit);
  const Scene s = scene(ends().broken(10), skip);
  for (const Plan& plan : choice_in(s).rank()) {
    EXPECT_FALSE(plan.node >= 20 && plan.node < 50) << plan.node;
    EXPECT_NE(plan.node, 10U);
  }
  std::vector<int> all;
  for (int commit = 0; commit < 65; ++commit) all.push_back(commit);
  Facts nothing;  // not even the ends are built
  EXPECT_TRUE(choice_in(scene(nothing, all)).rank().empty());
}

// Half of the runs crash, and the middle was quiet twice: there is as much to learn there as at a new
// revision, where it must be built first.
TEST(Choice, PricesDecideBetweenAnotherRunAndAnotherBuild) {
  const Scene s =
      scene(Facts().built(64).shown(64, 5).quiet(64, 5).built(0).quiet(0, 10).built(32).quiet(32, 2));
  const Plan dear = choice_in(s, {.build = 100'000, .ok_run = 10, .crash_run = 10}).rank().at(0);
  EXPECT_TRUE(dear.built);
  const Plan cheap = choice_in(s, {.build = 1, .ok_run = 1000, .crash_run = 1000}).rank().at(0);
  EXPECT_FALSE(cheap.built);
}

TEST(Choice, TheDearerABuildTheMoreRunsItIsUsedFor) {
  const Scene s = scene(Facts().built(64).shown(64, 3).quiet(64, 7).built(0).quiet(0, 10));
  const auto runs = [&](double build) {
    const auto plans = choice_in(s, {.build = build, .ok_run = 48, .crash_run = 48}).rank();
    return std::ranges::find(plans, false, &Plan::built)->runs;
  };
  EXPECT_LT(runs(1), runs(36'000));
  EXPECT_LE(runs(1), runs(360));
  EXPECT_LE(runs(360), runs(36'000));
}

TEST(Choice, WhatIsUnderWayIsNotPlannedOnceMore) {
  const Facts facts = ends().built(32);
  const Scene s(graph(), between(0, 64), facts);
  const auto i = s.findings.find(32);
  ASSERT_TRUE(i);
  Choice choice = choice_in(s);
  const auto before = choice.rank();
  choice.expect(*i, 8);
  const auto after = choice.rank();
  const auto bits_at = [](const std::vector<Plan>& plans, NodeIndex node) {
    const auto plan = std::ranges::find(plans, node, &Plan::node);
    return plan == plans.end() ? 0 : plan->bits;
  };
  EXPECT_GT(bits_at(before, 32), 0.8);
  EXPECT_LT(bits_at(after, 32), 0.2) << "eight runs will have told";
  ASSERT_FALSE(after.empty());
  const int best = static_cast<int>(after[0].node);
  EXPECT_GT(std::abs(best - 32), 8) << "a quarter of the way, whatever the eight show";
}

// A crash that may be the bug, and that no run of any revision gets past. Builds are so dear that nothing
// else would end the runs.
TEST(Choice, AWallIsNotRunAgainstForEver) {
  const auto planned = [](int times) {
    const Facts facts = ends().built(32).crashed(32, times, 0.3, "a wall");
    const Scene s(graph(), between(0, 64), facts);
    return plans_for(choice_in(s, {.build = 1e7, .ok_run = 48, .crash_run = 48}).rank(), 32);
  };
  EXPECT_TRUE(planned(29)) << "a few tell whether any gets past it";
  EXPECT_FALSE(planned(30));
  EXPECT_FALSE(planned(200));
}

TEST(Choice, AFixIsSoughtInTheSameWay) {
  model::Problem problem{.goal = model::Goal::fix, .start = id_of(0), .head = id_of(64)};
  const Scene s(graph(), problem, Facts().built(0).shown(0, 10).built(64).quiet(64, 10));
  const Plan best = choice_in(s).rank().at(0);
  EXPECT_GT(best.node, 22U);
  EXPECT_LT(best.node, 42U);
}

}  // namespace
}  // namespace culprit::search::testing
