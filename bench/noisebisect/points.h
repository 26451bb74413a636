// The points of noisebisect-v1: kinds of noise, each with what a good search should reach there.
#pragma once

#include <string>
#include <vector>

#include "bench/noisebisect/world.h"

namespace culprit::search::noisebisect {

// A target of 0 is none. Shares are of all trials; `cost` is a multiple of least_cost().
struct Target {
  double correct = 0;
  double cost = 0;
  double speed_up = 0;  // of the wall clock, against one machine
};

struct Aim {
  Point point;
  Target target;
};

// Groups in their order: P constant crash rate, Q foreign crashes, I infrastructure, U unbuildable ranges, M
// a mixture, V a rate that swings, R a regional foreign bug, D a drifting title, X drift and regional, K
// machines.
const std::vector<Aim>& all_points();

// Worlds in which the search's beliefs are wrong, each group behind the point that is as believed: prices,
// rates between those of the search's grid, lengths of unbuildable ranges, laws of the rates, crashes on good
// revisions. No targets.
const std::vector<Point>& wrong_points();

// LB1: seconds that any adaptive policy needs on average to name one of `commits` with 99 %, by the capacity
// of one run: L (B + R / ((1 - i)(1 - q) C(p))), L = .99 lg N - h(.01), C(p) = lg(1 + p (1 - p)^((1 - p) /
// p)). B and R at the true prices; where a crash takes longer or shorter than a quiet run, R / C is the least
// that a bit costs, over all shares of bad revisions among those that are run.
double least_cost(std::size_t commits, const Point& point);

}  // namespace culprit::search::noisebisect
