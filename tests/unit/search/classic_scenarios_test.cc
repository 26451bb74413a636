// The scenarios of the made-up release history, as far as they are the search's business.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "search/classic.h"
#include "tests/unit/search/world.h"

namespace culprit::search::testing {
namespace {

using model::Goal;
using model::Problem;
using model::ResultKind;
using ::testing::HasSubstr;

struct ClassicScenario : ::testing::Test {
  const model::CommitGraph graph = release_history();

  World world(int introduced = -1, int fixed = -1) const {
    World w{.graph = graph};
    w.introduced = introduced;
    w.fixed = fixed;
    return w;
  }
  Problem cause(int start) const {
    Problem p;
    p.start = id_of(start);
    p.releases = releases_before(start);
    return p;
  }
  Problem fix(int start, int head = 905) const {
    Problem p;
    p.goal = Goal::fix;
    p.start = id_of(start);
    p.head = id_of(head);
    p.releases = releases_before(head);
    return p;
  }
  Trace solve(const Problem& problem, World w) const { return drive(ClassicSearch(graph, problem), w); }
  static void expect_culprit(const Trace& trace, int commit) {
    EXPECT_EQ(trace.conclusion.kind, ResultKind::culprit) << trace.conclusion.explanation;
    ASSERT_TRUE(trace.conclusion.culprit) << trace.conclusion.explanation;
    EXPECT_EQ(number_of(*trace.conclusion.culprit), commit);
  }
  static std::set<int> range(int first, int last) {
    std::set<int> numbers;
    for (int n = first; n <= last; ++n) numbers.insert(n);
    return numbers;
  }
};

TEST_F(ClassicScenario, CauseIsFoundWithConfidence) {
  const Trace t = solve(cause(905), world(602));
  expect_culprit(t, 602);
  EXPECT_GT(t.conclusion.probability, 0.99);
  EXPECT_FALSE(t.conclusion.no_op);
  EXPECT_FALSE(t.conclusion.is_release);
  EXPECT_EQ(number_of(*t.conclusion.last_good), 601);
  EXPECT_EQ(t.experiments.back().stage, "bisect") << "601 was built by the search itself";
}

TEST_F(ClassicScenario, FlakyCauseIsRunUntilTheAnswerIsSure) {
  World w = world(605);
  w.rate = 0.35;
  w.rng = base::Rng(3);
  const Trace t = solve(cause(905), w);
  expect_culprit(t, 605);
  EXPECT_GE(t.conclusion.probability, 0.99);
  EXPECT_EQ(t.experiments.back().stage, "confirm")
      << "ten runs of the parent leave more doubt than is allowed";
}

TEST_F(ClassicScenario, StartThatDoesNotCrashIsNotReproduced) {
  const Trace t = solve(cause(400), world(602));
  EXPECT_EQ(t.conclusion.kind, ResultKind::not_reproduced);
  EXPECT_EQ(t.conclusion.explanation, "The bug does not reproduce at 000000000000: 10 OK.");
  EXPECT_EQ(number_of(*t.conclusion.tested), 400);
}

TEST_F(ClassicScenario, OldestReleaseThatCrashesEndsTheWalkAtTheHorizon) {
  const Trace t = solve(cause(905), world());
  EXPECT_EQ(t.conclusion.kind, ResultKind::horizon);
  EXPECT_EQ(number_of(*t.conclusion.tested), 400);
}

TEST_F(ClassicScenario, BrokenOldestReleasesLeaveTheOldestBadOneKnown) {
  World w = world();
  w.broken = range(400, 505);
  const Trace t = solve(cause(905), w);
  EXPECT_EQ(t.conclusion.kind, ResultKind::horizon);
  EXPECT_EQ(number_of(*t.conclusion.tested), 600);
  EXPECT_EQ(t.conclusion.explanation,
            "The oldest tested release, v6.0, already has the bug. Not testable: v5.0 v4.0.");
}

TEST_F(ClassicScenario, CommitsAroundBrokenOnesRemain) {
  World w = world(605);
  w.broken = range(500, 700);
  const Trace t = solve(cause(802), w);
  EXPECT_EQ(t.conclusion.kind, ResultKind::inconclusive);
  EXPECT_EQ(t.conclusion.candidates.size(), 15u);
}

TEST_F(ClassicScenario, NoReleaseThatBuildsIsNoAnswer) {
  World w = world(602);
  w.broken = range(100, 800);
  const Trace t = solve(cause(802), w);
  EXPECT_EQ(t.conclusion.kind, ResultKind::inconclusive);
  EXPECT_TRUE(t.conclusion.candidates.empty());
  EXPECT_THAT(t.conclusion.explanation, HasSubstr("None of the releases"));
}

TEST_F(ClassicScenario, FixOnAReleaseIsFoundAndMarked) {
  const Trace t = solve(fix(400), world(-1, 500));
  expect_culprit(t, 500);
  EXPECT_TRUE(t.conclusion.is_release);
}

TEST_F(ClassicScenario, FixAfterTheBugCameLateIsNotTheSideBranchThatNeverHadIt) {
  const Trace t = solve(fix(802), world(704, 803));
  expect_culprit(t, 803);
}

TEST_F(ClassicScenario, FixInASideBranchThatHadTheBugIsFound) {
  const Trace t = solve(fix(802), world(605, 791));
  expect_culprit(t, 791);
}

TEST_F(ClassicScenario, LostRunsOfAGoodRevisionAreRetried) {
  World w = world(-1, 500);
  w.infra = 0.3;
  w.rng = base::Rng(5);
  const Trace t = solve(fix(400), w);
  expect_culprit(t, 500);
}

TEST_F(ClassicScenario, FixOfACrashThatDoesNotShowIsNotReproduced) {
  const Trace t = solve(fix(400), world(602));
  EXPECT_EQ(t.conclusion.kind, ResultKind::not_reproduced);
}

TEST_F(ClassicScenario, HeadThatIsBrokenIsNamed) {
  World w = world(-1, 500);
  w.broken = {905};
  const Trace t = solve(fix(400), w);
  EXPECT_EQ(t.conclusion.kind, ResultKind::inconclusive);
  EXPECT_EQ(number_of(*t.conclusion.tested), 905);
}

TEST_F(ClassicScenario, HeadThatCrashesIsNamed) {
  const Trace t = solve(fix(400), world());
  EXPECT_EQ(t.conclusion.kind, ResultKind::good_end_crashes);
  EXPECT_EQ(number_of(*t.conclusion.tested), 905);
}

TEST_F(ClassicScenario, FixAmongBrokenCommitsLeavesNine) {
  World w = world(-1, 601);
  w.broken = range(600, 700);
  const Trace t = solve(fix(500), w);
  EXPECT_EQ(t.conclusion.kind, ResultKind::inconclusive);
  EXPECT_EQ(t.conclusion.candidates.size(), 9u);
}

TEST_F(ClassicScenario, CulpritWithItsParentsBinaryIsANoOp) {
  World w = world(503);
  w.same = {502, 503};
  const Trace t = solve(cause(905), w);
  expect_culprit(t, 503);
  EXPECT_TRUE(t.conclusion.no_op);
}

TEST_F(ClassicScenario, StartWithItsParentsBinaryIsANoOp) {
  World w = world(905);
  w.same = {904, 905};
  const Trace t = solve(cause(905), w);
  expect_culprit(t, 905);
  EXPECT_TRUE(t.conclusion.no_op);
}

TEST_F(ClassicScenario, EqualBinariesOnOneSideAreNoNoOp) {
  for (const auto& same : {range(400, 502), range(503, 905)}) {
    World w = world(503);
    w.same = same;
    const Trace t = solve(cause(905), w);
    expect_culprit(t, 503);
    EXPECT_FALSE(t.conclusion.no_op);
  }
}

TEST_F(ClassicScenario, ReleaseWithItsParentsBinaryIsANoOpAndARelease) {
  World w = world(500);
  w.same = {405, 500};
  const Trace t = solve(cause(905), w);
  expect_culprit(t, 500);
  EXPECT_TRUE(t.conclusion.no_op);
  EXPECT_TRUE(t.conclusion.is_release);
}

TEST_F(ClassicScenario, ParentInAnOlderReleaseIsBuiltForTheNoOpCheck) {
  World w = world(650);
  w.same = range(500, 650);
  const Trace t = solve(cause(905), w);
  expect_culprit(t, 650);
  EXPECT_TRUE(t.conclusion.no_op);
  EXPECT_EQ(t.experiments.back().stage, "parent");
  EXPECT_EQ(t.experiments.back().runs, 0);
  EXPECT_EQ(number_of(t.experiments.back().commit), 500);
}

TEST_F(ClassicScenario, MachineThatLosesEveryReleaseIsTheMachinesFault) {
  World w = world(602);
  w.lost = range(600, 800);
  const Trace t = solve(cause(905), w);
  EXPECT_EQ(t.conclusion.kind, ResultKind::infrastructure);
}

TEST_F(ClassicScenario, FixFromAnotherTreeGoesThroughTheMergeBase) {
  const Trace t = solve(fix(851), world(-1, 903));
  expect_culprit(t, 903);
  const auto base = std::ranges::find(t.experiments, "merge-base", &model::Experiment::stage);
  ASSERT_NE(base, t.experiments.end());
  EXPECT_EQ(number_of(base->commit), 800);
}

TEST_F(ClassicScenario, CauseFromAnotherTree) { expect_culprit(solve(cause(852), world(602)), 602); }

TEST_F(ClassicScenario, BugOfTheOtherTreeAloneHasNoFixOnTheMainLine) {
  const Trace t = solve(fix(851), world(851));
  EXPECT_EQ(t.conclusion.kind, ResultKind::not_reproduced);
  EXPECT_EQ(number_of(*t.conclusion.tested), 800);
  EXPECT_THAT(t.conclusion.explanation, HasSubstr("the bug is only in the other tree"));
}

TEST_F(ClassicScenario, OtherTreeWithABrokenMergeBaseIsNoAnswer) {
  World w = world(-1, 903);
  w.broken = {800};
  const Trace t = solve(fix(851), w);
  EXPECT_EQ(t.conclusion.kind, ResultKind::inconclusive);
  EXPECT_EQ(number_of(*t.conclusion.tested), 800);
}

}  // namespace
}  // namespace culprit::search::testing
