// A reproducer's crash rate is neither known nor the same on all revisions: in real logs it is about 1 for four of five
// bugs, and swings between 0 and 1 from one revision to the next for the fifth. A binomial likelihood takes ten quiet
// runs of the fifth for a proof, and is wrong. So the rate of a revision is drawn from a beta distribution whose mean and
// spread are unknown and learned: a grid of (rate, kappa) with a prior, weighted by the revisions that surely have the
// bug (empirical Bayes). One tenth of all revisions are taken to have a rate unrelated to the others': timing,
// configuration and the path to the bug change along history.
#include "identity/rates.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace culprit::identity {
namespace {

struct Weighted {
  double value;
  double weight;
};
constexpr auto k_rates = std::to_array<Weighted>({{.02, .03},
                                                  {.05, .04},
                                                  {.10, .05},
                                                  {.16, .05},
                                                  {.24, .05},
                                                  {.34, .05},
                                                  {.45, .05},
                                                  {.56, .06},
                                                  {.67, .06},
                                                  {.78, .08},
                                                  {.88, .10},
                                                  {.95, .12},
                                                  {.985, .13},
                                                  {.999, .13}});
constexpr auto k_spreads = std::to_array<Weighted>({{1.5, .08}, {4, .17}, {12, .25}, {0, .50}});
constexpr double k_unrelated = 0.1;

double log_beta(double a, double b) { return std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b); }

// Of a given order: B(a + k, b + m) / B(a, b).
double beta_binomial(double a, double b, const Counts& counts) {
  return std::exp(log_beta(a + counts.shown, b + counts.quiet) - log_beta(a, b));
}

}  // namespace

double CrashRates::likelihood(const Point& point, const Counts& counts) {
  const double related =
      point.spread == 0
          ? std::exp(counts.shown * std::log(point.rate) + counts.quiet * std::log1p(-point.rate))
          : beta_binomial(point.spread * point.rate, point.spread * (1 - point.rate), counts);
  return (1 - k_unrelated) * related + k_unrelated * beta_binomial(1, 1, counts);
}

CrashRates::CrashRates(std::span<const Counts> sure) {
  for (const Weighted& rate : k_rates)
    for (const Weighted& spread : k_spreads) {
      Point point{rate.value, spread.value, std::log(rate.weight * spread.weight)};
      for (const Counts& counts : sure) point.mass += std::log(likelihood(point, counts));
      m_points.push_back(point);
    }
  // Out of logarithms relative to the greatest: the product over many revisions is too small for a double.
  const double most = std::ranges::max_element(m_points, {}, &Point::mass)->mass;
  double total = 0;
  for (Point& point : m_points) total += point.mass = std::exp(point.mass - most);
  for (Point& point : m_points) {
    point.mass /= total;
    m_mean += point.mass * point.rate;
  }
}

double CrashRates::likelihood(const Counts& counts) const {
  double sum = 0;
  for (const Point& point : m_points) sum += point.mass * likelihood(point, counts);
  return sum;
}

int CrashRates::quiet_runs_for(double wanted) const {
  constexpr int k_most = 1000;
  for (int runs = 1; runs < k_most; ++runs)
    if (1 / (1 + likelihood({0, runs})) >= wanted) return runs;
  return k_most;
}

double likelihood_of_unknown_rate(const Counts& counts) { return beta_binomial(0.5, 0.5, counts); }

}  // namespace culprit::identity
