// Probabilities as natural logarithms: sums, and the beta function that runs with an unknown rate lead to.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>

namespace culprit::base {

// ln(e^a + e^b). The larger term is taken out, so that neither overflows nor vanishes; -inf for two of it.
inline double log_add(double a, double b) {
  const double most = std::max(a, b);
  return std::isinf(most) ? most : most + std::log(std::exp(a - most) + std::exp(b - most));
}

// ln of the sum of e^x over `logs`, which is not empty.
inline double log_sum(std::span<const double> logs) {
  const double most = *std::ranges::max_element(logs);
  double sum = 0;
  for (const double x : logs) sum += std::exp(x - most);
  return most + std::log(sum);
}

// Bits of an event of probability `p`.
inline double binary_entropy(double p) {
  return p <= 0 || p >= 1 ? 0 : -p * std::log2(p) - (1 - p) * std::log2(1 - p);
}

// ln of x (x + 1) ... (x + n - 1), for x > 0.
inline double log_rising(double x, double n) { return std::lgamma(x + n) - std::lgamma(x); }

// ln B(a, b), for a, b > 0.
inline double log_beta(double a, double b) { return std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b); }

// ln of how likely `hits` and `misses` are, in one given order, where their rate is drawn from Beta(a, b):
// B(a + hits, b + misses) / B(a, b).
inline double log_beta_binomial(double a, double b, double hits, double misses) {
  return log_beta(a + hits, b + misses) - log_beta(a, b);
}

}  // namespace culprit::base
