// Lanes as in `git log --graph`: going down the rows, each open line of development holds a lane until the commit
// that it waits for is reached; a commit hands its lane to its first parent, further parents take the lane of who
// waits for them already, or the leftmost free one. What is left out is bridged: below a commit hang the nearest
// ancestors that are drawn, without those that are ancestors of another of them.
#include "output/page/graph.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

namespace culprit::output::page {
namespace {

constexpr std::size_t k_nobody = SIZE_MAX;

// For each drawn row the rows that hang below it, nearest first.
class Descent {
 public:
  Descent(std::span<const HistoryLine> history, const std::vector<std::size_t>& row_of)
      : m_history(history), m_row_of(row_of) {
    for (std::size_t i = 0; i < history.size(); ++i) m_line_of.try_emplace(history[i].commit, i);
  }

  std::vector<std::vector<Edge>> edges(const std::vector<std::size_t>& lines) {
    // From the oldest on: what is drawn below each commit, itself aside.
    std::vector<std::vector<std::size_t>> below(m_history.size());
    std::vector<std::set<std::size_t>> reach(lines.size());  // all drawn ancestors of a row
    std::vector<std::vector<Edge>> out(lines.size());
    for (std::size_t i = m_history.size(); i-- > 0;) {
      std::set<std::size_t> nearest;
      std::set<std::size_t> direct;
      for (const model::CommitId& parent : m_history[i].parents) {
        const auto at = m_line_of.find(parent);
        if (at == m_line_of.end() || at->second <= i) continue;
        const std::size_t row = m_row_of[at->second];
        if (row != k_nobody) direct.insert(row);
        if (row != k_nobody)
          nearest.insert(row);
        else
          nearest.insert(below[at->second].begin(), below[at->second].end());
      }
      below[i] = without_ancestors(nearest, direct, reach);
      const std::size_t row = m_row_of[i];
      if (row == k_nobody) continue;
      for (const std::size_t to : below[i]) {
        out[row].push_back({.to = to, .lane = 0, .direct = direct.contains(to)});
        reach[row].insert(to);
        reach[row].insert(reach[to].begin(), reach[to].end());
      }
    }
    return out;
  }

 private:
  // A parent stays, whoever else leads to it: git draws it too.
  static std::vector<std::size_t> without_ancestors(const std::set<std::size_t>& rows,
                                                    const std::set<std::size_t>& direct,
                                                    const std::vector<std::set<std::size_t>>& reach) {
    std::vector<std::size_t> out;
    for (const std::size_t row : rows) {
      const bool is_behind =
          std::ranges::any_of(rows, [&](std::size_t other) { return reach[other].contains(row); });
      if (!is_behind || direct.contains(row)) out.push_back(row);
    }
    return out;
  }

  std::span<const HistoryLine> m_history;
  const std::vector<std::size_t>& m_row_of;
  std::unordered_map<model::CommitId, std::size_t> m_line_of;
};

void assign_lanes(Drawing& drawing) {
  std::vector<std::size_t> waiting;  // for which row, by lane
  const auto free_lane = [&] {
    const auto at = std::ranges::find(waiting, k_nobody);
    if (at != waiting.end()) return static_cast<std::size_t>(at - waiting.begin());
    waiting.push_back(k_nobody);
    return waiting.size() - 1;
  };
  for (std::size_t row = 0; row < drawing.rows.size(); ++row) {
    Row& here = drawing.rows[row];
    const auto mine = std::ranges::find(waiting, row);
    here.lane = mine != waiting.end() ? static_cast<std::size_t>(mine - waiting.begin()) : free_lane();
    std::ranges::replace(waiting, row, k_nobody);
    bool first = true;
    for (Edge& edge : here.edges) {
      const auto known = std::ranges::find(waiting, edge.to);
      if (known != waiting.end())
        edge.lane = static_cast<std::size_t>(known - waiting.begin());
      else if (first && waiting[here.lane] == k_nobody)
        edge.lane = here.lane;
      else
        edge.lane = free_lane();
      waiting[edge.lane] = edge.to;
      first = false;
    }
    drawing.lanes = std::max(drawing.lanes, waiting.size());
  }
}

}  // namespace

Drawing draw(std::span<const HistoryLine> history, const std::function<bool(const HistoryLine&)>& matters) {
  Drawing drawing;
  std::vector<std::size_t> row_of(history.size(), k_nobody);
  std::vector<std::size_t> lines;
  std::size_t hidden = 0;
  double mass = 0;
  for (std::size_t i = 0; i < history.size(); ++i) {
    if (!matters(history[i])) {
      ++hidden;
      mass += history[i].mass;
      continue;
    }
    row_of[i] = drawing.rows.size();
    lines.push_back(i);
    drawing.rows.push_back({.line = i, .lane = 0, .hidden = hidden, .hidden_mass = mass, .edges = {}});
    hidden = 0;
    mass = 0;
  }
  drawing.hidden = hidden;
  drawing.hidden_mass = mass;
  auto edges = Descent(history, row_of).edges(lines);
  for (std::size_t row = 0; row < drawing.rows.size(); ++row) drawing.rows[row].edges = std::move(edges[row]);
  assign_lanes(drawing);
  return drawing;
}

}  // namespace culprit::output::page
