// A made-up configuration of which a bug needs some parts, and a search that has to find which.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/rng.h"
#include "model/evidence.h"
#include "model/run/report.h"
#include "study/minimize.h"

namespace culprit::bench {

struct MinimizeWorld {
  int parts = 60;                // the first four are detectors
  std::size_t needed = 3;        // of the rest
  bool needs_detector = true;    // the second one reports the bug
  double rate = 1;               // of the bug, where all that it needs is there
  double without_detectors = 1;  // times that, where the other detectors are gone: they change the timing
  std::size_t boots = 0;         // parts without which nothing boots
};

struct MinimizeTrial {
  study::Minimized found;
  std::set<std::size_t> needed;
  int builds = 0;
  int runs = 0;
  bool ended = false;

  // Exactly the needed ones are left, but for those without which nothing boots.
  bool is_exact() const {
    for (std::size_t i = 0; i < found.left.size(); ++i)
      if (found.left[i] != needed.contains(i) && found.parts[i].fate != study::Fate::unclear) return false;
    return ended;
  }
  // Nothing needed is missing.
  bool is_sound() const {
    return ended && std::ranges::all_of(needed, [&](std::size_t i) { return found.left[i]; });
  }
};

inline study::MinimizePlan plan_of(const MinimizeWorld& world, int runs_at_once = 2) {
  study::MinimizePlan plan{.commit = *model::CommitId::from_hex(std::string(40, '1')), .confidence = 0.99};
  plan.runs_at_once = runs_at_once;
  plan.variant_of = [](const study::Subset& subset) {
    std::string name;
    for (const bool is_there : subset) name += is_there ? '1' : '0';
    return name;
  };
  for (int i = 0; i < world.parts; ++i) {
    study::ConfigPart part{.name = "PART" + std::to_string(i), .is_detector = i < 4};
    if (i == 1) part.silences = {"KASAN"};
    plan.parts.push_back(part);
  }
  return plan;
}

inline MinimizeTrial run_trial(const MinimizeWorld& world, std::uint64_t seed,
                               int most_experiments = 100'000) {
  base::Rng rng(seed);
  MinimizeTrial trial;
  const study::MinimizePlan plan = plan_of(world);
  const auto draw = [&] { return 4 + rng.below(static_cast<std::uint64_t>(world.parts) - 4); };
  while (trial.needed.size() < world.needed) trial.needed.insert(draw());
  if (world.needs_detector) trial.needed.insert(1);
  std::set<std::size_t> boots;
  while (boots.size() < world.boots)
    if (const auto part = draw(); !trial.needed.contains(part)) boots.insert(part);

  const study::MinimizeSearch search(plan);
  model::Evidence evidence;
  std::set<std::string> built;
  while (most_experiments-- > 0) {
    const model::Decision decision = search.next(evidence);
    trial.ended = decision.conclusion.has_value();
    if (trial.ended) break;
    const model::Experiment& next = decision.experiments.front();
    const auto has = [&](std::size_t part) { return next.variant[part] == '1'; };
    if (built.insert(next.variant).second)
      evidence.builds.push_back({.commit = plan.commit, .variant = next.variant, .seconds = 60});
    const bool has_all = std::ranges::all_of(trial.needed, has),
               is_bootable = std::ranges::all_of(boots, has);
    const double rate = world.rate * (has(0) && has(2) && has(3) ? 1 : world.without_detectors);
    for (int i = 0; i < next.runs; ++i) {
      model::RunRecord run{.commit = plan.commit, .variant = next.variant, .outcome = model::Ok{}};
      run.id = evidence.runs.size() + 1;
      run.completed = true;
      if (!is_bootable) {
        run.completed = false;
        run.outcome = model::BootFailed{"no ready mark in time"};
      } else if (has_all && rng.chance(rate)) {
        run.completed = false;
        run.outcome = model::Crashed{"KASAN: slab-use-after-free Read in ferry_sail"};
        run.p_target = 1;
        run.reports.emplace_back().type = "KASAN";
        run.reports.back().title = text_of(run.outcome);
      }
      evidence.runs.push_back(run);
    }
  }
  trial.found = study::minimize(plan, evidence);
  trial.builds = static_cast<int>(built.size());
  trial.runs = static_cast<int>(evidence.runs.size());
  return trial;
}

}  // namespace culprit::bench
