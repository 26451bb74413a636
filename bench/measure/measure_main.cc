// `--measure` on generated series: is it right, or honest, and what does it cost beside the usual way, ten runs of each
// revision that git bisect visits and a t-test against the good end's ten.
//
//   bench_measure [SEEDS]        default: 20 of each row
//
// A line of 64 commits, noise of standard deviation 1. A row is `right` where the commit is named, `honest` where no
// commit is (inconclusive, or the ends are said not to differ), `wrong` where another one is, or any where there is no
// single step. Runs do not depend on the machine: the same seeds give the same table.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>

#include "bench/need.h"
#include "model/graph/commit_graph.h"
#include "search/measure.h"

using namespace culprit;

namespace {

constexpr std::uint32_t k_commits = 64;
constexpr double k_base = 100;

enum class Shape { step, outliers, drift, two_steps };

struct Row {
  const char* name;
  Shape shape;
  double size;  // of the step in standard deviations; of a drift and of two steps in all
};
constexpr Row k_rows[] = {{"step .5 sd", Shape::step, 0.5},
                          {"step 1 sd", Shape::step, 1},
                          {"step 2 sd", Shape::step, 2},
                          {"step 4 sd", Shape::step, 4},
                          {"step 1 sd, 3 % outliers of 20 sd", Shape::outliers, 1},
                          {"step 4 sd, 3 % outliers of 20 sd", Shape::outliers, 4},
                          {"drift, 2 sd in all", Shape::drift, 2},
                          {"drift, 8 sd in all", Shape::drift, 8},
                          {"two steps, 1 sd each", Shape::two_steps, 2},
                          {"two steps, 4 sd each", Shape::two_steps, 8},
                          {"no step", Shape::step, 0}};

model::CommitId id_of(std::uint32_t i) { return *model::CommitId::from_hex(fmt::format("{:040x}", i + 1)); }

model::CommitGraph line() {
  std::vector<model::CommitId> ids;
  std::vector<std::uint32_t> offsets{0};
  std::vector<model::NodeIndex> parents;
  for (std::uint32_t i = 0; i < k_commits; ++i) {
    ids.push_back(id_of(i));
    if (i > 0) parents.push_back(i - 1);
    offsets.push_back(static_cast<std::uint32_t>(parents.size()));
  }
  return bench::need(model::CommitGraph::create(std::move(ids), std::move(offsets), std::move(parents)));
}

class Series {
 public:
  Series(const Row& row, unsigned seed) : m_row(row), m_random(seed * 7919U + 17) {
    m_first = std::uniform_int_distribution<std::uint32_t>(4, k_commits - 5)(m_random);
    do m_second = std::uniform_int_distribution<std::uint32_t>(4, k_commits - 5)(m_random);
    while (m_row.shape == Shape::two_steps && m_second == m_first);
  }
  double run(std::uint32_t commit) {
    ++runs;
    double level = 0;
    if (m_row.shape == Shape::drift)
      level = m_row.size * commit / (k_commits - 1);
    else if (m_row.shape == Shape::two_steps)
      level = m_row.size / 2 * ((commit >= m_first) + (commit >= m_second));
    else if (commit >= m_first)
      level = m_row.size;
    double x = k_base + level + m_normal(m_random);
    if (m_row.shape == Shape::outliers && std::uniform_real_distribution<>()(m_random) < 0.03) x += 20;
    return x;
  }
  bool has_one_step() const {
    return m_row.shape != Shape::drift && m_row.shape != Shape::two_steps && m_row.size > 0;
  }
  std::uint32_t first() const { return m_first; }
  int runs = 0;

 private:
  Row m_row;
  std::mt19937 m_random;
  std::normal_distribution<> m_normal;
  std::uint32_t m_first = 0, m_second = 0;
};

struct Score {
  int right = 0, honest = 0, wrong = 0;
  long runs = 0, builds = 0;
  void add(const Series& series, std::optional<std::uint32_t> named, long built) {
    if (!named)
      ++honest;
    else if (series.has_one_step() && *named == series.first())
      ++right;
    else
      ++wrong;
    runs += series.runs;
    builds += built;
  }
};

void culprits_way(const model::CommitGraph& graph, Series series, Score& score) {
  model::Problem problem{.start = id_of(k_commits - 1), .good = {id_of(0)}};
  const search::MeasureSearch search(graph, problem);
  model::Evidence evidence;
  std::vector<bool> built(k_commits);
  for (;;) {
    const model::Decision decision = search.next(evidence);
    if (decision.conclusion) {
      const auto& culprit = decision.conclusion->culprit;
      score.add(series, culprit ? graph.find(*culprit) : std::nullopt, std::ranges::count(built, true));
      return;
    }
    for (const model::Experiment& e : decision.experiments) {
      const std::uint32_t at = *graph.find(e.commit);
      if (!built[at]) evidence.builds.push_back({.commit = e.commit, .seconds = 30});
      built[at] = true;
      for (int i = 0; i < e.runs; ++i) {
        model::RunRecord run{.commit = e.commit, .outcome = model::Ok{}, .completed = true};
        run.number = series.run(at);
        run.seconds = 1;
        evidence.runs.push_back(std::move(run));
      }
    }
  }
}

std::pair<double, double> ten(Series& series, std::uint32_t commit) {
  double sum = 0, squares = 0;
  for (int i = 0; i < 10; ++i) {
    const double x = series.run(commit);
    sum += x;
    squares += x * x;
  }
  return {sum / 10, (squares - sum * sum / 10) / 9};
}

void usual_way(Series series, Score& score) {
  const auto good = ten(series, 0);
  // Welch's t beyond 2.1: 5 % at 18 degrees of freedom.
  const auto differs = [&](std::pair<double, double> other) {
    return std::abs(other.first - good.first) > 2.1 * std::sqrt((other.second + good.second) / 10);
  };
  std::uint32_t low = 0, high = k_commits - 1;
  long built = 2;
  if (!differs(ten(series, high))) return score.add(series, std::nullopt, built);
  for (; high - low > 1; ++built) {
    const std::uint32_t middle = (low + high) / 2;
    (differs(ten(series, middle)) ? high : low) = middle;
  }
  score.add(series, high, built);
}

void print(const char* row, const char* who, const Score& s, int seeds) {
  fmt::print("| {} | {} | {} | {} | {} | {:.1f} | {:.0f} |\n", row, who, s.right, s.honest, s.wrong,
             static_cast<double>(s.builds) / seeds, static_cast<double>(s.runs) / seeds);
}

}  // namespace

int main(int argc, char** argv) {
  const int seeds = argc > 1 ? std::atoi(argv[1]) : 20;
  const model::CommitGraph graph = line();
  fmt::print("| series | who | right | honest | wrong | builds | runs |\n|---|---|---|---|---|---|---|\n");
  Score all;
  for (const Row& row : k_rows) {
    Score ours, theirs;
    for (int seed = 0; seed < seeds; ++seed) {
      culprits_way(graph, Series(row, static_cast<unsigned>(seed)), ours);
      usual_way(Series(row, static_cast<unsigned>(seed)), theirs);
    }
    print(row.name, "culprit", ours, seeds);
    print(row.name, "10 runs, t-test", theirs, seeds);
    all.right += ours.right;
    all.honest += ours.honest;
    all.wrong += ours.wrong;
  }
  const int trials = all.right + all.honest + all.wrong;
  fmt::print("\nculprit: {} of {} right or honest ({:.1f} %)\n", all.right + all.honest, trials,
             100.0 * (all.right + all.honest) / trials);
}
