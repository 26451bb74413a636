// A reproducer crashes in p of a bad revision's runs. p is unknown, and real logs show it swing from revision
// to revision (7/10, 3/9, 10/10, 0/8), so that ten quiet runs of one build are not ten independent proofs.
// The model is beta-binomial: kappa small means that each binary has a rate of its own, kappa large that all
// share one; and some always crash where others do not. All of it is a nuisance with a prior on a grid,
// updated by every run on a binary that may be bad.
//
// ln P(k of n) of a beta-binomial without its binomial coefficient (the order of the runs is known, and equal
// for all hypotheses) is a difference of log rising factorials, which are tabulated.
#include "search/belief/rates.h"

#include <algorithm>
#include <cmath>

#include "base/log_space.h"

namespace culprit::search {
namespace {

struct Mean {
  double mean;
  double weight;  // before any run
};
// Finer near 1, where most reproducers are. Below 2 % a bisection is hopeless anyway. A rate that all share
// is known ever better as runs add up, so its grid is twice as fine: where thousands of runs agree on 0.9,
// the nearest of a coarse grid's means is so unlikely that any other story is preferred.
//
// Reproducers that always crash are the most common ones by far. A rate of about 0.1 weighs more than its
// neighbours: it is what a start that crashed oftener by luck is mistaken about, and each silence then counts
// for too much.
constexpr std::array<Mean, k_steady_means> k_fine_means = {
    {{.02, .3},  {.033, .3}, {.05, .3},  {.073, 1.15}, {.1, 1.15}, {.128, 1.15}, {.16, .5},
     {.197, .5}, {.24, .5},  {.288, .5}, {.34, .5},    {.394, .5}, {.45, .5},    {.505, .5},
     {.56, .5},  {.615, .5}, {.67, .5},  {.725, .5},   {.78, .5},  {.832, .5},   {.88, .5},
     {.917, .5}, {.95, .5},  {.97, .5},  {.985, .5},   {.993, .5}, {.999, 2.5}}};
// What good binaries do. The large rates are for a test that fails now and then whatever it is given, or another
// bug of the same look: together 1.5 %, so that forty quiet runs of good binaries, which leave two in a
// thousand, make a single crash a proof again, as it is in the benchmark, whose false rates are 0.
constexpr ByFalseRate k_false = {.0005, .01, .03, .08, .2};
constexpr ByFalseRate k_false_priors = {.955, .03, .006, .006, .003};
// At most this share of the crash rate: where one in four crashes of bad binaries could as well be a good one's,
// each revision would take twice the runs (noisebisect-v1, row P .1: 1.9 x LB1 without this bound, 1.3 with it).
constexpr double k_false_share = 0.25;

constexpr int k_tabulated = 512;

// ln of x (x + 1) ... (x + n - 1) for the three parameters of each grid point.
class RisingFactorials {
 public:
  RisingFactorials() {
    for (std::size_t j = 0; j < k_rates; ++j) {
      const Rate& r = rates()[j];
      fill(3 * j, r.kappa * r.mean);
      fill(3 * j + 1, r.kappa * (1 - r.mean));
      fill(3 * j + 2, r.kappa);
    }
  }
  double log(std::size_t row, double x, int n) const {
    return n <= k_tabulated ? m_rows[row][static_cast<std::size_t>(n)] : base::log_rising(x, n);
  }

