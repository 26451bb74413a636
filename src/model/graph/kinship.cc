#include "model/graph/kinship.h"

#include <algorithm>

namespace culprit::model {

const std::vector<bool>& Kinship::marks(NodeIndex node) const {
  const auto [at, is_new] = m_marks.try_emplace(node);
  std::vector<bool>& marks = at->second;
  if (!is_new) return marks;
  marks.resize(std::size_t{node} + 1);
  marks[node] = true;
  for (std::size_t i = marks.size(); i-- > 0;) {
    if (!marks[i]) continue;
    const auto parents = m_graph->parents(static_cast<NodeIndex>(i));
    for (const NodeIndex parent : m_first_parent && !parents.empty() ? parents.first(1) : parents)
      marks[parent] = true;
  }
  return marks;
}

bool Kinship::is_ancestor(const CommitId& ancestor, const CommitId& descendant) const {
  if (m_graph == nullptr) return false;
  const auto a = m_graph->find(ancestor);
  const auto d = m_graph->find(descendant);
  return a && d && *a <= *d && marks(*d)[*a];
}

std::vector<CommitId> Kinship::nearest_ancestors(const CommitId& commit,
                                                 const std::vector<CommitId>& of) const {
  std::vector<CommitId> all;
  for (const CommitId& other : of)
    if (other != commit && is_ancestor(other, commit)) all.push_back(other);
  std::vector<CommitId> out;
  for (const CommitId& one : all)
    if (std::ranges::none_of(all, [&](const CommitId& o) { return o != one && is_ancestor(one, o); }))
      out.push_back(one);
  return out;
}

std::vector<CommitId> Kinship::nearest_descendants(const CommitId& commit,
                                                   const std::vector<CommitId>& of) const {
  std::vector<CommitId> all;
  for (const CommitId& other : of)
    if (other != commit && is_ancestor(commit, other)) all.push_back(other);
  std::vector<CommitId> out;
  for (const CommitId& one : all)
    if (std::ranges::none_of(all, [&](const CommitId& o) { return o != one && is_ancestor(o, one); }))
      out.push_back(one);
  return out;
}

std::vector<NodeIndex> Kinship::range(const CommitId& bad, const std::vector<CommitId>& good) const {
  std::vector<NodeIndex> out;
  if (!knows(bad)) return out;
  std::vector<bool> in = marks(*m_graph->find(bad));
  for (const CommitId& end : good)
    if (const auto node = m_graph->find(end)) {
      const std::vector<bool>& behind = marks(*node);
      for (std::size_t i = 0; i < std::min(in.size(), behind.size()); ++i) in[i] = in[i] && !behind[i];
    }
  for (std::size_t i = 0; i < in.size(); ++i)
    if (in[i]) out.push_back(static_cast<NodeIndex>(i));
  return out;
}

std::size_t Kinship::reach(const CommitId& commit, const std::vector<NodeIndex>& range) const {
  if (!knows(commit)) return 0;
  const std::vector<bool>& behind = marks(*m_graph->find(commit));
  return static_cast<std::size_t>(
      std::ranges::count_if(range, [&](NodeIndex node) { return node < behind.size() && behind[node]; }));
}

}  // namespace culprit::model
