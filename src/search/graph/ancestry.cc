// Bisection asks one question of every commit, at every step: how much weight lies among its ancestors? On a
// chain that is a running sum. A merge is the trouble: its parents share ancestors, which must count once.
// git walks the history again for each merge, which is quadratic; a bit set for each merge is quadratic in
// memory.
//
// Number the commits in the post-order of a depth-first search that follows first parents first. When the
// commit at position p of the tip's first-parent line gets its number, exactly its ancestors have numbers
// below p: its ancestor set is one interval, [0, p]. A topic branch is numbered in one piece before the merge
// that brings it in, so a commit on it has two intervals, the mainline up to the fork and the branch up to
// itself; branches of branches and repeated merges add some more. So the sets of all commits fit in little
// more than the graph itself, are exact, and with prefix sums of any weight over the positions the sum over
// a commit's ancestors takes as many subtractions as it has intervals.
//
// Commits at consecutive positions, each the only parent of the next, share all intervals but the end of the
// last one: only the first of such a run stores any.
#include "search/graph/ancestry.h"

#include <algorithm>

namespace culprit::search {

Ancestry::Ancestry(const CommitGraph& graph, std::span<const NodeIndex> tips) {
  number(graph, tips);
  const auto n = static_cast<Position>(graph.size());
  m_run_of.resize(n);
  std::vector<Interval> all;
  for (Position at = 0; at < n; ++at) {
    const auto parents = graph.parents(m_node[at]);
    if (parents.size() == 1 && m_position[parents[0]] + 1 == at) {
      m_run_of[at] = m_run_of[at - 1];
      continue;
    }
    all.clear();
    for (const NodeIndex parent : parents) append_intervals(m_position[parent], all);
    std::ranges::sort(all, {}, &Interval::begin);
    Run run{.own_begin = at, .first = static_cast<std::uint32_t>(m_intervals.size()), .last = 0};
    for (const Interval& next : all) {
      if (m_intervals.size() > run.first && m_intervals.back().end >= next.begin)
        m_intervals.back().end = std::max(m_intervals.back().end, next.end);
      else
        m_intervals.push_back(next);
    }
    if (m_intervals.size() > run.first && m_intervals.back().end == at) {
      run.own_begin = m_intervals.back().begin;
      m_intervals.pop_back();
    }
    run.last = static_cast<std::uint32_t>(m_intervals.size());
    m_run_of[at] = static_cast<std::uint32_t>(m_runs.size());
    m_runs.push_back(run);
  }
}

void Ancestry::number(const CommitGraph& graph, std::span<const NodeIndex> tips) {
  constexpr Position k_none = ~Position{0};
  m_position.assign(graph.size(), k_none);
  m_node.reserve(graph.size());
  struct Visit {
    NodeIndex node;
    std::uint32_t next_parent;
  };
  std::vector<Visit> stack;
  std::vector<std::uint8_t> entered(graph.size(), 0);
  const auto visit_from = [&](NodeIndex tip) {
    if (entered[tip]) return;
    entered[tip] = 1;
    stack.push_back({tip, 0});
    while (!stack.empty()) {
      Visit& top = stack.back();
      const auto parents = graph.parents(top.node);
      if (top.next_parent < parents.size()) {
        const NodeIndex parent = parents[top.next_parent++];
        if (!entered[parent]) {
          entered[parent] = 1;
          stack.push_back({parent, 0});
        }
        continue;
      }
      m_position[top.node] = static_cast<Position>(m_node.size());
      m_node.push_back(top.node);
      stack.pop_back();
    }
  };
  for (const NodeIndex tip : tips) visit_from(tip);
  for (auto node = static_cast<NodeIndex>(graph.size()); node-- > 0;) visit_from(node);
}

void Ancestry::append_intervals(Position position, std::vector<Interval>& out) const {
  const Run& run = m_runs[m_run_of[position]];
  out.insert(out.end(), m_intervals.begin() + run.first, m_intervals.begin() + run.last);
  out.push_back({run.own_begin, position + 1});
}

std::vector<Interval> Ancestry::intervals(NodeIndex node) const {
  std::vector<Interval> out;
  append_intervals(m_position[node], out);
  return out;
}

bool Ancestry::contains(NodeIndex node, NodeIndex ancestor) const {
  const Position at = m_position[node];
  const Position wanted = m_position[ancestor];
  if (wanted > at) return false;
  const Run& run = m_runs[m_run_of[at]];
  if (wanted >= run.own_begin) return true;
  const auto begin = m_intervals.begin() + run.first;
  const auto after = std::upper_bound(begin, m_intervals.begin() + run.last, wanted,
                                      [](Position p, const Interval& i) { return p < i.begin; });
  return after != begin && wanted < (after - 1)->end;
}

void Ancestry::ancestor_sums(std::span<const double> prefix, std::span<double> sums) const {
  std::uint32_t current = ~std::uint32_t{0};
  double offset = 0;  // what the current run adds to prefix[p + 1]
  for (Position at = 0; at < size(); ++at) {
    if (m_run_of[at] != current) {
      current = m_run_of[at];
      const Run& run = m_runs[current];
      offset = -prefix[run.own_begin];
      for (std::uint32_t k = run.first; k < run.last; ++k)
        offset += prefix[m_intervals[k].end] - prefix[m_intervals[k].begin];
    }
    sums[at] = prefix[at + 1] + offset;
  }
}

double Ancestry::ancestor_sum(std::span<const double> prefix, NodeIndex node) const {
  const Position at = m_position[node];
  const Run& run = m_runs[m_run_of[at]];
  double sum = prefix[at + 1] - prefix[run.own_begin];
  for (std::uint32_t k = run.first; k < run.last; ++k)
    sum += prefix[m_intervals[k].end] - prefix[m_intervals[k].begin];
  return sum;
}

}  // namespace culprit::search
