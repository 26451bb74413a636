// Bisections of bugs of real kernels, on runs that were recorded: as many as there are seeds, where a live
// one takes a quarter of an hour.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "engine/engine.h"
#include "search/strategy.h"
#include "store/store.h"
#include "tests/scenarios/recorded.h"

namespace culprit::scenario {
namespace {

namespace fs = std::filesystem;

struct Outcome {
  std::string culprit;  // its title; empty: none was named
  int runs = 0;
  int revisions = 0;  // that were built
};

Outcome bisect(const Recording& recording, std::uint64_t seed, const std::string& strategy) {
  RecordedWorld world(recording, seed);
  const model::Problem problem = world.problem();
  const model::CommitGraph graph = world.graph();
  const auto search = search::make_strategy(strategy, graph, problem);
  const fs::path folder = fs::temp_directory_path() / ("culprit-recorded-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  Outcome outcome;
  {
    auto store = store::Store::open(folder / "store.db", store::Store::Mode::read_write);
    const auto id = store->begin(world.wall());
    engine::Journal journal(*store, *id, world, {});
    const engine::Parts parts{journal, **search, world, world, world, problem, model::Subject::kernel};
    const auto conclusion = engine::bisect(parts, base::CancelToken());
    if (conclusion && conclusion->culprit) outcome.culprit = world.describe(*conclusion->culprit)->title;
  }
  fs::remove_all(folder);
  outcome.runs = world.runs_done();
  outcome.revisions = world.revisions_built();
  return outcome;
}

// How many seeds; $CULPRIT_SEEDS for a longer measurement.
int seeds() {
  const char* given = std::getenv("CULPRIT_SEEDS");
  return given == nullptr ? 20 : std::max(1, std::atoi(given));
}

// `planted` is named in 19 of 20 bisections, at no more than `share` of the runs that ten a revision take.
void check(const std::string& file, const std::string& planted, double share) {
  const auto recording =
      read_recording(std::string(CULPRIT_SOURCE_DIR) + "/tests/scenarios/recordings/" + file);
  ASSERT_TRUE(recording);
  ASSERT_NE(recording->titled(planted), nullptr);
  int right = 0, wrong = 0, runs = 0, runs_of_ten = 0;
  for (int seed = 1; seed <= seeds(); ++seed) {
    const Outcome ours = bisect(*recording, static_cast<std::uint64_t>(seed), "bayes");
    const Outcome ten = bisect(*recording, static_cast<std::uint64_t>(seed), "classic");
    std::printf("seed %3d: %3d runs of %2d revisions, %3d runs with ten a revision: %s\n", seed, ours.runs,
                ours.revisions, ten.runs, ours.culprit.empty() ? "(no answer)" : ours.culprit.c_str());
    right += ours.culprit == planted;
    wrong += !ours.culprit.empty() && ours.culprit != planted;
    runs += ours.runs;
    runs_of_ten += ten.runs;
  }
  std::printf("%d of %d right, %d wrong; %d runs, %.0f %% of the %d that ten a revision take\n", right,
              seeds(), wrong, runs, 100.0 * runs / runs_of_ten, runs_of_ten);
  EXPECT_GE(right * 20, seeds() * 19);
  EXPECT_LE(runs, share * runs_of_ten);
}

TEST(Recorded, ACrashInHalfOfTheRunsIsFound) {
  check("ferry-flaky.jsonl", "misc: ferry: look routes up in a hash table", 0.6);
}

}  // namespace
}  // namespace culprit::scenario
