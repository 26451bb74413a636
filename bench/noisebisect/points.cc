#include "bench/noisebisect/points.h"

#include <cmath>

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

double least_cost(std::size_t commits, const Point& point) {
  const double p = point.p;
  const double doubt = -0.01 * std::log2(0.01) - 0.99 * std::log2(0.99);
  const double bits = 0.99 * std::log2(static_cast<double>(commits)) - doubt;
  const double capacity = p >= 1 ? 1 : std::log2(1 + p * std::pow(1 - p, (1 - p) / p));
  return bits * (k_build_seconds + k_run_seconds / ((1 - point.infra) * (1 - point.foreign) * capacity));
}

}  // namespace culprit::search::noisebisect
