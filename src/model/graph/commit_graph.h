// The commit graph as a value: who is whose parent, in arrays that a search can walk 1.3 million commits of.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "model/graph/commit.h"

namespace culprit::model {

// A commit's place in its graph. Topological: a parent's index is below its child's.
using NodeIndex = std::uint32_t;

class CommitGraph {
 public:
  CommitGraph() = default;

  // `ids[i]` has the parents parents[parent_offsets[i] .. parent_offsets[i + 1]), in git's order; all of them
  // are in the graph and below i (a parent outside the range of interest is left out by the loader). Fails on
  // a duplicate id or on an order that is not topological.
  static base::Result<CommitGraph> create(std::vector<CommitId> ids,
                                          std::vector<std::uint32_t> parent_offsets,
                                          std::vector<NodeIndex> parents);

  std::size_t size() const { return m_ids.size(); }
  const CommitId& id(NodeIndex node) const { return m_ids[node]; }
  std::span<const NodeIndex> parents(NodeIndex node) const {
    return {m_parents.data() + m_parent_offsets[node], m_parents.data() + m_parent_offsets[node + 1]};
  }
  std::span<const NodeIndex> children(NodeIndex node) const {
    return {m_children.data() + m_child_offsets[node], m_children.data() + m_child_offsets[node + 1]};
  }
  std::optional<NodeIndex> find(const CommitId& id) const;

  // Marks of all ancestors of `node`, itself included: result[i] != 0. O(size).
  std::vector<std::uint8_t> ancestors(NodeIndex node) const;

 private:
  std::vector<CommitId> m_ids;
  std::vector<std::uint32_t> m_parent_offsets{0};
  std::vector<NodeIndex> m_parents;
  std::vector<std::uint32_t> m_child_offsets{0};
  std::vector<NodeIndex> m_children;
  std::vector<NodeIndex> m_by_id;  // node indices in the order of their ids
};

}  // namespace culprit::model
