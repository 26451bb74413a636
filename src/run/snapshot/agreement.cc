// For one image and one outcome, how many of the booted runs have it, given how many runs there are of either kind and
// how many have it in all, is hypergeometric if it makes no difference how a guest came up (Fisher). Images are independent,
// so that the sum over them has the convolution of these distributions: the exact form of the test of Mantel and
// Haenszel (J. Natl. Cancer Inst. 22, 1959). Two-sided: what is no likelier than what was seen. Each outcome is tested
// against all others, and the least p is multiplied by their number (Bonferroni).
//
// One table of all images was rejected: a kernel's first run is always a cold one, and bad kernels are run less often
// than good ones, so that cold runs crash more often on the whole, with no difference at all.

#include "run/snapshot/agreement.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

namespace culprit::run {
namespace {

double log_choose(int n, int k) {
  return std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0);
}

// Of `having` among `booted` + `restored` runs, x are booted: the chances of x = 0, 1, ...
std::vector<double> hypergeometric(int booted, int restored, int having) {
  std::vector<double> chances(static_cast<std::size_t>(std::min(booted, having)) + 1);
  for (int x = std::max(0, having - restored); x < static_cast<int>(chances.size()); ++x)
    chances[static_cast<std::size_t>(x)] = std::exp(log_choose(booted, x) + log_choose(restored, having - x) -
                                                    log_choose(booted + restored, having));
  return chances;
}

std::vector<double> convolved(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> sum(a.size() + b.size() - 1);
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < b.size(); ++j) sum[i + j] += a[i] * b[j];
  return sum;
}

}  // namespace

void Agreement::add(const std::string& image, bool restored, const std::string& outcome) {
  Count& count = m_images[image][outcome];
  ++(restored ? count.restored : count.booted);
}

Agreement::Difference Agreement::difference_of(const std::string& outcome) const {
  Difference difference{.outcome = outcome};
  std::vector<double> chances = {1};
  for (const auto& [image, outcomes] : m_images) {
    Count all;
    for (const auto& [other, count] : outcomes) {
      all.restored += count.restored;
      all.booted += count.booted;
    }
    const auto found = outcomes.find(outcome);
    const Count having = found == outcomes.end() ? Count() : found->second;
    const int sum = having.booted + having.restored;
    if (sum == 0 || sum == all.booted + all.restored || all.booted == 0 || all.restored == 0) continue;
    chances = convolved(chances, hypergeometric(all.booted, all.restored, sum));
    difference.restored += having.restored;
    difference.of_restored += all.restored;
    difference.booted += having.booted;
    difference.of_booted += all.booted;
  }
  constexpr double k_rounding = 1 + 1e-7;  // equal chances may differ in their last digits
  const double seen = chances[static_cast<std::size_t>(difference.booted)] * k_rounding;
  difference.p = 0;
  for (const double chance : chances)
    if (chance <= seen) difference.p += chance;
  return difference;
}

Agreement::Difference Agreement::greatest() const {
  std::set<std::string> all;
  for (const auto& [image, outcomes] : m_images)
    for (const auto& [outcome, count] : outcomes) all.insert(outcome);
  Difference greatest;
  for (const std::string& outcome : all)
    if (Difference of = difference_of(outcome); of.p < greatest.p) greatest = std::move(of);
  greatest.p = std::min(1.0, greatest.p * static_cast<double>(std::max<std::size_t>(1, all.size())));
  return greatest;
}

}  // namespace culprit::run
