#include "search/belief/rates.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace culprit::search {
namespace {

double sum_of_priors() {
  double sum = 0;
  for (const Rate& rate : rates()) sum += rate.prior;
  return sum;
}

TEST(Rates, PriorsSumToOne) { EXPECT_NEAR(sum_of_priors(), 1, 1e-12); }

TEST(Rates, SequencesOfRunsHaveTheProbabilityOfTheirSteps) {
  // crash, quiet, crash: the chain of next() equals the likelihood of the counts.
  std::array<double, k_rates> logs{};
  add_log_bad({.crashes = 2, .runs = 3}, logs);
  for (std::size_t j = 0; j < k_rates; ++j) {
    const Rate& r = rates()[j];
    const double steps = r.next(0, 0) * (1 - r.next(1, 1)) * r.next(1, 2);
    EXPECT_NEAR(logs[j], std::log(steps), 1e-9);
  }
}

TEST(Rates, NothingButCrashesHasTheProbabilityOfItsSteps) {
  // Some binaries always crash: that is believed the more, the longer it goes on.
  std::array<double, k_rates> logs{};
  add_log_bad({.crashes = 70, .runs = 70}, logs);
  for (std::size_t j = 0; j < k_rates; ++j) {
    double steps = 0;
    for (int i = 0; i < 70; ++i) steps += std::log(rates()[j].next(i, i));
    EXPECT_NEAR(logs[j], steps, 1e-9);
    EXPECT_GE(rates()[j].next(70, 70), rates()[j].next(1, 1));
  }
}

TEST(Rates, LongSequencesAreNoDifferentBeyondTheTables) {
  std::array<double, k_rates> table{}, beyond{};
  add_log_bad({.crashes = 200, .runs = 512}, table);
  add_log_bad({.crashes = 200, .runs = 513}, beyond);
  for (std::size_t j = 0; j < k_rates; ++j)
    EXPECT_NEAR(beyond[j] - table[j], std::log(1 - rates()[j].next(200, 512)), 1e-6);
}

TEST(Rates, GoodRevisionsCrashRarelyAndNeverImpossibly) {
  for (std::size_t j = 0; j < k_rates; ++j) {
    double sum = 0;
    for (const double p : false_rate_priors()[j]) sum += p;
    EXPECT_NEAR(sum, 1, 1e-12);
  }
  const ByFalseRate& before = false_rate_priors()[k_steady_means - 1];
  EXPECT_LT(next_good({}, before), 0.01);
  EXPECT_LT(next_good({}, before), next_good({.crashes = 1, .runs = 1}, before));
  std::array<double, k_false_rates> all{}, fewer{};
  add_log_good({.crashes = 5000, .runs = 5000}, all);
  add_log_good({.crashes = 4999, .runs = 5000}, fewer);
  for (std::size_t q = 0; q < k_false_rates; ++q) {
    EXPECT_TRUE(std::isfinite(all[q]));
    EXPECT_LT(all[q], fewer[q]);
  }
  EXPECT_LE(next_good({.crashes = 5000, .runs = 5000}, before), 0.2);
}

}  // namespace
}  // namespace culprit::search
