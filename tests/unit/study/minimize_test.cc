#include "study/minimize.h"

#include <gtest/gtest.h>

#include "bench/minimize/trial.h"

namespace culprit::study {
namespace {

using bench::MinimizeTrial;
using bench::MinimizeWorld;
using bench::run_trial;

constexpr int k_seeds = 30;

struct Sum {
  int exact = 0, sound = 0;
  double builds = 0;
};
Sum run_all(const MinimizeWorld& world) {
  Sum sum;
  for (int seed = 1; seed <= k_seeds; ++seed) {
    const MinimizeTrial trial = run_trial(world, static_cast<std::uint64_t>(seed));
    EXPECT_TRUE(trial.ended) << seed;
    sum.exact += trial.is_exact() ? 1 : 0;
    sum.sound += trial.is_sound() ? 1 : 0;
    sum.builds += static_cast<double>(trial.builds) / k_seeds;
  }
  return sum;
}

// bench_minimize prints the figures.
TEST(Minimize, FindsWhatIsNeededAtAnyRate) {
  for (const double rate : {1.0, 0.5, 0.2}) {
    const Sum sum = run_all({.rate = rate});
    EXPECT_EQ(sum.sound, k_seeds) << rate;
    EXPECT_GE(sum.exact, k_seeds - 1) << rate;
    EXPECT_LE(sum.builds, 60) << rate;  // of 60 parts
  }
}

// Detectors slow the kernel down: without them a race is rarer. What is needed is still not lost.
TEST(Minimize, LosesNothingWhereTheBugGetsRarer) {
  const Sum sum = run_all({.rate = 0.5, .without_detectors = 0.4});
  EXPECT_EQ(sum.sound, k_seeds);
  EXPECT_GE(sum.exact, k_seeds - 4);
}

TEST(Minimize, KeepsWhatNothingBootsWithout) {
  for (int seed = 1; seed <= 5; ++seed) {
    const MinimizeTrial trial =
        run_trial({.parts = 30, .rate = 0.5, .boots = 2}, static_cast<std::uint64_t>(seed));
    EXPECT_TRUE(trial.is_sound() && trial.is_exact()) << seed;
    const auto unclear = std::ranges::count(trial.found.parts, Fate::unclear, &PartFate::fate);
    EXPECT_EQ(unclear, 2) << seed;
    for (const PartFate& part : trial.found.parts)
      EXPECT_EQ(part.why, part.fate == Fate::unclear ? "no ready mark in time" : "");
  }
}

TEST(Minimize, IsAsSureAsItSays) {
  const MinimizeTrial trial = run_trial({.rate = 0.2}, 7);
  int needed = 0;
  for (const PartFate& part : trial.found.parts) {
    if (part.fate != Fate::needed) continue;
    ++needed;
    EXPECT_GE(part.probability, 0.99);
    EXPECT_GE(part.quiet, 10);  // at a rate of one in five, five would say little
  }
  EXPECT_EQ(needed, 4);
  EXPECT_GT(trial.found.counts.shown, 0);
}

TEST(Minimize, DetectorsGoFirstAndAtOnce) {
  const MinimizeWorld world{.needs_detector = false};
  const MinimizePlan plan = bench::plan_of(world);
  model::Evidence evidence;
  const auto answer = [&](const std::string& variant, bool shows) {
    for (int i = 0; i < 3; ++i) {
      model::RunRecord run{.commit = plan.commit, .variant = variant, .outcome = model::Ok{}};
      run.id = evidence.runs.size() + 1;
      run.completed = !shows;
      if (shows) run.outcome = model::Crashed{"WARNING in ferry_sail"}, run.p_target = 1;
      evidence.runs.push_back(run);
    }
  };
  answer(minimize(plan, evidence).next->variant, true);
  EXPECT_EQ(minimize(plan, evidence).next->variant, "0000" + std::string(56, '1'));
}

TEST(Minimize, SaysThatTheBugDoesNotShow) {
  const MinimizeTrial trial = run_trial({.rate = 0}, 1);
  EXPECT_TRUE(trial.ended);
  EXPECT_EQ(trial.found.not_reproduced, "the bug shows in none of 60 runs");
  EXPECT_EQ(trial.builds, 1);
}

}  // namespace
}  // namespace culprit::study
