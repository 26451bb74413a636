#include "study/rate.h"

#include <algorithm>
#include <cmath>

namespace culprit::study {
namespace {

constexpr double k_z = 1.959964;  // of the normal distribution, 95 % lie within so many deviations

}  // namespace

RateInterval rate_interval(double shown, double runs) {
  if (runs <= 0) return {};
  const double z2 = k_z * k_z;
  const double rate = shown / runs;
  const double middle = (shown + z2 / 2) / (runs + z2);
  const double half = k_z * std::sqrt(runs * rate * (1 - rate) + z2 / 4) / (runs + z2);
  // At the ends it is exact, and rounding must not move it.
  return {shown <= 0 ? 0 : std::max(0.0, middle - half), shown >= runs ? 1 : std::min(1.0, middle + half)};
}

}  // namespace culprit::study
