#include "base/log_space.h"

#include <gtest/gtest.h>

#include <limits>

namespace culprit::base {
namespace {

constexpr double k_nothing = -std::numeric_limits<double>::infinity();

TEST(LogSpace, SumsNeitherOverflowNorVanish) {
  EXPECT_DOUBLE_EQ(log_add(std::log(0.25), std::log(0.5)), std::log(0.75));
  EXPECT_DOUBLE_EQ(log_add(-5000, -5000), -5000 + std::log(2));
  EXPECT_DOUBLE_EQ(log_add(5000, -5000), 5000);
  EXPECT_EQ(log_add(k_nothing, k_nothing), k_nothing);
  EXPECT_EQ(log_add(k_nothing, -3), -3);
}

TEST(LogSpace, BetaBinomialIsThePolyaUrn) {
  // Beta(2, 3): a hit 2/5, then a miss 3/6, then a hit 3/7.
  EXPECT_NEAR(std::exp(log_beta_binomial(2, 3, 2, 1)), 2.0 / 5 * 3 / 6 * 3 / 7, 1e-12);
  EXPECT_NEAR(std::exp(log_rising(2, 3)), 2 * 3 * 4, 1e-9);
  EXPECT_EQ(log_beta_binomial(0.5, 0.5, 0, 0), 0);
}

}  // namespace
}  // namespace culprit::base
