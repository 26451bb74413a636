// Commits that the tested revisions cannot tell apart.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "search/graph/ancestry.h"

namespace culprit::search {

// The partition of all positions by membership in the ancestor sets of some observed revisions.
class Cells {
 public:
  // `prior[p]` is the prior mass below position p; ancestry.size() + 2 values: the last position is no commit
  // but "nowhere", which is nobody's ancestor.
  Cells(const Ancestry& ancestry, std::span<const double> prior, std::span<const NodeIndex> observed);

  struct Cell {
    double prior = 0;
    std::vector<std::uint64_t> pattern;
    // Whether the cell's commits are ancestors of observed revision `i`: if one is the culprit, `i` holds it.
    bool positive(std::size_t i) const { return (pattern[i / 64] >> (i % 64) & 1) != 0; }
  };
  // A run of positions within one cell.
  struct Segment {
    Position begin = 0;
    Position end = 0;
    std::uint32_t cell = 0;
  };

  const std::vector<Cell>& cells() const { return m_cells; }
  const Cell& operator[](std::size_t i) const { return m_cells[i]; }
  std::size_t size() const { return m_cells.size(); }
  const std::vector<Segment>& segments() const { return m_segments; }  // ascending, without gaps
  // The cell of a position.
  std::uint32_t at(Position position) const;

 private:
  std::vector<Cell> m_cells;
  std::vector<Segment> m_segments;
};

}  // namespace culprit::search
