// In the numbering of Ancestry, a tested revision's ancestors are a few intervals. The ends of all tested
// revisions' intervals cut the positions into segments of constant membership; segments with equal membership
// are one cell, found by a sum of random keys (Zobrist hashing) and compared for real.
#include "search/graph/cells.h"

#include <algorithm>
#include <unordered_map>

#include "base/rng.h"

namespace culprit::search {

Cells::Cells(const Ancestry& ancestry, std::span<const double> prior, std::span<const NodeIndex> observed) {
  struct Toggle {
    Position at;
    std::uint32_t observation;
  };
  std::vector<Toggle> toggles;
  std::vector<std::uint64_t> keys;
  for (std::uint32_t i = 0; i < observed.size(); ++i) {
    keys.push_back(base::Rng(i + 1).next());
    for (const Interval& interval : ancestry.intervals(observed[i])) {
      toggles.push_back({interval.begin, i});
      toggles.push_back({interval.end, i});
    }
  }
  std::ranges::sort(toggles, {}, &Toggle::at);

  std::vector<std::uint64_t> pattern((observed.size() + 63) / 64, 0);
  std::uint64_t hash = 0;
  std::unordered_multimap<std::uint64_t, std::uint32_t> known;
  const auto close = [&](Position begin, Position end) {
    if (begin == end) return;
    auto [at, last] = known.equal_range(hash);
    while (at != last && m_cells[at->second].pattern != pattern) ++at;
    const std::uint32_t cell = at != last ? at->second : static_cast<std::uint32_t>(m_cells.size());
    if (at == last) {
      known.emplace(hash, cell);
      m_cells.push_back({.pattern = pattern});
    }
    m_cells[cell].prior += prior[end] - prior[begin];
    m_segments.push_back({begin, end, cell});
  };
  Position begin = 0;
  for (const Toggle& toggle : toggles) {
    close(begin, toggle.at);
    begin = toggle.at;
    pattern[toggle.observation / 64] ^= std::uint64_t{1} << (toggle.observation % 64);
    hash ^= keys[toggle.observation];
  }
  close(begin, static_cast<Position>(ancestry.size()) + 1);
}

std::uint32_t Cells::at(Position position) const {
  return (std::ranges::upper_bound(m_segments, position, {}, &Segment::begin) - 1)->cell;
}

}  // namespace culprit::search
