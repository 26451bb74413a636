// What is believed of the culprit before any run.
#include "search/belief/prior.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "search/belief/tuning.h"
#include "tests/unit/search/evidence_builder.h"
#include "tests/unit/search/random_graph.h"

namespace culprit::search::testing {
namespace {

// A problem's range on its graph.
struct Believed {
  const model::CommitGraph& graph;
  Ancestry ancestry;
  Range range;

  Believed(const model::CommitGraph& g, const model::Problem& problem)
      : graph(g), ancestry(g, tips_of(g, problem)), range(make_range(g, problem, ancestry)) {}
  Position at(int commit) const { return ancestry.position(*graph.find(id_of(commit))); }
  double mass(int commit) const { return range.prior.mass(at(commit), at(commit) + 1); }
  double mass(int first, int last) const {
    double sum = 0;
    for (int commit = first; commit <= last; ++commit) sum += mass(commit);
    return sum;
  }
  double nowhere() const {
    const auto end = static_cast<Position>(ancestry.size());
    return range.prior.mass(end, end + 1);
  }
  bool testable(int commit) const { return range.testable[at(commit)] != 0; }
  bool older(int commit) const { return range.older[at(commit)] != 0; }
};

TEST(Prior, SumsAreKeptBelowEachPosition) {
  const Prior prior(std::vector<double>{1, 2, 0, 4});
  EXPECT_EQ(prior.mass(0, 4), 7);
  EXPECT_EQ(prior.mass(1, 3), 2);
  EXPECT_EQ(prior.mass(2, 2), 0);
  EXPECT_EQ(prior.log_mass(0, 4), 0 + 2 * 1 + 0 + 4 * 2);
  EXPECT_EQ(prior.below().size(), 5U);
}

TEST(Prior, BetweenGoodAndBadAllAreAlikeAndTheOlderOnesAreNotForgotten) {
  const auto graph = line_of(13);
  const Believed b(graph, between(2, 12));
  for (int commit = 3; commit <= 12; ++commit) EXPECT_NEAR(b.mass(commit), 0.1, 1e-12) << commit;
  EXPECT_NEAR(b.mass(0, 2), 1, 1e-12) << "as much as the range, for the user's word to outweigh";
  EXPECT_EQ(b.nowhere(), 0);
  EXPECT_EQ(b.range.commits, 10U);
  EXPECT_TRUE(b.older(2) && !b.older(3));
  EXPECT_TRUE(b.testable(3) && b.testable(12) && !b.testable(2));
}

TEST(Prior, WhatIsNoAncestorOfTheStartIsNoCulprit) {
  const auto graph = graph_of({{1, {}}, {2, {1}}, {3, {2}}, {4, {2}}});
  const Believed b(graph, between(1, 3));
  EXPECT_EQ(b.mass(4), 0);
  EXPECT_FALSE(b.testable(4));
  EXPECT_EQ(b.range.commits, 2U);
}

TEST(Prior, ByFirstParentsOnlyTheLineCounts) {
  const auto graph = graph_of({{1, {}}, {2, {1}}, {3, {1}}, {4, {2, 3}}});
  model::Problem problem = between(1, 4);
  EXPECT_NEAR(Believed(graph, problem).mass(3), 1.0 / 3, 1e-12);
  problem.first_parent = true;
  const Believed b(graph, problem);
  EXPECT_EQ(b.mass(3), 0);
  EXPECT_FALSE(b.testable(3));
  EXPECT_NEAR(b.mass(2), 0.5, 1e-12);
}

TEST(Prior, WeightsGuide) {
  const auto graph = line_of(5);
  model::Problem problem = between(0, 4);
  problem.prior = {1, 1, 1, 2, 4};
  const Believed b(graph, problem);
  EXPECT_NEAR(b.mass(3) / b.mass(1), 2, 1e-9);
  EXPECT_NEAR(b.mass(4) / b.mass(1), 4, 1e-9);
  EXPECT_NEAR(b.mass(1, 4), 1, 1e-12);
}

// Evidence must be able to overrule them: nobody is excluded, whatever the weights say.
TEST(Prior, WeightsAreBounded) {
  const auto graph = line_of(101);
  model::Problem problem = between(0, 100);
  problem.prior.assign(101, 0);
  problem.prior[50] = 1e12;
  const Believed b(graph, problem);
  EXPECT_GT(b.mass(20), 0);
  EXPECT_GT(b.mass(50), b.mass(20));
  EXPECT_LE(b.mass(50) / b.mass(20), k_prior_bound * k_prior_bound * (1 + 1e-9));
}

TEST(Prior, WeightsThatSayNothingAreNoWeights) {
  const auto graph = line_of(5);
  for (const std::vector<double>& weights :
       {std::vector<double>{0, 0, 0, 0, 0}, {1, 2}, {-1, -1, -1, -1, -1}}) {
    model::Problem problem = between(0, 4);
    problem.prior = weights;
    EXPECT_NEAR(Believed(graph, problem).mass(3), 0.25, 1e-12);
  }
}

// Releases of ten commits: two of them are the half-life, and all that is older than x commits has 20 / (20 +
// x).
TEST(Prior, TheOlderTheRarer) {
  const auto graph = line_of(101);
  model::Problem problem{.start = id_of(100)};
  for (int tag = 90; tag >= 50; tag -= 10)
    problem.releases.push_back({"v" + std::to_string(tag), id_of(tag)});
  const Believed b(graph, problem);
  EXPECT_NEAR(b.mass(91, 100), 1 - 20.0 / 30, 1e-9);
  EXPECT_NEAR(b.mass(81, 100), 0.5, 1e-9);
  EXPECT_NEAR(b.mass(0, 50), 20.0 / 70, 1e-9);
  EXPECT_NEAR(b.mass(0, 100), 1, 1e-9);
  EXPECT_NEAR(b.mass(81), b.mass(90), 1e-12) << "within a release all are alike";
  EXPECT_EQ(b.range.commits, 50U);
  EXPECT_TRUE(b.testable(100) && b.testable(51));
  EXPECT_TRUE(b.testable(50)) << "the oldest release itself, to know whether it is older";
  EXPECT_FALSE(b.testable(49));
  EXPECT_TRUE(b.older(50) && b.older(0) && !b.older(51));
}

TEST(Prior, AFixIsAfterTheStartOrNowhereYet) {
  const auto graph = line_of(14);
  const Believed b(graph, {.goal = model::Goal::fix, .start = id_of(3), .head = id_of(13)});
  EXPECT_EQ(b.mass(0, 3), 0);
  for (int commit = 4; commit <= 13; ++commit) EXPECT_NEAR(b.mass(commit), 0.1, 1e-12) << commit;
  EXPECT_NEAR(b.nowhere(), 0.02, 1e-12);
  EXPECT_TRUE(b.testable(4) && !b.testable(3));
  EXPECT_EQ(b.range.commits, 10U);
}

RC_GTEST_PROP(Prior, EveryCommitOfTheRangeMayBeTheCulprit, ()) {
  const auto graph = any_graph(40);
  const int start = static_cast<int>(graph.size()) - 1;
  const auto history = graph.ancestors(static_cast<NodeIndex>(start));
  const int good = *rc::gen::inRange(0, start);
  RC_PRE(history[static_cast<std::size_t>(good)] != 0);
  model::Problem problem = between(good, start);
  for (int i = 0; i <= start; ++i) problem.prior.push_back(*rc::gen::inRange(0, 1000));
  const Believed b(graph, problem);
  const auto below = graph.ancestors(static_cast<NodeIndex>(good));
  double inside = 0;
  for (int commit = 0; commit <= start; ++commit) {
    const auto i = static_cast<std::size_t>(commit);
    RC_ASSERT((b.mass(commit) > 0) == (history[i] != 0));
    RC_ASSERT(b.testable(commit) == (history[i] != 0 && below[i] == 0));
    if (b.testable(commit)) inside += b.mass(commit);
  }
  RC_ASSERT(std::abs(inside - 1) < 1e-9);
}

}  // namespace
}  // namespace culprit::search::testing
