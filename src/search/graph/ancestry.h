// Who is whose ancestor, for every pair of commits of a graph at once.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "model/graph/ancestry.h"
#include "model/graph/commit_graph.h"

namespace culprit::search {

using model::CommitGraph;
using model::NodeIndex;

// A commit's place in the numbering of an Ancestry. Topological, as NodeIndex is, but another order.
using Position = std::uint32_t;

// A half-open range of positions.
struct Interval {
  Position begin = 0;
  Position end = 0;
  friend bool operator==(const Interval&, const Interval&) = default;
};

// The ancestor sets of all commits of a graph, each as a few intervals of positions. Immutable.
class Ancestry {
 public:
  // The commits reachable from `tips` come first, tip by tip in their order; the rest of the graph follows.
  // Copies what it needs; O(size + intervals).
  Ancestry(const CommitGraph& graph, std::span<const NodeIndex> tips);

  std::size_t size() const { return m_position.size(); }
  Position position(NodeIndex node) const { return m_position[node]; }
  NodeIndex node(Position position) const { return m_node[position]; }

  // The positions of all ancestors of `node`, itself included: ascending, disjoint, never touching.
  std::vector<Interval> intervals(NodeIndex node) const;
  // Whether `ancestor` is `node` or one of its ancestors. O(log intervals).
  bool contains(NodeIndex node, NodeIndex ancestor) const;

  // For every position p: the sum of a weight over the ancestors of the commit at p. `prefix[p]` is the sum
  // of the weights of positions below p: size() + 1 values. Writes size() values.
  void ancestor_sums(std::span<const double> prefix, std::span<double> sums) const;
  // The same for one commit.
  double ancestor_sum(std::span<const double> prefix, NodeIndex node) const;

  // How many intervals are stored, for benches.
  std::size_t stored_intervals() const { return m_intervals.size(); }

 private:
  // Commits at consecutive positions, each the only parent of the next.
  struct Run {
    Position own_begin = 0;   // the last interval of each member's ancestors begins here and ends with it
    std::uint32_t first = 0;  // the intervals before that one: m_intervals[first .. last)
    std::uint32_t last = 0;
  };
  void number(const CommitGraph& graph, std::span<const NodeIndex> tips);
  void append_intervals(Position position, std::vector<Interval>& out) const;

  std::vector<Position> m_position;
  std::vector<NodeIndex> m_node;
  std::vector<std::uint32_t> m_run_of;  // by position
  std::vector<Run> m_runs;
  std::vector<Interval> m_intervals;
};

using model::merge_bases;

}  // namespace culprit::search
