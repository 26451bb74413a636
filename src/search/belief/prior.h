// What is believed of the culprit before any run.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/search.h"
#include "search/graph/ancestry.h"

namespace culprit::search {

// A weight for every position of an Ancestry, and one more for "nowhere", as prefix sums.
class Prior {
 public:
  // `weights`: one for each position and a last one for "nowhere"; none negative, not all zero.
  explicit Prior(std::span<const double> weights);

  double mass(Position begin, Position end) const { return m_below[end] - m_below[begin]; }
  // Sum of w log2 w over the positions.
  double log_mass(Position begin, Position end) const { return m_log_below[end] - m_log_below[begin]; }
  // The mass below each position: positions + 2 values.
  std::span<const double> below() const { return m_below; }

 private:
  std::vector<double> m_below;
  std::vector<double> m_log_below;
};

// Where a problem's culprit may be, and which revisions may be tested to find it.
struct Range {
  Prior prior;
  std::vector<std::uint8_t> testable;  // by position
  // By position. cause: an ancestor of a revision named good, or of the oldest release; the culprit is here
  // if that revision is bad after all.
  std::vector<std::uint8_t> older;
  std::size_t commits = 0;  // that may be the culprit, without the older ones
};

// The weights of problem.prior are bounded by k_prior_bound (tuning.h), so that evidence can overrule them.
// cause, with good ends: the range has mass 1 and all that is older has as much, to be outweighed by the
// user's word. cause, without: the older the rarer, half of the mass within about two releases, and all that
// is older than the oldest release in one piece. fix: "nowhere" (no fix yet) has k_no_fix.
Range make_range(const CommitGraph& graph, const model::Problem& problem, const Ancestry& ancestry);

}  // namespace culprit::search
