#include "search/classic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/unit/search/random_graph.h"

namespace culprit::search::testing {
namespace {

using model::Problem;
using model::ResultKind;
using model::UserVerdict;
using model::Verdict;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<int> numbers(const std::vector<model::Candidate>& candidates) {
  std::vector<int> out;
  for (const auto& candidate : candidates) out.push_back(number_of(candidate.commit));
  std::ranges::sort(out);
  return out;
}

model::CommitGraph line(int n) {
  std::vector<std::pair<int, std::vector<int>>> commits{{0, {}}};
  for (int i = 1; i < n; ++i) commits.push_back({i, {i - 1}});
  return graph_of(commits);
}

// c0 (good) .. c4 (bad), as in the plain facts on git.
struct FiveCommits : ::testing::Test {
  const model::CommitGraph graph = line(5);
  Problem problem = [] {
    Problem p;
    p.start = id_of(4);
    p.good = {id_of(0)};
    p.runs_per_revision = 1;
    return p;
  }();
  Trace solve(World w) const { return drive(ClassicSearch(graph, problem), w); }
  World world(int introduced) const {
    World w{.graph = graph};
    w.introduced = introduced;
    return w;
  }
};

TEST_F(FiveCommits, AllBadGivesTheFirst) { EXPECT_EQ(solve(world(1)).conclusion.culprit, id_of(1)); }
TEST_F(FiveCommits, AllGoodGivesTheLast) { EXPECT_EQ(solve(world(4)).conclusion.culprit, id_of(4)); }

TEST_F(FiveCommits, AllSkippedLeavesAll) {
  World w = world(2);
  w.broken = {1, 2, 3};
  const Trace t = solve(w);
  EXPECT_EQ(t.conclusion.kind, ResultKind::inconclusive);
  EXPECT_THAT(numbers(t.conclusion.candidates), ElementsAre(1, 2, 3, 4));
}

TEST_F(FiveCommits, GoodNextToTheStartNeedsNoSkippedOnes) {
  World w = world(4);
  w.broken = {1, 2};
  EXPECT_EQ(solve(w).conclusion.culprit, id_of(4));
}

TEST_F(FiveCommits, SkippedBetweenGoodAndBadLeavesTwo) {
  World w = world(3);
  w.broken = {2};
  EXPECT_THAT(numbers(solve(w).conclusion.candidates), ElementsAre(2, 3));
}

TEST_F(FiveCommits, SkipListIsNeverTested) {
  problem.skip = {id_of(2)};
  const Trace t = solve(world(3));
  for (const auto& experiment : t.experiments) EXPECT_NE(experiment.commit, id_of(2));
  EXPECT_THAT(numbers(t.conclusion.candidates), ElementsAre(2, 3));
}

TEST_F(FiveCommits, PendingRunsAreNotAskedForAgain) {
  model::Evidence evidence;
  const ClassicSearch search(graph, problem);
  ASSERT_EQ(search.next(evidence).experiments.size(), 1u);
  evidence.pending.push_back({.commit = id_of(4), .runs = 1, .building = true});
  EXPECT_THAT(search.next(evidence).experiments, IsEmpty());
  EXPECT_FALSE(search.next(evidence).conclusion);
}

TEST_F(FiveCommits, CrashAtTheGoodEndIsAnEndpointError) {
  const Trace t = solve(world(0));
  EXPECT_EQ(t.conclusion.kind, ResultKind::good_end_crashes);
  EXPECT_EQ(t.conclusion.explanation,
            "000000000000 was named good, but the bug shows there: 1 showed the bug.");
}

TEST_F(FiveCommits, PeoplesVerdictsReplaceRuns) {
  const ClassicSearch search(graph, problem);
  model::Evidence evidence;
  evidence.verdicts = {{id_of(4), UserVerdict::bad},
                       {id_of(0), UserVerdict::good},
                       {id_of(2), UserVerdict::good},
                       {id_of(3), UserVerdict::bad}};
  const auto decision = search.next(evidence);
  ASSERT_TRUE(decision.conclusion);
  EXPECT_EQ(decision.conclusion->culprit, id_of(3));
}

TEST_F(FiveCommits, CrashSeenOverrulesAPersonsGood) {
  World w = world(2);
  model::Evidence evidence;
  evidence.verdicts = {{id_of(3), UserVerdict::good}};
  evidence.runs = {w.run(3)};
  const auto verdicts = ClassicSearch(graph, problem).verdicts(evidence);
  ASSERT_EQ(verdicts.size(), 1u);
  EXPECT_EQ(verdicts[0].verdict, Verdict::bad);
  EXPECT_EQ(verdicts[0].why, "called good, but it has the bug: 1 showed the bug");
}

TEST_F(FiveCommits, CalledBothGoodAndBadIsUnknown) {
  model::Evidence evidence;
  evidence.verdicts = {{id_of(3), UserVerdict::good}, {id_of(3), UserVerdict::bad}};
  const auto verdicts = ClassicSearch(graph, problem).verdicts(evidence);
  ASSERT_EQ(verdicts.size(), 1u);
  EXPECT_EQ(verdicts[0].verdict, Verdict::unknown);
  EXPECT_EQ(verdicts[0].why, "called both good and bad");
}

TEST_F(FiveCommits, ForeignCrashesProveNothing) {
  problem.runs_per_revision = 4;
  World w = world(3);
  w.masked = [](int commit) { return commit == 2 ? 1.0 : 0.0; };
  const Trace t = solve(w);
  EXPECT_THAT(numbers(t.conclusion.candidates), ElementsAre(2, 3));
  const auto verdicts = ClassicSearch(graph, problem).verdicts(t.evidence);
  const auto at = std::ranges::find(verdicts, id_of(2), &model::RevisionVerdict::commit);
  ASSERT_NE(at, verdicts.end());
  EXPECT_EQ(at->verdict, Verdict::unknown);
  EXPECT_EQ(at->why, "11 ended by another crash");
}

TEST_F(FiveCommits, StartThatTheMachineLosesIsTheMachinesFault) {
  World w = world(3);
  w.lost = {4};
  EXPECT_EQ(solve(w).conclusion.kind, ResultKind::infrastructure);
}

TEST_F(FiveCommits, GoodEndThatDoesNotBuildIsTakenOnTheUsersWord) {
  World w = world(3);
  w.broken = {0};
  const Trace t = solve(w);
  EXPECT_EQ(t.conclusion.culprit, id_of(3));
  EXPECT_THAT(t.conclusion.explanation, HasSubstr("could not be tested and is taken for good"));
  EXPECT_LT(t.conclusion.probability, 0.99);
}

TEST_F(FiveCommits, EqualBinariesRunOnce) {
  problem.runs_per_revision = 10;
  World w = world(4);
  w.same = {0, 1, 2};
  const Trace t = solve(w);
  EXPECT_EQ(t.conclusion.culprit, id_of(4));
  for (const auto& run : t.evidence.runs) EXPECT_NE(run.commit, id_of(2)) << "0 and 2 have one binary";
}

// 0 - 1 - 2 - 3 - 4 with 5 - 6 forked at 1.
struct SideGood : ::testing::Test {
  const model::CommitGraph graph =
      graph_of({{0, {}}, {1, {0}}, {2, {1}}, {3, {2}}, {4, {3}}, {5, {1}}, {6, {5}}});
  Trace solve(int introduced, int fixed, std::set<int> broken = {}) const {
    Problem p;
    p.start = id_of(4);
    p.good = {id_of(6)};
    World w{.graph = graph};
    w.introduced = introduced;
    w.fixed = fixed;
    w.broken = std::move(broken);
    return drive(ClassicSearch(graph, p), w);
  }
};

TEST_F(SideGood, MergeBaseFreeOfTheBugBoundsTheSearch) {
  const Trace t = solve(3, -1);
  EXPECT_EQ(t.conclusion.culprit, id_of(3));
  EXPECT_EQ(t.experiments[1].stage, "merge-base");
}

TEST_F(SideGood, MergeBaseWithTheBugMeansItWasFixedOnTheSide) {
  const Trace t = solve(0, 5);
  EXPECT_EQ(t.conclusion.kind, ResultKind::horizon);
  EXPECT_EQ(t.conclusion.tested, id_of(1));
  EXPECT_THAT(t.conclusion.explanation, HasSubstr("the bug was fixed between"));
}

TEST_F(SideGood, MergeBaseThatDoesNotBuildIsNoAnswer) {
  const Trace t = solve(3, -1, {1});
  EXPECT_EQ(t.conclusion.kind, ResultKind::inconclusive);
  EXPECT_EQ(t.conclusion.tested, id_of(1));
}

TEST(Classic, UnrelatedHistoriesHaveNoPath) {
  const auto graph = graph_of({{0, {}}, {1, {0}}, {2, {}}});
  Problem p;
  p.start = id_of(1);
  p.good = {id_of(2)};
  World w{.graph = graph};
  const Trace t = drive(ClassicSearch(graph, p), w);
  EXPECT_EQ(t.conclusion.kind, ResultKind::inconclusive);
  EXPECT_THAT(t.conclusion.explanation, HasSubstr("have no common history"));
}

TEST(Classic, FirstParentNamesTheMerge) {
  const auto graph = graph_of({{0, {}}, {1, {0}}, {2, {0}}, {3, {2}}, {4, {1, 3}}, {5, {4}}});
  Problem p;
  p.start = id_of(5);
  p.good = {id_of(0)};
  World w{.graph = graph};
  w.introduced = 3;
  EXPECT_EQ(drive(ClassicSearch(graph, p), w).conclusion.culprit, id_of(3));
  p.first_parent = true;
  EXPECT_EQ(drive(ClassicSearch(graph, p), w).conclusion.culprit, id_of(4));
}

TEST(Classic, OneSilentReleaseOfAFlakyCrashIsDoubted) {
  const auto graph = release_history();
  Problem p;
  p.start = id_of(905);
  p.releases = releases_before(905);
  World w{.graph = graph};
  w.introduced = 605;
  w.rate = 0.3;
  w.rng = base::Rng(2);
  const Trace t = drive(ClassicSearch(graph, p), w);
  EXPECT_NE(std::ranges::find(t.experiments, "confirm", &model::Experiment::stage), t.experiments.end());
}

RC_GTEST_PROP(Classic, FindsTheCulpritOfAnyHistory, ()) {
  const auto graph = any_graph(50);
  const int start = static_cast<int>(graph.size()) - 1;
  const auto marks = graph.ancestors(static_cast<NodeIndex>(start));
  std::vector<int> possible;
  for (int i = 0; i <= start; ++i)
    if (marks[static_cast<std::size_t>(i)]) possible.push_back(i);
  const int culprit = *rc::gen::elementOf(possible);
  // Any commit of its history that does not hold the culprit may be the good end.
  std::vector<int> goods;
  for (const int i : possible)
    if (!graph.ancestors(static_cast<NodeIndex>(i))[static_cast<std::size_t>(culprit)]) goods.push_back(i);
  RC_PRE(!goods.empty());
  Problem p;
  p.start = id_of(start);
  p.good = {id_of(*rc::gen::elementOf(goods))};
  p.runs_per_revision = 1;
  World w{.graph = graph};
  w.introduced = culprit;
  w.signatures = *rc::gen::arbitrary<bool>();
  const Trace t = drive(ClassicSearch(graph, p), w);
  RC_ASSERT(t.conclusion.culprit == id_of(culprit));
}

RC_GTEST_PROP(Classic, OrderOfTheEvidenceDoesNotMatter, ()) {
  const auto graph = release_history();
  Problem p;
  p.start = id_of(905);
  p.releases = releases_before(905);
  World w{.graph = graph};
  w.introduced = 602;
  w.rate = 0.6;
  w.infra = 0.1;
  w.rng = base::Rng(*rc::gen::arbitrary<std::uint64_t>());
  const ClassicSearch search(graph, p);
  Trace t = drive(search, w);
  // Cut somewhere, shuffle, ask again.
  const auto keep = *rc::gen::inRange<std::size_t>(0, t.evidence.runs.size() + 1);
  t.evidence.runs.resize(keep);
  const auto before = search.next(t.evidence);
  const auto cycle = [&](auto& records) {
    if (!records.empty())
      std::ranges::rotate(records, records.begin() + *rc::gen::inRange<long>(0, std::ssize(records)));
    std::ranges::reverse(records);
  };
  cycle(t.evidence.runs);
  cycle(t.evidence.builds);
  const auto after = search.next(t.evidence);
  RC_ASSERT(before.experiments.size() == after.experiments.size());
  for (std::size_t i = 0; i < before.experiments.size(); ++i)
    RC_ASSERT(before.experiments[i].commit == after.experiments[i].commit &&
              before.experiments[i].runs == after.experiments[i].runs);
  RC_ASSERT(before.conclusion.has_value() == after.conclusion.has_value());
  if (before.conclusion) RC_ASSERT(before.conclusion->culprit == after.conclusion->culprit);
}

}  // namespace
}  // namespace culprit::search::testing
