// Who descends from whom among a few commits of a graph that may be large.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "model/graph/commit.h"
#include "model/graph/commit_graph.h"

namespace culprit::model {

// The ancestors of each commit that is asked for are marked once: a bit for each commit of the graph.
class Kinship {
 public:
  // `graph` may be null, then nothing is known; else it outlives this. Along first parents alone where
  // `first_parent`.
  Kinship(const CommitGraph* graph, bool first_parent) : m_graph(graph), m_first_parent(first_parent) {}

  bool knows(const CommitId& commit) const { return m_graph != nullptr && m_graph->find(commit); }
  // A commit is its own ancestor. False where one of them is not known.
  bool is_ancestor(const CommitId& ancestor, const CommitId& descendant) const;
  // Of `of`, those that are ancestors of `commit` and not of another that is one; itself left out.
  std::vector<CommitId> nearest_ancestors(const CommitId& commit, const std::vector<CommitId>& of) const;
  std::vector<CommitId> nearest_descendants(const CommitId& commit, const std::vector<CommitId>& of) const;
  // git's `bad ^good...`, `bad` itself included; empty where `bad` is not known.
  std::vector<NodeIndex> range(const CommitId& bad, const std::vector<CommitId>& good) const;
  // How many of `range` are ancestors of `commit`.
  std::size_t reach(const CommitId& commit, const std::vector<NodeIndex>& range) const;

 private:
  const std::vector<bool>& marks(NodeIndex node) const;

  const CommitGraph* m_graph;
  bool m_first_parent;
  mutable std::map<NodeIndex, std::vector<bool>> m_marks;
};

}  // namespace culprit::model
