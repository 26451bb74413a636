// The crash rate as an unknown: a grid of what it may be on bad revisions, and how much it swings.
#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace culprit::search {

// One grid point: bad binaries draw their own crash rate from Beta(kappa * mean, kappa * (1 - mean));
// infinite kappa means that all share `mean`.
struct Rate {
  double mean = 0.5;
  double kappa = std::numeric_limits<double>::infinity();
  double prior = 0;

  bool constant() const { return kappa == std::numeric_limits<double>::infinity(); }
  // Of the next run of a bad binary that crashed in k of n valid runs so far.
  double next(int k, int n) const { return constant() ? mean : (kappa * mean + k) / (kappa + n); }
};

// Valid runs of one binary (or one revision).
struct Sample {
  int crashes = 0;
  int runs = 0;
  friend bool operator==(const Sample&, const Sample&) = default;
};

inline constexpr std::size_t k_steady_means = 27;
inline constexpr std::size_t k_swing_means = 9;
inline constexpr std::size_t k_rates = k_steady_means + k_swing_means;

// The grid; the same for every bisection.
const std::array<Rate, k_rates>& rates();

// Adds ln P(sample | bad binary, rate) for every grid point. `out` has k_rates values.
void add_log_bad(const Sample& sample, std::span<double> out);
// ln P(sample | good binary): crashes that look like the bug are rare there, but happen.
double log_good(const Sample& sample);
// Of the next run of a good binary.
double next_good(const Sample& sample);

}  // namespace culprit::search
