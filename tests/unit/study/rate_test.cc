#include "study/rate.h"

#include <gtest/gtest.h>

#include <cmath>

namespace culprit::study {
namespace {

TEST(RateInterval, IsWilsons) {
  const RateInterval some = rate_interval(3, 10);
  EXPECT_NEAR(some.low, 0.1078, 1e-4);
  EXPECT_NEAR(some.high, 0.6032, 1e-4);
  EXPECT_NEAR(rate_interval(0, 10).high, 0.2775, 1e-4);
}

TEST(RateInterval, HoldsTheEnds) {
  EXPECT_EQ(rate_interval(0, 0).low, 0);
  EXPECT_EQ(rate_interval(0, 0).high, 1);
  for (const int n : {1, 7, 1000}) {
    EXPECT_EQ(rate_interval(0, n).low, 0) << n;
    EXPECT_EQ(rate_interval(n, n).high, 1) << n;
  }
}

// Over all rates alike, about 95 %.
TEST(RateInterval, CoversTheRateAsOftenAsItSays) {
  for (const int n : {6, 10, 30}) {
    double covered = 0;
    int rates = 0;
    for (double p = 0.005; p < 1; p += 0.01, ++rates)
      for (int k = 0; k <= n; ++k) {
        const RateInterval interval = rate_interval(k, n);
        if (p < interval.low || p > interval.high) continue;
        covered += std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) +
                            k * std::log(p) + (n - k) * std::log(1 - p));
      }
    EXPECT_NEAR(covered / rates, 0.95, 0.015) << n;
  }
}

}  // namespace
}  // namespace culprit::study
