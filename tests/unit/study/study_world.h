// A made-up world for searches that are no bisections: what is asked for is done at once, and lands in the evidence.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/rng.h"
#include "model/evidence.h"
#include "model/search.h"
#include "search/search.h"

namespace culprit::study::testing {

// Commits are numbers from 1 on; their ids spell them.
inline model::CommitId id_of(int number) {
  std::string hex = std::to_string(number);
  return *model::CommitId::from_hex(std::string(40 - hex.size(), '0') + hex);
}

inline model::RunRecord run_of(const model::CommitId& commit, const std::string& variant, std::uint64_t id,
                               bool shows) {
  model::RunRecord run{
      .id = id, .commit = commit, .variant = variant, .signature = "", .outcome = model::Ok{}};
  run.completed = !shows;
  run.seconds = 1;
  if (shows) run.outcome = model::Crashed{"SIGSEGV in find"}, run.p_target = 1;
  return run;
}

class World {
 public:
  using Rate = std::function<double(const model::CommitId&, const std::string& variant)>;
  // A rate below 0: it does not build.
  World(Rate rate, std::uint64_t seed, double build_s = 10)
      : m_rate(std::move(rate)), m_rng(seed), m_build_s(build_s) {}

  // Until the search concludes, or for so many experiments. Whether it concluded.
  bool let(const search::Search& search, int experiments = 100'000) {
    while (experiments-- > 0) {
      const model::Decision decision = search.next(evidence);
      if (decision.conclusion) return true;
      for (const model::Experiment& experiment : decision.experiments) perform(experiment);
      if (decision.experiments.empty()) return false;
    }
    return false;
  }

  model::Evidence evidence;
  std::vector<model::Experiment> performed;
  int builds = 0;  // that took time

 private:
  // As builders that share builds between tests do: the text behind the last '|' of a test's variant is what is built.
  static std::string built_of(const std::string& variant) {
    return variant.starts_with("test:") ? variant.substr(variant.find('|') + 1) : variant;
  }

  void perform(const model::Experiment& experiment) {
    performed.push_back(experiment);
    const double rate = m_rate(experiment.commit, experiment.variant);
    const auto key = std::pair(experiment.commit.hex(), built_of(experiment.variant));
    const bool known = m_built.contains(key);
    m_built[key] = true;
    builds += known ? 0 : 1;
    model::BuildRecord build{.commit = experiment.commit, .variant = experiment.variant};
    build.seconds = known ? 0 : m_build_s;
    if (rate < 0) build.status = model::BuildStatus::broken, build.text = "a.c:1: error: no such thing";
    evidence.builds.push_back(build);
    for (int i = 0; rate >= 0 && i < experiment.runs; ++i)
      evidence.runs.push_back(run_of(experiment.commit, experiment.variant, ++m_id, m_rng.uniform() < rate));
  }

  Rate m_rate;
  base::Rng m_rng;
  double m_build_s;
  std::uint64_t m_id = 0;
  std::map<std::pair<std::string, std::string>, bool> m_built;
};

}  // namespace culprit::study::testing
