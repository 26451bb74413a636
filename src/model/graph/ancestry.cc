#include "model/graph/ancestry.h"

#include <algorithm>
#include <cstdint>

namespace culprit::model {

bool is_ancestor(const CommitGraph& graph, NodeIndex ancestor, NodeIndex descendant) {
  if (ancestor > descendant) return false;  // parents stand below their children
  std::vector<std::uint8_t> reached(descendant - ancestor + 1, 0);
  reached[descendant - ancestor] = 1;
  for (NodeIndex i = descendant; i > ancestor; --i) {
    if (!reached[i - ancestor]) continue;
    for (const NodeIndex parent : graph.parents(i))
      if (parent >= ancestor) reached[parent - ancestor] = 1;
  }
  return reached[0] != 0;
}

std::vector<NodeIndex> merge_bases(const CommitGraph& graph, NodeIndex a, NodeIndex b) {
  // One sweep from the newest node down carries three marks. A common ancestor passes `below` to its parents:
  // what carries `below` is reachable from another common ancestor, hence not a best one.
  constexpr std::uint8_t from_a = 1, from_b = 2, both = 3, below = 4;
  std::vector<std::uint8_t> marks(std::size_t{std::max(a, b)} + 1, 0);
  marks[a] |= from_a;
  marks[b] |= from_b;
  std::vector<NodeIndex> best;
  for (std::size_t i = marks.size(); i-- > 0;) {
    if (marks[i] == 0) continue;
    const bool common = (marks[i] & both) == both;
    if (common && !(marks[i] & below)) best.push_back(static_cast<NodeIndex>(i));
    const auto passed_on = static_cast<std::uint8_t>(marks[i] | (common ? below : 0));
    for (const NodeIndex parent : graph.parents(static_cast<NodeIndex>(i))) marks[parent] |= passed_on;
  }
  std::ranges::reverse(best);
  return best;
}

}  // namespace culprit::model
