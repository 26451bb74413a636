// The model: a revision's numbers are one of two levels, and noise. The likelihood of one number is a normal one with a
// broad floor (a contaminated normal distribution, Tukey 1960), so that what a busy machine adds to one run in fifty
// moves nothing. The levels are estimated along with the commit. Their error is the same for all numbers of one revision
// and does not average out over them: the log odds are divided by 1 + n u^2 / s^2, where u^2 is the variance of the
// middle between the levels, as a normal likelihood with such an error integrated out would be.
//
// Whether it is one step at all is asked of the revisions' means: sums of squares under the best single step, under
// every pair of steps and under a straight line, as marginal likelihoods. The middle level of two steps may lie anywhere
// within twice the whole step, which is its Occam factor.
#include "search/belief/levels.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "base/log_space.h"

namespace culprit::search {
namespace {

constexpr double k_far = 2.5;        // deviations, from where a number is pulled in
constexpr double k_anything = 0.02;  // share of the numbers that say nothing
constexpr double k_width = 40;       // deviations over which those lie
constexpr int k_rounds = 12;         // of the fit; it moves no digit that is told after 6
// Beforehand: what is looked into by bisection is mostly one step. A tenth says that 99 % take data.
constexpr double k_two_beforehand = 0.08;
constexpr double k_drift_beforehand = 0.05;

double median(std::vector<double> numbers) {
  const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
  std::ranges::nth_element(numbers, middle);
  if (numbers.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(numbers.begin(), middle)) / 2;
}

double log_density(double deviations) {
  return std::log((1 - k_anything) * std::exp(-deviations * deviations / 2) /
                      std::sqrt(2 * std::numbers::pi) +
                  k_anything / k_width);
}

}  // namespace

double steady_mean(std::span<const double> numbers, double noise) {
  const double middle = median({numbers.begin(), numbers.end()});
  double sum = 0;
  for (const double x : numbers) sum += std::clamp(x, middle - k_far * noise, middle + k_far * noise);
  return sum / static_cast<double>(numbers.size());
}

double noise_of(std::span<const Measured> all, double least) {
  std::vector<double> away;
  double freedom = 0;
  for (const Measured& one : all) {
    if (one.numbers.size() < 3) continue;
    const double middle = median(one.numbers);
    for (const double x : one.numbers) away.push_back(x - middle);
    freedom += static_cast<double>(one.numbers.size()) - 1;
  }
  if (away.empty()) return least;
  std::vector<double> sizes;
  for (const double x : away) sizes.push_back(std::abs(x));
  // 1.4826 makes it the standard deviation of a normal distribution.
  const double rough = std::max(least, 1.4826 * median(std::move(sizes)));
  double squares = 0;
  for (const double x : away) squares += std::pow(std::clamp(x, -3 * rough, 3 * rough), 2);
  return std::max(least, std::sqrt(squares / freedom));
}

double Levels::step_error() const {
  return noise * std::sqrt(1 / std::max(1.0, before_count) + 1 / std::max(1.0, after_count));
}

double log_odds_after(const Measured& measured, const Levels& levels) {
  double sum = 0;
  for (const double x : measured.numbers)
    sum += log_density((x - levels.after) / levels.noise) - log_density((x - levels.before) / levels.noise);
  const double middle = levels.step_error() / levels.noise / 2;  // the doubt about the middle, in deviations
  return sum / (1 + static_cast<double>(measured.numbers.size()) * middle * middle);
}

Fit fit(const Cells& cells, std::span<const Measured> measured, Levels levels) {
  Fit out{.levels = levels, .cell_mass = {}, .positive = {}};
  const double span = std::abs(levels.step());
  for (int round = 0; round < k_rounds; ++round) {
    std::vector<double> odds;
    for (const Measured& one : measured) odds.push_back(log_odds_after(one, out.levels));
    std::vector<double> logs(cells.size(), -1e300);
    for (std::size_t c = 0; c < cells.size(); ++c) {
      if (cells[c].prior <= 0) continue;
      logs[c] = std::log(cells[c].prior);
      for (std::size_t i = 0; i < odds.size(); ++i)
        if (cells[c].positive(i)) logs[c] += odds[i];
    }
    const double all = base::log_sum(logs);
    out.cell_mass.clear();
    for (const double x : logs) out.cell_mass.push_back(std::exp(x - all));
    out.positive.assign(measured.size(), 0);
    for (std::size_t c = 0; c < cells.size(); ++c)
      for (std::size_t i = 0; i < measured.size(); ++i)
        if (cells[c].positive(i)) out.positive[i] += out.cell_mass[c];
    double sums[2] = {0, 0}, counts[2] = {0, 0};
    for (std::size_t i = 0; i < measured.size(); ++i) {
      const auto n = static_cast<double>(measured[i].numbers.size());
      const double mean = steady_mean(measured[i].numbers, out.levels.noise);
      for (const int side : {0, 1}) {
        const double share = side == 1 ? out.positive[i] : 1 - out.positive[i];
        sums[side] += share * n * mean;
        counts[side] += share * n;
      }
    }
    const double before = sums[0] / counts[0], after = sums[1] / counts[1];
    out.levels.before_count = counts[0];
    out.levels.after_count = counts[1];
    // Levels that run away from the ends are not those of the step between them.
    out.levels.before = std::clamp(before, levels.before - span / 2, levels.before + span / 2);
    out.levels.after = std::clamp(after, levels.after - span / 2, levels.after + span / 2);
  }
  return out;
}

namespace {

// A weighted sum: of means around their own mean, and what more is wanted of them.
struct Sums {
  double weight = 0, first = 0, second = 0;
  void add(double weight_of, double value) {
    weight += weight_of;
    first += weight_of * value;
    second += weight_of * value * value;
  }
  double squares() const { return weight > 0 ? std::max(0.0, second - first * first / weight) : 0; }
};

double squares_about_line(std::span<const Measured* const> by_place, std::span<const double> means,
                          std::span<const double> weights) {
  double w = 0, x = 0, y = 0, xx = 0, xy = 0, yy = 0;
  for (std::size_t i = 0; i < means.size(); ++i) {
    const double at = by_place[i]->place;
    w += weights[i];
    x += weights[i] * at;
    y += weights[i] * means[i];
    xx += weights[i] * at * at;
    xy += weights[i] * at * means[i];
    yy += weights[i] * means[i] * means[i];
  }
  const double sxx = xx - x * x / w, sxy = xy - x * y / w, syy = yy - y * y / w;
  return std::max(0.0, syy - (sxx > 0 ? sxy * sxy / sxx : 0));
}

}  // namespace

Shape shape_of(std::span<const Measured> measured, const std::vector<bool>& positive, const Levels& levels) {
  std::vector<const Measured*> by_place;
  for (const Measured& one : measured) by_place.push_back(&one);
  std::ranges::stable_sort(by_place, {}, [](const Measured* one) { return one->place; });
  std::vector<double> means, weights;
  Sums sides[2];
  for (const Measured* one : by_place) {
    means.push_back(steady_mean(one->numbers, levels.noise));
    weights.push_back(static_cast<double>(one->numbers.size()) / (levels.noise * levels.noise));
    sides[positive[static_cast<std::size_t>(one - measured.data())] ? 1 : 0].add(weights.back(),
                                                                                 means.back());
  }
  const std::size_t n = means.size();
  const double one =
      std::log(1 - k_two_beforehand - k_drift_beforehand) - (sides[0].squares() + sides[1].squares()) / 2;
  const double drift = std::log(k_drift_beforehand) - squares_about_line(by_place, means, weights) / 2;
  Shape shape;
  std::vector<double> pairs;
  double best = -1e300;
  std::vector<Sums> below(n + 1);  // of the first i
  for (std::size_t i = 0; i < n; ++i) {
    below[i + 1] = below[i];
    below[i + 1].add(weights[i], means[i]);
  }
  const auto between = [&](std::size_t from, std::size_t to) {
    return Sums{below[to].weight - below[from].weight, below[to].first - below[from].first,
                below[to].second - below[from].second};
  };
  for (std::size_t i = 1; i + 1 < n; ++i)
    for (std::size_t j = i + 1; j < n; ++j) {
      const Sums middle = between(i, j);
      const double squares = between(0, i).squares() + middle.squares() + between(j, n).squares();
      const double occam =
          std::min(1.0, std::sqrt(2 * std::numbers::pi / middle.weight) / (2 * std::abs(levels.step())));
      pairs.push_back(-squares / 2 + std::log(occam));
      if (pairs.back() <= best) continue;
      best = pairs.back();
      shape.first = static_cast<std::size_t>(by_place[i] - measured.data());
      shape.second = static_cast<std::size_t>(by_place[j] - measured.data());
    }
  // Of one step the best place is taken; so it is of two.
  const double two =
      pairs.empty() ? -1e300 : std::log(k_two_beforehand) + best - std::log(static_cast<double>(n));
  const double all = base::log_sum(std::vector<double>{one, two, drift});
  shape.one_step = std::exp(one - all);
  shape.two_steps = std::exp(two - all);
  shape.drift = std::exp(drift - all);
  return shape;
}

}  // namespace culprit::search
