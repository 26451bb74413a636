#include "search/plan/walls.h"

#include <gtest/gtest.h>

#include "search/plan/tuning.h"

namespace culprit::search {
namespace {

Counts hidden(int runs) {
  Counts counts;
  counts.hidden = runs;
  return counts;
}

TEST(Walls, ThirdOneNeedsLessProof) {
  const std::vector<Counts> none, two = {hidden(k_wall_runs), hidden(k_wall_runs)};
  EXPECT_FALSE(Walls(none).gives_up(hidden(k_wall_runs_then)));
  EXPECT_TRUE(Walls(none).gives_up(hidden(k_wall_runs)));
  EXPECT_TRUE(Walls(two).gives_up(hidden(k_wall_runs_then)));
}

TEST(Walls, ARunThatGotThroughIsNoWall) {
  Counts counts = hidden(10 * k_wall_runs);
  counts.quiet = 1;
  EXPECT_FALSE(Walls({}).gives_up(counts));
}

// One revision with `crashes` of an open title and `quiet` runs.
bool exhausted(int crashes, int quiet) {
  const std::vector<Observation> observations = {{.node = 1, .binary = 0}};
  TitledRuns runs{.quiet = {quiet}, .certain = {0}, .open = {}};
  runs.open.push_back({.title = "another", .crashes = {crashes}, .completed = {0}});
  return RunLimits(observations, runs).exhausted(0);
}

TEST(RunLimits, ACrashThatNoRunGetsPastEndsTheRunsSooner) {
  EXPECT_FALSE(exhausted(k_most_masked_runs - 1, 0));
  EXPECT_TRUE(exhausted(k_most_masked_runs, 0));
  EXPECT_FALSE(exhausted(k_most_masked_runs, 1)) << "one came through";
  EXPECT_TRUE(exhausted(k_most_partly_masked_runs, 1));
}

TEST(RunLimits, RunsThatTellEnd) {
  EXPECT_FALSE(exhausted(0, k_most_runs - 1));
  EXPECT_TRUE(exhausted(0, k_most_runs));
}

}  // namespace
}  // namespace culprit::search
