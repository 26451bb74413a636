#include "bench/noisebisect/points.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace culprit::search::noisebisect {

const std::vector<Aim>& all_points() {
  static const std::vector<Aim> points = {
      {{.name = "P 1", .p = 1}, {.correct = 0.99, .cost = 1.07}},
      {{.name = "P .9", .p = 0.9}, {.correct = 0.99, .cost = 1.13}},
      {{.name = "P .7", .p = 0.7}, {.correct = 0.99, .cost = 1.20}},
      {{.name = "P .5", .p = 0.5}, {.correct = 0.99, .cost = 1.32}},
      {{.name = "P .3", .p = 0.3}, {.correct = 0.99, .cost = 1.47}},
      {{.name = "P .1", .p = 0.1}, {.correct = 0.99, .cost = 1.50}},
      {{.name = "Q .9", .p = 0.9, .foreign = 0.1}, {.correct = 0.99, .cost = 1.6}},
      {{.name = "Q .3", .p = 0.3, .foreign = 0.1}, {.correct = 0.99, .cost = 1.6}},
      {{.name = "I .9", .p = 0.9, .infra = 0.3}, {.correct = 0.99, .cost = 1.6}},
      {{.name = "I .3", .p = 0.3, .infra = 0.3}, {.correct = 0.99, .cost = 1.6}},
      {{.name = "U .05", .p = 0.9, .unbuildable = 0.05}, {.correct = 0.99, .cost = 1.6}},
      {{.name = "U .2", .p = 0.9, .unbuildable = 0.2}, {.correct = 0.99, .cost = 1.6}},
      {{.name = "M", .p = 0.7, .infra = 0.1, .foreign = 0.02, .unbuildable = 0.05, .kappa = 4}, {}},
      {{.name = "V .9", .p = 0.9, .kappa = 3}, {.correct = 0.98, .cost = 1.25}},
      {{.name = "V .7", .p = 0.7, .kappa = 3}, {.correct = 0.96, .cost = 1.8}},
      {{.name = "V .5", .p = 0.5, .kappa = 3}, {.correct = 0.95, .cost = 3}},
      {{.name = "R .9", .p = 0.9, .regional = true}, {.correct = 0.99}},
      {{.name = "R .3", .p = 0.3, .regional = true}, {.correct = 0.99}},
      {{.name = "D .9", .p = 0.9, .drift = true}, {.correct = 0.99}},
      {{.name = "D+Q .9", .p = 0.9, .foreign = 0.05, .drift = true}, {.correct = 0.98}},
      {{.name = "D+Q .3", .p = 0.3, .foreign = 0.05, .drift = true}, {.correct = 0.90}},
      {{.name = "X .9", .p = 0.9, .regional = true, .drift = true}, {.correct = 0.80}},
      {{.name = "K 2", .p = 0.9, .machines = 2}, {.correct = 0.98, .speed_up = 1.45}},
      {{.name = "K 4", .p = 0.9, .machines = 4}, {.correct = 0.98, .speed_up = 2.0}},
      {{.name = "K 8", .p = 0.9, .machines = 8}, {.correct = 0.98, .speed_up = 2.6}},
  };
  return points;
}

const std::vector<Point>& wrong_points() {
  static const std::vector<Point> points = {
      {.name = "P .7", .p = 0.7},
      {.name = "build 1440 s", .p = 0.7, .build_seconds = 1440},
      {.name = "build 90 s", .p = 0.7, .build_seconds = 90},
      {.name = "build 1440 s (ends 360)", .p = 0.7, .build_seconds = 1440, .ends_build = 0.25},
      {.name = "build 90 s (ends 360)", .p = 0.7, .build_seconds = 90, .ends_build = 4},
      {.name = "crash 192 s (quiet 48)", .p = 0.7, .crash_seconds = 192},
      {.name = "crash 12 s (quiet 48)", .p = 0.7, .crash_seconds = 12},
      {.name = "false crashes 1 %", .p = 0.7, .false_crash = 0.01},
      {.name = "false crashes 3 %", .p = 0.7, .false_crash = 0.03},
      {.name = "rate .978", .p = 0.978},
      {.name = "rate .64", .p = 0.64},
      {.name = "P .1", .p = 0.1},
      {.name = "rate .144", .p = 0.144},
      {.name = "rate .04", .p = 0.04},
      {.name = "rate .015", .p = 0.015},
      {.name = "U .2", .p = 0.9, .unbuildable = 0.2},
      {.name = "U .2 (holes .002 N)", .p = 0.9, .unbuildable = 0.2, .hole_share = 0.002, .least_hole = 1},
      {.name = "U .2 (holes .2 N)", .p = 0.9, .unbuildable = 0.2, .hole_share = 0.2},
      {.name = "V .5", .p = 0.5, .kappa = 3},
      {.name = "rates .2 or .9", .p = 0.55, .law = Law::two_point},
      {.name = "rates from 0 to 1", .p = 0.5, .law = Law::uniform},
  };
  return points;
}

namespace {

// Seconds a bit of the runs of a channel with crash rate `p`.
double seconds_a_bit(const Point& point) {
  const double p = point.p;
  const double capacity = p >= 1 ? 1 : std::log2(1 + p * std::pow(1 - p, (1 - p) / p));
  if (point.crash_seconds == point.quiet_seconds) return point.quiet_seconds / capacity;
  const auto h = [](double x) {
    return x <= 0 || x >= 1 ? 0 : -x * std::log2(x) - (1 - x) * std::log2(1 - x);
  };
  double least = std::numeric_limits<double>::infinity();
  constexpr int k_steps = 10000;
  for (int i = 1; i < k_steps; ++i) {
    const double bad = static_cast<double>(i) / k_steps;
    const double crash = bad * p;
    const double bits = h(crash) - bad * h(p);
    least = std::min(least, (crash * point.crash_seconds + (1 - crash) * point.quiet_seconds) / bits);
  }
  return least;
}

}  // namespace

double least_cost(std::size_t commits, const Point& point) {
  const double doubt = -0.01 * std::log2(0.01) - 0.99 * std::log2(0.99);
  const double bits = 0.99 * std::log2(static_cast<double>(commits)) - doubt;
  return bits * (point.build_seconds + seconds_a_bit(point) / ((1 - point.infra) * (1 - point.foreign)));
}

}  // namespace culprit::search::noisebisect
