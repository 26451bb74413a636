// The posterior search in made-up worlds: right, or honest about it.
#include "search/bayes.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "bench/noisebisect/dags.h"
#include "bench/noisebisect/points.h"
#include "bench/noisebisect/trial.h"
#include "tests/unit/search/random_graph.h"

namespace culprit::search {
namespace {

using model::Problem;
using model::ResultKind;
using testing::drive;
using testing::graph_of;
using testing::id_of;
using testing::World;

model::CommitGraph line(int n) {
  std::vector<std::pair<int, std::vector<int>>> commits;
  for (int i = 0; i < n; ++i) commits.emplace_back(i, i > 0 ? std::vector{i - 1} : std::vector<int>{});
  return graph_of(commits);
}

TEST(Bayes, NamesTheCommitWithFewerRunsThanAFixedNumber) {
  const auto graph = line(65);
  World world{.graph = graph, .introduced = 40};
  const auto trace = drive(BayesSearch(graph, {.start = id_of(64), .good = {id_of(0)}}), world);
  EXPECT_EQ(trace.conclusion.kind, ResultKind::culprit);
  EXPECT_EQ(trace.conclusion.culprit, id_of(40));
  EXPECT_GE(trace.conclusion.probability, 0.99);
  EXPECT_LT(trace.evidence.runs.size(), 40U);
}

TEST(Bayes, NamesACommitInsideAMergedBranch) {
  // 1-2-3-8-9 with 2-4-5-6-7 merged by 8.
  const auto graph =
      graph_of({{1, {}}, {2, {1}}, {4, {2}}, {5, {4}}, {6, {5}}, {7, {6}}, {3, {2}}, {8, {3, 7}}, {9, {8}}});
  World world{.graph = graph, .introduced = 5};
  const auto trace = drive(BayesSearch(graph, {.start = id_of(9), .good = {id_of(1)}}), world);
  EXPECT_EQ(trace.conclusion.culprit, id_of(5));
}

// What fails below 90 prints something else, which may be the same bug reworded or another one. Each further revision is
// promised to tell, and none does.
TEST(Bayes, EndsWhereNothingMovesAnyMore) {
  const auto graph = line(200);
  World world{.graph = graph, .introduced = 46};
  world.seen = [](model::RunRecord& run) {
    run.seconds = 0.05;
    if (run.p_target == 0 || testing::number_of(run.commit) >= 90) return;
    run.outcome = model::Crashed{"cannot read the index"};
    run.p_target = 0.9;
    run.identity = model::Identity::unknown;
  };
  world.build_seconds = 0.1;
  const auto trace = drive(BayesSearch(graph, {.start = id_of(199), .good = {id_of(0)}}), world);
  EXPECT_TRUE(trace.conclusion.kind == ResultKind::inconclusive || trace.conclusion.culprit == id_of(46));
  EXPECT_LT(trace.evidence.builds.size(), 60U);
}

TEST(Bayes, ReportsASetWhereNothingBuilds) {
  const auto graph = line(40);
  World world{.graph = graph, .introduced = 20};
  for (int i = 15; i < 25; ++i) world.broken.insert(i);
  const auto trace = drive(BayesSearch(graph, {.start = id_of(39), .good = {id_of(0)}}), world);
  EXPECT_EQ(trace.conclusion.kind, ResultKind::inconclusive);
  EXPECT_EQ(trace.conclusion.candidates.size(), 11U);
  const auto in = [&](int n) {
    return std::ranges::any_of(trace.conclusion.candidates,
                               [&](const model::Candidate& c) { return c.commit == id_of(n); });
  };
  EXPECT_TRUE(in(15) && in(20) && in(25));
  EXPECT_FALSE(in(14) || in(26));
}

TEST(Bayes, AGoodEndThatHasTheBugIsFoundOut) {
  const auto graph = line(64);
  World world{.graph = graph};
  const auto trace = drive(BayesSearch(graph, {.start = id_of(63), .good = {id_of(20)}}), world);
  EXPECT_EQ(trace.conclusion.kind, ResultKind::good_end_crashes);
}

TEST(Bayes, WhatNeverCrashesIsNotSearched) {
  const auto graph = line(16);
  World world{.graph = graph, .introduced = 3, .rate = 0};
  const auto trace = drive(BayesSearch(graph, {.start = id_of(15), .good = {id_of(0)}}), world);
  EXPECT_EQ(trace.conclusion.kind, ResultKind::not_reproduced);
}

TEST(Bayes, PriorsGuideAndDoNotExclude) {
  const auto graph = line(65);
  Problem problem{.start = id_of(64), .good = {id_of(0)}};
  problem.prior.assign(65, 1);
  for (std::size_t i = 50; i < 65; ++i) problem.prior[i] = 1000;
  World world{.graph = graph, .introduced = 7};
  EXPECT_EQ(drive(BayesSearch(graph, problem), world).conclusion.culprit, id_of(7));
}

TEST(Bayes, TwoNeighboursToldApartByAPersonAreAnAnswer) {
  const auto graph = line(2000);
  const BayesSearch search(graph, {.start = id_of(1999), .good = {id_of(0)}});
  using model::UserVerdict;
  const auto decision = search.next({.verdicts = {{id_of(1999), UserVerdict::bad},
                                                  {id_of(0), UserVerdict::good},
                                                  {id_of(1200), UserVerdict::bad},
                                                  {id_of(1199), UserVerdict::good}}});
  ASSERT_TRUE(decision.conclusion.has_value());
  EXPECT_EQ(decision.conclusion->culprit, id_of(1200));
}

RC_GTEST_PROP(Bayes, FindsTheCulpritOfADeterministicCrash, ()) {
  const auto graph = testing::any_graph(40);
  const int tip = static_cast<int>(graph.size()) - 1;
  const auto reach = graph.ancestors(static_cast<NodeIndex>(tip));
  RC_PRE(graph.parents(static_cast<NodeIndex>(tip)).size() > 0);
  const int culprit = *rc::gen::inRange(1, tip + 1);
  RC_PRE(reach[static_cast<std::size_t>(culprit)] != 0 && reach[0] != 0 &&
         !graph.parents(static_cast<NodeIndex>(culprit)).empty());
  World world{.graph = graph, .introduced = culprit};
  const auto trace = drive(BayesSearch(graph, {.start = id_of(tip), .good = {id_of(0)}}), world);
  // Everything builds and every bad run crashes: nothing excuses a search that does not know.
  RC_ASSERT(trace.conclusion.kind == ResultKind::culprit);
  RC_ASSERT(trace.conclusion.culprit == id_of(culprit));
}

RC_GTEST_PROP(Bayes, AsksTheSameWhateverTheOrderOfTheEvidence, ()) {
  const auto graph = line(50);
  World world{.graph = graph, .introduced = 23, .rate = 0.6};
  const BayesSearch search(graph, {.start = id_of(49), .good = {id_of(0)}});
  auto trace = drive(search, world);
  auto some = trace.evidence;
  some.runs.resize(static_cast<std::size_t>(*rc::gen::inRange<int>(0, static_cast<int>(some.runs.size()))));
  auto turned = some;
  std::ranges::reverse(turned.runs);
  std::ranges::reverse(turned.builds);
  const auto a = search.next(some), b = search.next(turned);
  RC_ASSERT(a.conclusion.has_value() == b.conclusion.has_value());
  RC_ASSERT(a.experiments.size() == b.experiments.size());
  for (std::size_t i = 0; i < a.experiments.size(); ++i) {
    RC_ASSERT(a.experiments[i].commit == b.experiments[i].commit);
    RC_ASSERT(a.experiments[i].runs == b.experiments[i].runs);
  }
}

// Several machines: as many experiments as slots, chosen given what is under way.
TEST(Bayes, FillsItsSlots) {
  const auto graph = line(500);
  Problem problem{.start = id_of(499), .good = {id_of(0)}};
  problem.build_slots = problem.run_slots = 4;
  World world{.graph = graph, .introduced = 300};
  model::Evidence evidence;
  for (const int n : {499, 0}) {
    evidence.builds.push_back(world.build(n));
    for (int i = 0; i < 10; ++i) evidence.runs.push_back(world.run(n));
  }
  const auto decision = BayesSearch(graph, problem).next(evidence);
  ASSERT_EQ(decision.experiments.size(), 4U);
  std::set<model::CommitId> commits;
  for (const auto& e : decision.experiments) commits.insert(e.commit);
  EXPECT_EQ(commits.size(), 4U);
}

// In these worlds a renamed bug beside another one looks like two bugs of one region, and builds tell less
// than each was expected to. A search that has cost 40 times what the ideal one costs goes on only for what
// is near, so that half as much again is more than any costs; the middle one is far from that.
TEST(Noisebisect, ASearchThatIsPromisedMoreThanItGetsEnds) {
  namespace nb = noisebisect;
  constexpr std::size_t k_commits = 128;
  const auto& aims = nb::all_points();
  const auto aim = std::ranges::find_if(aims, [](const nb::Aim& a) { return a.point.name == "X .9"; });
  ASSERT_NE(aim, aims.end());
  std::vector<double> costs;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto graph = nb::make_dag(k_commits, seed);
    const nb::World world(graph, aim->point, seed);
    const auto result = nb::run_trial(world, BayesSearch(graph, nb::problem_of(world)), {});
    costs.push_back(result.cost / nb::least_cost(k_commits, aim->point));
    EXPECT_LT(costs.back(), 60) << "seed " << seed;
  }
  std::ranges::nth_element(costs, costs.begin() + 2);
  EXPECT_LT(costs[2], 6.4);  // twice what it is: 3.2, the five from 2.1 to 3.8
}

TEST(Noisebisect, WorldsAreFunctionsOfTheirSeed) {
  namespace nb = noisebisect;
  const auto graph = nb::make_dag(128, 1001);
  const nb::World a(graph, {.name = "P .5", .p = 0.5}, 7), b(graph, {.name = "P .5", .p = 0.5}, 7);
  const auto ra = nb::run_trial(a, BayesSearch(graph, nb::problem_of(a)), {});
  const auto rb = nb::run_trial(b, BayesSearch(graph, nb::problem_of(b)), {});
  EXPECT_EQ(a.culprit(), b.culprit());
  EXPECT_EQ(ra.cost, rb.cost);
  EXPECT_EQ(ra.kind, rb.kind);
}

}  // namespace
}  // namespace culprit::search
