// A history made small enough to draw: the commits that matter, who descends from whom among them, and a lane for
// each line of development.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "output/terminal/table.h"

namespace culprit::output::page {

// A line from a commit down to an older one.
struct Edge {
  std::size_t to = 0;    // the row that it leads to
  std::size_t lane = 0;  // in which it runs between the two rows
  bool direct = true;    // a parent; else commits between them are left out
};

struct Row {
  std::size_t line = 0;    // index into the history that was given
  std::size_t lane = 0;    // 0 is the leftmost
  std::size_t hidden = 0;  // commits between the row before and this one that are not drawn
  double hidden_mass = 0;  // their share of the posterior
  std::vector<Edge> edges;
};

struct Drawing {
  std::vector<Row> rows;   // newest first, as the history
  std::size_t lanes = 0;   // that are in use at once
  std::size_t hidden = 0;  // commits behind the last row that are not drawn
  double hidden_mass = 0;
};

// `history` is newest first, a child before its parents. The commits that `matters` says true of are drawn.
Drawing draw(std::span<const HistoryLine> history, const std::function<bool(const HistoryLine&)>& matters);

}  // namespace culprit::output::page