 private:
  void fill(std::size_t row, double x) {
    m_rows[row][0] = 0;
    for (int n = 0; n < k_tabulated; ++n)
      m_rows[row][static_cast<std::size_t>(n) + 1] =
          m_rows[row][static_cast<std::size_t>(n)] + std::log(x + n);
  }
  std::vector<std::array<double, k_tabulated + 1>> m_rows =
      std::vector<std::array<double, k_tabulated + 1>>(3 * k_rates);
};

// Rates that swing: a binary always crashes with probability `always`, or draws from Beta(alpha, beta). A
// beta density with its mode at 0 would make every silence worthless, so alpha is above 1; small rates do not
// swing, as a swinging one and a rare one cannot be told apart at any bearable cost.
//
// Most of the caution is for a start that crashed in each of its runs: there a steady rate makes the first
// silence a proof, and a swinging one, which is near 1 on half of its binaries, makes it say little. The two
// last rows are such: likely after twenty crashes of twenty, unlikely after eighteen. The weights are the
// price of caution where the rate is steady, and were chosen by that (docs/search.md: points P and V).
struct Swing {
  double alpha;
  double beta;
  double always;
  double weight;  // beside the steady means' weights
};
constexpr std::array<Swing, k_swings> k_swing_table = {
    {{1.5, 1.83, 0, .12}, {1.68, 1.32, 0, .03}, {2.1, .9, .5, .35}, {2.85, .15, 0, 1.3}}};
// "All share one rate" leaves this much play: the grid of means is coarse, and thousands of runs would tell a
// rate of 0.9 from all of its points.
constexpr double k_steady_kappa = 150;

std::array<Rate, k_rates> make_rates() {
  std::array<Rate, k_rates> grid;
  std::size_t at = 0;
  for (const auto& [mean, weight] : k_fine_means)
    grid[at++] = {.mean = mean, .kappa = k_steady_kappa / mean, .prior = weight};
  for (const auto& [alpha, beta, always, weight] : k_swing_table)
    grid[at++] = {.mean = alpha / (alpha + beta), .kappa = alpha + beta, .always = always, .prior = weight};
  double sum = 0;
  for (const Rate& rate : grid) sum += rate.prior;
  for (Rate& rate : grid) rate.prior /= sum;
  return grid;
}

}  // namespace

const std::array<Rate, k_rates>& rates() {
  static const std::array<Rate, k_rates> grid = make_rates();
  return grid;
}

double Rate::next_after_crashes(int n) const {
  const double alpha = kappa * mean;
  // P(n of n) at a rate of its own
  const double drawn = std::exp(base::log_rising(alpha, n) - base::log_rising(kappa, n));
  const double surely = always / (always + (1 - always) * drawn);
  return surely + (1 - surely) * (alpha + n) / (kappa + n);
}

void add_log_bad(const Sample& sample, std::span<double> out) {
  static const RisingFactorials tables;
  const int k = sample.crashes;
  const int n = sample.runs;
  if (n == 0) return;
  for (std::size_t j = 0; j < k_rates; ++j) {
    const Rate& r = rates()[j];
    const double drawn = tables.log(3 * j, r.kappa * r.mean, k) +
                         tables.log(3 * j + 1, r.kappa * (1 - r.mean), n - k) -
                         tables.log(3 * j + 2, r.kappa, n);
    if (r.always == 0)
      out[j] += drawn;
    else if (k == n)
      out[j] += std::log(r.always + (1 - r.always) * std::exp(drawn));
    else
      out[j] += std::log1p(-r.always) + drawn;
  }
}

const ByFalseRate& false_rates() { return k_false; }

const std::array<ByFalseRate, k_rates>& false_rate_priors() {
  static const auto table = [] {
    std::array<ByFalseRate, k_rates> out{};
    for (std::size_t j = 0; j < k_rates; ++j)
      for (std::size_t q = 0; q < k_false_rates; ++q)
        out[j][q <= 1 || k_false[q] <= k_false_share * rates()[j].mean ? q : 0] += k_false_priors[q];
    return out;
  }();
  return table;
}

void add_log_good(const Sample& sample, std::span<double> out) {
  for (std::size_t q = 0; q < k_false_rates; ++q)
    out[q] +=
        sample.crashes * std::log(k_false[q]) + (sample.runs - sample.crashes) * std::log1p(-k_false[q]);
}

double next_good(const Sample& sample, std::span<const double> weights) {
  std::array<double, k_false_rates> logs{};
  add_log_good(sample, logs);
  const double most = *std::ranges::max_element(logs);
  double crash = 0, all = 0;
  for (std::size_t q = 0; q < k_false_rates; ++q) {
    const double weight = weights[q] * std::exp(logs[q] - most);
    crash += weight * k_false[q];
    all += weight;
  }
  return all > 0 ? crash / all : k_false[0];
}

}  // namespace culprit::search
