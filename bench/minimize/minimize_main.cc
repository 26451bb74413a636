// How often minimize-config finds exactly what a bug needs, and what that costs, beside ddmin with five runs a subset.
// usage: bench_minimize [TRIALS]

#include <fmt/format.h>

#include <cstdlib>

#include "bench/minimize/trial.h"

namespace {

using namespace culprit;

struct Row {
  const char* name;
  bench::MinimizeWorld world;
};

// Halves, as ddmin does, and believes five quiet runs: exact?
struct FiveRuns {
  bool is_exact = false;
  bool lost_the_bug = false;
  int builds = 0, runs = 0;
};

class Ddmin {
 public:
  Ddmin(const bench::MinimizeWorld& world, std::uint64_t seed) : m_world(world), m_rng(seed) {
    while (m_needed.size() < world.needed)
      m_needed.insert(4 + m_rng.below(static_cast<std::uint64_t>(world.parts) - 4));
    if (world.needs_detector) m_needed.insert(1);
  }
  FiveRuns run() {
    std::vector<std::size_t> left;
    for (int i = 0; i < m_world.parts; ++i) left.push_back(static_cast<std::size_t>(i));
    FiveRuns out;
    out.lost_the_bug = !shows(left);
    for (std::size_t chunks = 2; !out.lost_the_bug && left.size() > 1;) {
      const std::size_t size = std::max<std::size_t>(1, left.size() / chunks);
      bool is_reduced = false;
      for (std::size_t from = 0; from < left.size() && !is_reduced; from += size) {
        std::vector<std::size_t> rest(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(from));
        for (std::size_t i = from + size; i < left.size(); ++i) rest.push_back(left[i]);
        if (!shows(rest)) continue;
        left = rest;
        chunks = std::max<std::size_t>(2, chunks - 1);
        is_reduced = true;
      }
      if (is_reduced) continue;
      if (size == 1) break;
      chunks = std::min(left.size(), chunks * 2);
    }
    out.is_exact = !out.lost_the_bug && std::set(left.begin(), left.end()) == m_needed;
    out.builds = m_builds, out.runs = m_runs;
    return out;
  }

 private:
  bool shows(const std::vector<std::size_t>& parts) {
    ++m_builds;
    const std::set<std::size_t> there(parts.begin(), parts.end());
    const bool has_all = std::ranges::all_of(m_needed, [&](std::size_t i) { return there.contains(i); });
    for (int i = 0; i < 5; ++i) {
      ++m_runs;
      if (has_all && m_rng.chance(m_world.rate)) return true;
    }
    return false;
  }

  bench::MinimizeWorld m_world;
  base::Rng m_rng;
  std::set<std::size_t> m_needed;
  int m_builds = 0, m_runs = 0;
};

void print(const Row& row, int trials) {
  int exact = 0, sound = 0, builds = 0, runs = 0, five_exact = 0, five_builds = 0, five_runs = 0;
  for (int seed = 1; seed <= trials; ++seed) {
    const bench::MinimizeTrial trial = bench::run_trial(row.world, static_cast<std::uint64_t>(seed));
    exact += trial.is_exact() ? 1 : 0;
    sound += trial.is_sound() ? 1 : 0;
    builds += trial.builds, runs += trial.runs;
    const FiveRuns five = Ddmin(row.world, static_cast<std::uint64_t>(seed)).run();
    five_exact += five.is_exact ? 1 : 0;
    five_builds += five.builds, five_runs += five.runs;
  }
  const auto mean = [&](int sum) { return static_cast<double>(sum) / trials; };
  fmt::print(
      "{:<34} {:>4}/{} exact {:>4}/{} sound {:>6.1f} builds {:>6.1f} runs | five runs: {:>4}/{} exact "
      "{:>6.1f} builds {:>6.1f} runs\n",
      row.name, exact, trials, sound, trials, mean(builds), mean(runs), five_exact, trials, mean(five_builds),
      mean(five_runs));
}

}  // namespace

int main(int argc, char** argv) {
  const int trials = argc > 1 ? std::atoi(argv[1]) : 100;
  const Row rows[] = {
      {"60 parts, 3 needed, rate 1", {.rate = 1}},
      {"60 parts, 3 needed, rate .5", {.rate = 0.5}},
      {"60 parts, 3 needed, rate .2", {.rate = 0.2}},
      {"60 parts, 3 needed, no detector, .5", {.needs_detector = false, .rate = 0.5}},
      {"300 parts, 5 needed, rate .5", {.parts = 300, .needed = 5, .rate = 0.5}},
      {"rarer without detectors, .5 to .25", {.rate = 0.5, .without_detectors = 0.5}},
  };
  for (const Row& row : rows) print(row, trials);
}
