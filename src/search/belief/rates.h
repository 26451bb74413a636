// The crash rate as an unknown: a grid of what it may be on bad revisions, and how much it swings.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace culprit::search {

// One grid point: a bad binary crashes in all of its runs with probability `always`, else it draws its own
// crash rate from Beta(kappa * mean, kappa * (1 - mean)). A large kappa means that all share `mean`.
struct Rate {
  double mean = 0.5;
  double kappa = 0;
  double always = 0;
  double prior = 0;

  // Of the next run of a bad binary that crashed in k of n valid runs so far.
  double next(int k, int n) const {
    return always > 0 && k == n ? next_after_crashes(n) : (kappa * mean + k) / (kappa + n);
  }

 private:
  double next_after_crashes(int n) const;
};

// Valid runs of one binary (or one revision).
struct Sample {
  int crashes = 0;
  int runs = 0;
  friend bool operator==(const Sample&, const Sample&) = default;
};

inline constexpr std::size_t k_steady_means = 27;
inline constexpr std::size_t k_swings = 4;
inline constexpr std::size_t k_rates = k_steady_means + k_swings;

// The grid; the same for every bisection.
const std::array<Rate, k_rates>& rates();

// Adds ln P(sample | bad binary, rate) for every grid point. `out` has k_rates values.
void add_log_bad(const Sample& sample, std::span<double> out);

// How often a good binary's runs end in a crash that looks like the bug: rarely, mostly; a flaky test or
// another bug of the same look does it often. One rate for all good binaries.
inline constexpr std::size_t k_false_rates = 5;
using ByFalseRate = std::array<double, k_false_rates>;
const ByFalseRate& false_rates();
// P(false rate | crash rate), by crash rate. What crashes a good binary nearly as often as a bad one would leave
// no bug to be found, so the false rate is a fraction of the crash rate.
const std::array<ByFalseRate, k_rates>& false_rate_priors();
// Adds ln P(sample | good binary, false rate) for every grid point. `out` has k_false_rates values.
void add_log_good(const Sample& sample, std::span<double> out);
// P(the next run of a good binary crashes), where `weights` (k_false_rates, of any sum above 0) is what is
// believed of the false rates without its own runs.
double next_good(const Sample& sample, std::span<const double> weights);

}  // namespace culprit::search
