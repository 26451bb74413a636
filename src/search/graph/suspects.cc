// Stepping around what cannot be tested: the revisions next to a broken one are often broken too, so the next
// best of the list is a poor choice. As in git, another member of the list (sorted by how well it splits) is
// drawn, at the fraction u^1.5 of its length, u uniform: near the front, but away from the hole.
#include "search/graph/suspects.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/rng.h"

namespace culprit::search {

Suspects::Suspects(const Ancestry& ancestry, std::span<const NodeIndex> with,
                   std::span<const NodeIndex> without, std::span<const std::uint8_t> only)
    : m_ancestry(ancestry) {
  // Sums of steps: +1 where a set begins, -1 where it ends. A member is in all of `with` and in none of
  // `without`, whose sets weigh more than all of `with` can make up for.
  std::vector<std::int32_t> steps(ancestry.size() + 1, 0);
  const auto wanted = static_cast<std::int32_t>(with.size());
  const auto add = [&](NodeIndex node, std::int32_t by) {
    for (const Interval& i : ancestry.intervals(node)) {
      steps[i.begin] += by;
      steps[i.end] -= by;
    }
  };
  for (const NodeIndex node : with) add(node, 1);
  for (const NodeIndex node : without) add(node, -(wanted + 1));
  std::int32_t level = 0;
  for (Position at = 0; at < ancestry.size(); ++at) {
    level += steps[at];
    const NodeIndex node = ancestry.node(at);
    if (level == wanted && (only.empty() || only[node] != 0)) m_members.push_back(node);
  }
}

std::vector<std::size_t> Suspects::weights() const {
  std::vector<double> prefix(m_ancestry.size() + 1, 0);
  for (const NodeIndex node : m_members) prefix[m_ancestry.position(node) + 1] = 1;
  for (std::size_t i = 1; i < prefix.size(); ++i) prefix[i] += prefix[i - 1];
  std::vector<std::size_t> weights;
  weights.reserve(m_members.size());
  for (const NodeIndex node : m_members)
    weights.push_back(static_cast<std::size_t>(std::lround(m_ancestry.ancestor_sum(prefix, node))));
  return weights;
}

std::optional<NodeIndex> Suspects::middle(std::span<const std::uint8_t> avoid) const {
  const std::vector<std::size_t> weight = weights();
  std::vector<std::pair<std::size_t, NodeIndex>> ranked;  // worse half, member
  ranked.reserve(m_members.size());
  for (std::size_t i = 0; i < m_members.size(); ++i) {
    const std::size_t half = std::min(weight[i], m_members.size() - weight[i]);
    if (half > 0) ranked.emplace_back(half, m_members[i]);
  }
  if (ranked.empty()) return std::nullopt;
  // Members come in topological order, and the earlier one of equals is kept.
  const auto best = std::ranges::max_element(ranked, {}, &std::pair<std::size_t, NodeIndex>::first);
  if (avoid.empty() || avoid[best->second] == 0) return best->second;

  std::erase_if(ranked, [&](const auto& entry) { return avoid[entry.second] != 0; });
  if (ranked.empty()) return std::nullopt;
  std::ranges::stable_sort(ranked, std::ranges::greater{}, &std::pair<std::size_t, NodeIndex>::first);
  const double u = base::Rng(m_members.size() * 1000003 + ranked.size()).uniform();
  return ranked[static_cast<std::size_t>(static_cast<double>(ranked.size()) * std::pow(u, 1.5))].second;
}

}  // namespace culprit::search
