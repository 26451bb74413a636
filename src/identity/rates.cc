// A reproducer's crash rate is neither known nor the same on all revisions: in real logs it is about 1 for
// four of five bugs, and swings between 0 and 1 from one revision to the next for the fifth. A binomial
// likelihood takes ten quiet runs of the fifth for a proof, and is wrong. So the rate of a revision is drawn
// from a beta distribution whose mean and spread are unknown and learned: a grid of (rate, kappa) with a
// prior, weighted by the revisions that surely have the bug (empirical Bayes). A share of all revisions,
// small and learned too, has a rate unrelated to the others': timing, configuration and the path to the bug
// change along history.
#include "identity/rates.h"

#include <array>
#include <cmath>
#include <map>
#include <utility>

#include "base/log_space.h"

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
constexpr auto k_unrelated = std::to_array<Weighted>({{.05, .6}, {.25, .4}});

// At a rate drawn from Beta(a, b).
double log_at_rates_of(double a, double b, const Counts& counts) {
  return base::log_beta_binomial(a, b, counts.shown, counts.quiet);
}

}  // namespace

double CrashRates::log_likelihood(const Point& point, const Counts& counts, double unrelated) {
  const double related =
      point.a == 0 ? counts.shown * std::log(point.rate) + counts.quiet * std::log1p(-point.rate)
                   : base::log_beta(point.a + counts.shown, point.b + counts.quiet) - point.log_norm;
  return base::log_add(point.log_related + related, point.log_unrelated + unrelated);
}

CrashRates::CrashRates(std::span<const Counts> sure) {
  std::map<std::pair<int, int>, int> times;
  for (const Counts& counts : sure) ++times[{counts.shown, counts.quiet}];
  for (const Weighted& rate : k_rates)
    for (const Weighted& spread : k_spreads)
      for (const Weighted& share : k_unrelated) {
        Point point{.rate = rate.value, .a = spread.value * rate.value, .b = spread.value * (1 - rate.value)};
        point.log_norm = spread.value == 0 ? 0 : base::log_beta(point.a, point.b);
        point.log_related = std::log1p(-share.value);
        point.log_unrelated = std::log(share.value);
        point.mass = std::log(rate.weight * spread.weight * share.weight);
        m_points.push_back(point);
      }
  for (const auto& [key, count] : times) {
    const Counts counts{key.first, key.second};
    const double unrelated = log_at_rates_of(1, 1, counts);
    for (Point& point : m_points) point.mass += count * log_likelihood(point, counts, unrelated);
  }
  double total = m_points.front().mass;
  for (std::size_t i = 1; i < m_points.size(); ++i) total = base::log_add(total, m_points[i].mass);
  for (Point& point : m_points) {
    point.mass -= total;
    m_mean += std::exp(point.mass) * point.rate;
  }
}

double CrashRates::log_likelihood(const Counts& counts) const {
  if (counts.shown + counts.quiet == 0) return 0;
  const double unrelated = log_at_rates_of(1, 1, counts);
  double sum = m_points.front().mass + log_likelihood(m_points.front(), counts, unrelated);
  for (std::size_t i = 1; i < m_points.size(); ++i)
    sum = base::log_add(sum, m_points[i].mass + log_likelihood(m_points[i], counts, unrelated));
  return sum;
}

double CrashRates::log_likelihood(std::span<const Counts> binaries) const {
  std::map<std::pair<int, int>, int> times;
  for (const Counts& counts : binaries) ++times[{counts.shown, counts.quiet}];
  std::vector<double> masses;
  for (const Point& point : m_points) masses.push_back(point.mass);
  for (const auto& [key, count] : times) {
    const Counts counts{key.first, key.second};
    const double unrelated = log_at_rates_of(1, 1, counts);
    for (std::size_t i = 0; i < m_points.size(); ++i)
      masses[i] += count * log_likelihood(m_points[i], counts, unrelated);
  }
  double sum = masses.front();
  for (std::size_t i = 1; i < masses.size(); ++i) sum = base::log_add(sum, masses[i]);
  return sum;
}

double CrashRates::bug_behind_silence(int quiet, double prior) const {
  const double bug = prior * std::exp(log_likelihood({0, quiet}));
  return bug / (bug + 1 - prior);
}

int CrashRates::quiet_runs_for(double wanted) const {
  constexpr int k_most = 1000;
  // Silence says more the longer it lasts: bisection.
  int few = 0;
  int enough = k_most;
  while (enough - few > 1) {
    const int middle = (few + enough) / 2;
    (1 - bug_behind_silence(middle) >= wanted ? enough : few) = middle;
  }
  return enough;
}

double log_likelihood_of_unknown_rate(std::span<const Counts> binaries) {
  Counts all;
  for (const Counts& counts : binaries) {
    all.shown += counts.shown;
    all.quiet += counts.quiet;
  }
  const double related = std::log1p(-k_unrelated.front().value);
  return log_at_rates_of(0.5, 0.5, all) + static_cast<double>(binaries.size() - 1) * related;
}

}  // namespace culprit::identity
