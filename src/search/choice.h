// Which experiment teaches most about the culprit for its cost.
#pragma once

#include <span>
#include <vector>

#include "search/posterior.h"

namespace culprit::search {

// What experiments cost, in seconds, and how often they are worth nothing.
struct Prices {
  double build = 360;
  double ok_run = 48;
  double crash_run = 48;
};

// What a choice is made from.
struct Options {
  Prices prices;
  // For each position: the probability that a build there succeeds; 0: must not be tested; above 1: is built.
  std::span<const float> buildable;
  // For each position: the share of runs that say something.
  std::span<const float> valid;
};

// One experiment and what it is worth.
struct Plan {
  NodeIndex node = 0;
  bool built = false;
  int runs = 1;         // at most; a crash may end it earlier
  double bits = 0;      // expected information on the culprit
  double seconds = 0;   // expected
  double positive = 0;  // probability that the revision holds the culprit
  double rate() const { return seconds > 0 ? bits / seconds : 0; }
};

// The best plans, best first; empty where nothing can be tested.
std::vector<Plan> rank_plans(const Posterior& posterior, const Options& options);

}  // namespace culprit::search
