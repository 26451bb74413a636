#include "bench/noisebisect/table.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "bench/noisebisect/dags.h"
#include "search/bayes.h"

namespace culprit::search::noisebisect {
namespace {

constexpr std::uint64_t k_first_dag = 1001;
constexpr std::uint64_t k_dags = 8;
constexpr std::uint64_t k_first_world = 777000;

}  // namespace

Row sum_up(std::vector<Result> results) {
  Row row;
  const double n = static_cast<double>(results.size());
  double selecting = 0, selections = 0, named = 0;
  std::ranges::sort(results, {}, &Result::cost);
  for (const Result& r : results) {
    row.correct += (r.kind == Result::Kind::correct) / n;
    row.wrong += (r.kind == Result::Kind::wrong) / n;
    row.none += (r.kind == Result::Kind::none) / n;
    row.builds += r.builds / n;
    row.runs += r.runs / n;
    row.cost += r.cost / n;
    row.wall += r.wall / n;
    selecting += r.selecting;
    selections += r.selections;
    if (r.kind == Result::Kind::none) continue;
    ++named;
    row.stated += r.stated;
    row.right += r.kind == Result::Kind::correct;
  }
  row.stated /= std::max(1.0, named);
  row.right /= std::max(1.0, named);
  row.cost_p90 = results[results.size() * 9 / 10].cost;
  row.selection_ms = 1000 * selecting / std::max(1.0, selections);
  return row;
}

Histories::Histories(const Setting& setting) {
  for (std::uint64_t i = 0; i < (setting.line ? 1 : k_dags); ++i)
    m_graphs.push_back(setting.line ? make_line(setting.commits)
                                    : make_dag(setting.commits, k_first_dag + i));
  for (const CommitGraph& graph : m_graphs) {
    const NodeIndex tip = static_cast<NodeIndex>(graph.size() - 1);
    m_ancestries.emplace_back(graph, std::span(&tip, 1));
  }
}

Row run_point(const Setting& setting, const Histories& histories, const Point& point,
              std::optional<Peer> peer) {
  std::vector<Result> results(static_cast<std::size_t>(setting.trials));
  std::atomic<int> next = 0;
  const auto work = [&] {
    for (int trial; (trial = next++) < setting.trials;) {
      const World world(histories.graph(trial), point, k_first_world + static_cast<std::uint64_t>(trial));
      Result& result = results[static_cast<std::size_t>(trial)];
      result = peer ? run_peer(*peer, world, histories.ancestry(trial))
                    : run_trial(world, BayesSearch(world.graph(), problem_of(world)), {});
    }
  };
  std::vector<std::jthread> others;
  for (int i = 1; i < setting.threads; ++i) others.emplace_back(work);
  work();
  others.clear();
  return sum_up(std::move(results));
}

}  // namespace culprit::search::noisebisect
