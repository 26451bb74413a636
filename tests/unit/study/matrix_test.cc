#include "study/matrix.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "study/tests.h"
#include "tests/unit/study/study_world.h"

namespace culprit::study {
namespace {

using testing::id_of;
using testing::World;

MatrixPlan plan_of(int columns, int tests) {
  MatrixPlan plan{.columns = {}, .tests = {}, .runs = 30, .within = 0.2};
  for (int i = 1; i <= columns; ++i) plan.columns.push_back({"v" + std::to_string(i), id_of(i)});
  for (int i = 1; i <= tests; ++i) plan.tests.push_back({"t" + std::to_string(i), "k" + std::to_string(i)});
  return plan;
}

int number_of(const model::CommitId& id) { return std::stoi(id.hex()); }

TEST(MatrixSearch, StopsWhereEachCellIsKnownWellEnough) {
  const MatrixPlan plan = plan_of(3, 2);
  // v1 never, v2 always, v3 half of the time.
  World world([](const auto& commit,
                 const auto&) { return (number_of(commit) - 1) % 3 * (number_of(commit) == 3 ? 0.25 : 1.0); },
              1);
  ASSERT_TRUE(world.let(MatrixSearch(plan)));
  const Matrix matrix = matrix_of(plan, world.evidence);
  for (const Cell& cell : matrix.cells) {
    EXPECT_EQ(cell.state, CellState::measured);
    EXPECT_TRUE(cell.interval().half() <= plan.within || cell.counts.valid() == plan.runs);
    // Where all runs agree, a handful is enough.
    EXPECT_LE(cell.counts.valid(), cell.column < 2 ? 8 : plan.runs);
  }
  EXPECT_EQ(matrix.at(0, 0).counts.shown, 0);
  EXPECT_EQ(matrix.at(1, 1).counts.shown, matrix.at(1, 1).counts.valid());
}

TEST(MatrixSearch, PaysForEachBuildOnce) {
  const MatrixPlan plan = plan_of(4, 5);
  World world([](const auto&, const auto&) { return 0.3; }, 2);
  ASSERT_TRUE(world.let(MatrixSearch(plan)));
  EXPECT_EQ(world.builds, 4);
  // What is built is used up before the next is built: a build costs ten times a run.
  std::vector<int> order;
  for (const model::Experiment& e : world.performed)
    if (order.empty() || order.back() != number_of(e.commit)) order.push_back(number_of(e.commit));
  EXPECT_EQ(order.size(), 4U);
}

TEST(MatrixSearch, SaysWhyACellCannotBeTested) {
  const MatrixPlan plan = plan_of(2, 2);
  World world([](const auto& commit, const auto&) { return number_of(commit) == 2 ? -1.0 : 0.0; }, 3);
  ASSERT_TRUE(world.let(MatrixSearch(plan)));
  const Matrix matrix = matrix_of(plan, world.evidence);
  EXPECT_EQ(matrix.at(0, 1).state, CellState::untestable);
  EXPECT_EQ(matrix.at(1, 1).reason, "does not build: a.c:1: error: no such thing");
  // One build told it for both.
  EXPECT_EQ(std::ranges::count_if(world.performed, [](const auto& e) { return number_of(e.commit) == 2; }),
            1);
}

TEST(MatrixSearch, GivesUpWhereRunsSayNothing) {
  const MatrixPlan plan = plan_of(1, 1);
  model::Evidence evidence;
  const std::string variant = name_of(TestVariant{"k1", ""});
  evidence.builds.push_back({.commit = id_of(1), .variant = variant});
  for (std::uint64_t id = 1; id <= 4; ++id) {
    evidence.runs.push_back(testing::run_of(id_of(1), variant, id, false));
    evidence.runs.back().outcome = model::TestFailed{"skip (exit code 125)"};
    evidence.runs.back().completed = false;
  }
  EXPECT_TRUE(MatrixSearch(plan).next(evidence).conclusion);
  EXPECT_EQ(matrix_of(plan, evidence).cells[0].reason,
            "4 of 4 runs say nothing of the bug: skip (exit code 125)");
}

// What is on record stays, whatever is asked for later.
TEST(MatrixSearch, GoesOnFromWhatIsKnown) {
  World world([](const auto&, const auto&) { return 0.5; }, 4);
  const MatrixPlan small = plan_of(2, 1);
  ASSERT_TRUE(world.let(MatrixSearch(small)));
  const std::size_t runs = world.evidence.runs.size();
  MatrixPlan more = plan_of(3, 2);
  ASSERT_TRUE(world.let(MatrixSearch(more)));
  const Matrix before = matrix_of(small, world.evidence), after = matrix_of(more, world.evidence);
  EXPECT_EQ(after.at(0, 0).counts.valid(), before.at(0, 0).counts.valid());
  EXPECT_GT(world.evidence.runs.size(), runs);
  EXPECT_EQ(world.builds, 3);
}

TEST(MatrixSearch, BeginsNothingTwice) {
  MatrixPlan plan = plan_of(2, 2);
  plan.at_once = 4;
  const model::Decision decision = MatrixSearch(plan).next({});
  // In one checkout a revision is built once at a time.
  ASSERT_EQ(decision.experiments.size(), 2U);
  EXPECT_NE(decision.experiments[0].commit, decision.experiments[1].commit);
  model::Evidence evidence;
  for (const model::Experiment& e : decision.experiments)
    evidence.pending.push_back({e.commit, e.runs, true, e.variant});
  EXPECT_TRUE(MatrixSearch(plan).next(evidence).experiments.empty());
}

TEST(Matrix, CountsOtherFailuresApart) {
  const MatrixPlan plan = plan_of(1, 1);
  model::Evidence evidence;
  const std::string variant = name_of(TestVariant{"k1", ""});
  for (std::uint64_t id = 1; id <= 4; ++id)
    evidence.runs.push_back(testing::run_of(id_of(1), variant, id, id != 4));
  evidence.runs[1].p_target = 0.01;
  evidence.runs[1].outcome = model::Crashed{"disk full"};
  const Cell cell = matrix_of(plan, evidence).cells[0];
  EXPECT_EQ(cell.counts.shown, 2);
  EXPECT_EQ(cell.counts.valid(), 3);
  EXPECT_EQ(cell.otherwise(), 1);
  EXPECT_EQ(cell.others.at("disk full"), 1);
}

}  // namespace
}  // namespace culprit::study
