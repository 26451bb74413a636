// Numbers that revisions printed, and what they say of one step between two levels.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "search/graph/cells.h"

namespace culprit::search {

// What one revision printed.
struct Measured {
  NodeIndex node = 0;
  double place = 0;  // along the history, for a drift
  std::vector<double> numbers{};
};

// The mean of the numbers with what lies far out pulled in to 2.5 times `noise` around the median (Huber). Not empty.
double steady_mean(std::span<const double> numbers, double noise);

// The standard deviation within revisions, from the deviations of each number from its own revision's median: outliers
// are pulled in. `least` where the numbers do not vary at all.
double noise_of(std::span<const Measured> all, double least);

// Two levels and what is around them.
struct Levels {
  double before = 0;
  double after = 0;
  double noise = 1;         // of one number: standard deviation
  double before_count = 0;  // numbers that each level rests on
  double after_count = 0;

  double step() const { return after - before; }
  double step_error() const;  // standard error of it
};

// Log of the odds of "after" to "before" that one revision's numbers give: each number is its level and noise, one in
// fifty anything at all. All numbers of a revision share the doubt about the levels, so that many of them prove no more
// than the levels are known to.
double log_odds_after(const Measured& measured, const Levels& levels);

// What each cell's share is, and the levels that go with it: both settle by turns (expectation maximisation), from the
// levels of the ends. `measured` are the observations that `cells` were made of, in their order.
struct Fit {
  Levels levels;
  std::vector<double> cell_mass;  // sums to 1
  std::vector<double> positive;   // of each revision: the probability that it is behind the step
};
Fit fit(const Cells& cells, std::span<const Measured> measured, Levels levels);

// How likely the numbers are one step (at the cell that explains them best), against two steps and a drift.
struct Shape {
  double one_step = 1;
  double two_steps = 0;
  double drift = 0;
  // The pair that explains them best: a step is between the revision and the one before it, by place.
  std::size_t first = 0, second = 0;
};
// `positive`: of each revision, whether it is behind the one step. At least one on each side.
Shape shape_of(std::span<const Measured> measured, const std::vector<bool>& positive, const Levels& levels);

}  // namespace culprit::search
