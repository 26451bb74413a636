// The commits that verdicts leave as possible culprits, and which of them splits the rest best.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "search/graph/ancestry.h"

namespace culprit::search {

// A set of commits that is convex in the graph: with two commits it holds all on the paths between them.
class Suspects {
 public:
  // Ancestors of every one of `with` and of none of `without`; where `only` is not empty, those among it
  // (a mark for each node). `with` is not empty. Borrows `ancestry`.
  Suspects(const Ancestry& ancestry, std::span<const NodeIndex> with, std::span<const NodeIndex> without,
           std::span<const std::uint8_t> only = {});

  std::size_t size() const { return m_members.size(); }
  bool empty() const { return m_members.empty(); }
  // In topological order.
  const std::vector<NodeIndex>& members() const { return m_members; }
  // How many members are ancestors of each member, itself included; as members().
  std::vector<std::size_t> weights() const;

  // The member that leaves the fewest in the worse case, as `git rev-list --bisect` does: the most of
  // min(weight, size - weight), at least 1. Members marked in `avoid` (by node) are stepped around: where the
  // best one is marked, another is drawn, most likely near the middle, the same for equal suspects. None: no
  // unmarked member splits the set.
  std::optional<NodeIndex> middle(std::span<const std::uint8_t> avoid) const;

 private:
  const Ancestry& m_ancestry;
  std::vector<NodeIndex> m_members;
};

}  // namespace culprit::search
