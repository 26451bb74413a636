// Equal binaries: what was built from different revisions and has one signature.
#pragma once

#include <cstddef>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace culprit::model {

// Items (revisions, or revisions in a variant) with their signatures. Items that share a signature are one
// group, and so are those that share one with a third: connected components, by union-find.
class EqualBinaries {
 public:
  // `items`: how many there are at first, each a group of its own.
  explicit EqualBinaries(std::size_t items = 0) {
    while (m_parent.size() < items) add();
  }

  // One more item; its number.
  std::size_t add() {
    m_parent.push_back(m_parent.size());
    return m_parent.back();
  }

  // `item` has `signature`, which tells binaries of `variant` apart; an empty one is none. Borrows both
  // texts.
  void note(std::size_t item, std::string_view signature, std::string_view variant = {}) {
    if (signature.empty()) return;
    const auto [first, is_new] = m_first.try_emplace({variant, signature}, item);
    if (!is_new) m_parent[group(item)] = group(first->second);
  }

  // The number of one of the items in the group of `item`: the same for all of them.
  std::size_t group(std::size_t item) {
    while (m_parent[item] != item) item = m_parent[item] = m_parent[m_parent[item]];
    return item;
  }

 private:
  std::vector<std::size_t> m_parent;
  std::map<std::pair<std::string_view, std::string_view>, std::size_t> m_first;  // item with a signature
};

}  // namespace culprit::model
