// A crash under another title is one of two things, and both leave traces over the history:
// - The same bug renamed (a function renamed, another detector first). Then it shows only where the bug is,
//   and which title a crash of the bug has depends on where: mostly one title on one side of some commit (the
//   rename), another on the other side. A bug with three titles was renamed twice: the newest title is told
//   from the rest, then the next newest from what is left, so that each rename is paid for once.
// - Another bug. It has its own history, whatever the chased bug does: there from some commit on, or since
//   ever, to some other commit, or to the end.
// Each is a probability of all sightings of that title, summed over the commits at which its border or
// borders may lie. As with the culprit, only cells of commits matter, so the sums are short. The odds of "the
// same" against "another" are the odds that identity gives from the reports' content, times the ratio of
// these two sums, times how well the runs then agree with one culprit, which is the posterior's business. A
// rename next to the place where the known title begins is a coincidence for two bugs and a necessity for
// one: that is what settles most cases.
//
// Sums of beta functions: shares and rates are integrated over Beta priors, Jeffreys' for the share of a
// title, Beta(1/2, 1) for the rate of another bug.
#include "search/belief/titles.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/log_space.h"
#include "model/run_says.h"
#include "search/belief/tuning.h"

namespace culprit::search {
namespace {

// Where another bug is; the chances are 1 together.
struct Life {
  double everywhere;
  double fixed;
  double born;
  double born_and_fixed;
  double always;  // the chance that all runs show it where it is
};
// Bugs live for years, a range spans months, so both ends in it are rare.
constexpr Life k_life_of_a_bug = {
    .everywhere = 0.5, .fixed = 0.335, .born = 0.15, .born_and_fixed = 0.015, .always = 0};
// A test that fails for a while, in whatever way, is nothing special.
constexpr Life k_life_of_a_failure = {
    .everywhere = 0.4, .fixed = 0.2, .born = 0.15, .born_and_fixed = 0.25, .always = 0.6};

// ln Gamma of n / 2, tabulated: all beta functions here have half-integer arguments.
double log_gamma_half(int n) {
  static const std::vector<double> table = [] {
    std::vector<double> t(4096);
    for (int i = 1; i < 4096; ++i) t[static_cast<std::size_t>(i)] = std::lgamma(i / 2.0);
    return t;
  }();
  return n < 4096 ? table[static_cast<std::size_t>(n)] : std::lgamma(n / 2.0);
}

// base::log_beta_binomial(x / 2, y / 2, a, b), from the table.
double log_mean(int a, int b, int x, int y) {
  return log_gamma_half(2 * a + x) + log_gamma_half(2 * b + y) - log_gamma_half(2 * (a + b) + x + y) -
         (log_gamma_half(x) + log_gamma_half(y) - log_gamma_half(x + y));
}

struct Totals {
  int hits = 0;
  int misses = 0;
  Totals operator-(const Totals& o) const { return {hits - o.hits, misses - o.misses}; }
};

// Sums over the observations that hold a commit of each cell.
std::vector<Totals> totals_by_cell(const Cells& cells, std::span<const Totals> seen) {
  std::vector<Totals> totals(cells.size());
  for (std::size_t c = 0; c < cells.size(); ++c)
    for (std::size_t i = 0; i < seen.size(); ++i)
      if (seen[i].hits + seen[i].misses > 0 && cells[c].positive(i)) {
        totals[c].hits += seen[i].hits;
        totals[c].misses += seen[i].misses;
      }
  return totals;
}

double total_prior(const Cells& cells) {
  double sum = 0;
  for (const auto& cell : cells.cells()) sum += cell.prior;
  return sum;
}

// ln P(which of the bug's crashes have the title): one share everywhere, or two sides of a rename.
double log_renamed(const Cells& cells, std::span<const Totals> seen) {
  Totals all;
  for (const Totals& t : seen) all = {all.hits + t.hits, all.misses + t.misses};
  // On one side of a rename nearly all crashes have one title; else any share will do.
  const auto share = [](const Totals& t) {
    const double most = std::log1p(-k_slip), least = std::log(k_slip);
    const double pure = base::log_add(t.hits * most + t.misses * least, t.hits * least + t.misses * most);
    return base::log_add(std::log(k_pure / 2) + pure, std::log1p(-k_pure) + log_mean(t.hits, t.misses, 1, 1));
  };
  const std::vector<Totals> newer = totals_by_cell(cells, seen);
  const double prior = total_prior(cells);
  double sum = std::log(1 - k_renamed) + share(all);
  for (std::size_t c = 0; c < cells.size(); ++c)
    if (cells[c].prior > 0)
      sum = base::log_add(
          sum, std::log(k_renamed * cells[c].prior / prior) + share(newer[c]) + share(all - newer[c]));
  return sum;
}

// ln P(where another bug of this title is seen): from its birth to its fix, either of which may be outside.
double log_another(const Cells& cells, std::span<const Totals> seen, const Life& life) {
  Totals all;
  for (const Totals& t : seen) all = {all.hits + t.hits, all.misses + t.misses};
  const auto region = [&](const Totals& in) {
    const Totals out = all - in;
    const double some = log_mean(in.hits, in.misses, 1, 2);
    const double all_of_them = in.hits * std::log1p(-k_slip) + in.misses * std::log(k_slip);
    const double inside = base::log_add(std::log1p(-life.always) + some, std::log(life.always) + all_of_them);
    return inside + out.hits * std::log(k_stray) + out.misses * std::log1p(-k_stray);
  };
  const std::vector<Totals> since = totals_by_cell(cells, seen);
  const double prior = total_prior(cells);
  double sum = std::log(life.everywhere) + region(all);
  for (std::size_t born = 0; born < cells.size(); ++born) {
    if (cells[born].prior <= 0) continue;
    const double w = std::log(cells[born].prior / prior);
    sum = base::log_add(sum, std::log(life.born) + w + region(since[born]));  // born here, never fixed
    sum = base::log_add(
        sum, std::log(life.fixed) + w + region(all - since[born]));  // there since ever, fixed here
    if (since[born].hits == 0) continue;
    for (std::size_t fixed = 0; fixed < cells.size(); ++fixed) {
      if (cells[fixed].prior <= 0 || fixed == born) continue;
      // Holds the birth but not the fix.
      Totals in;
      for (std::size_t i = 0; i < seen.size(); ++i)
        if (cells[born].positive(i) && !cells[fixed].positive(i)) {
          in.hits += seen[i].hits;
          in.misses += seen[i].misses;
        }
      sum = base::log_add(sum, std::log(life.born_and_fixed * cells[fixed].prior / prior) + w + region(in));
    }
  }
  return sum;
}

// How new the revisions are on which a title shows: the mean mass of their ancestors.
double newness(const Cells& cells, const OpenTitle& title) {
  double sum = 0, crashes = 0;
  for (std::size_t i = 0; i < title.crashes.size(); ++i) {
    if (title.crashes[i] == 0) continue;
    double mass = 0;
    for (const auto& cell : cells.cells()) mass += cell.positive(i) ? cell.prior : 0;
    sum += title.crashes[i] * mass;
    crashes += title.crashes[i];
  }
  return crashes > 0 ? sum / crashes : 0;
}

// ln P(the titles of the bug's crashes), where `same` are the open ones that are the bug.
double log_titles(const Cells& cells, const TitledRuns& runs, const Reading& reading,
                  std::vector<std::size_t> same) {
  std::vector<double> newest(runs.open.size(), 0);
  for (const std::size_t t : same) newest[t] = std::round(1e9 * newness(cells, runs.open[t]));
  std::ranges::stable_sort(same, std::ranges::greater{}, [&](std::size_t t) { return newest[t]; });
  // Titles that are split off already, and those that are left.
  std::vector<Totals> totals(reading.samples.size());
  for (std::size_t i = 0; i < totals.size(); ++i) {
    totals[i].misses = reading.samples[i].crashes;
    for (const std::size_t t : same) totals[i].misses -= runs.open[t].crashes[i];
    totals[i].hits = reading.samples[i].crashes - totals[i].misses;
  }
  double sum = 0;
  for (const std::size_t t : same) {
    sum += log_renamed(cells, totals);
    for (std::size_t i = 0; i < totals.size(); ++i) {
      totals[i].misses = runs.open[t].crashes[i];
      totals[i].hits -= runs.open[t].crashes[i];
    }
  }
  return sum;
}

}  // namespace

std::vector<Reading> make_readings(const TitledRuns& runs, const Cells& cells) {
  const std::size_t n = runs.quiet.size();
  // The titles that are seen most stay open.
  std::vector<std::size_t> open;
  for (std::size_t t = 0; t < runs.open.size(); ++t) open.push_back(t);
  const auto seen = [&](std::size_t t) {
    return std::accumulate(runs.open[t].crashes.begin(), runs.open[t].crashes.end(), 0);
  };
  std::ranges::stable_sort(open, std::ranges::greater{}, seen);
  if (open.size() > k_open_titles) open.resize(k_open_titles);

  std::vector<int> all(n, 0);  // runs that came to an end, one way or another
  for (std::size_t i = 0; i < n; ++i) {
    all[i] = runs.quiet[i] + runs.certain[i];
    for (const OpenTitle& title : runs.open) all[i] += title.crashes[i];
  }
  std::vector<double> another(open.size());
  for (std::size_t k = 0; k < open.size(); ++k) {
    std::vector<Totals> totals(n);
    for (std::size_t i = 0; i < n; ++i)
      totals[i] = {runs.open[open[k]].crashes[i], all[i] - runs.open[open[k]].crashes[i]};
    another[k] = log_another(cells, totals, runs.open[open[k]].bare ? k_life_of_a_failure : k_life_of_a_bug);
  }

  std::vector<Reading> readings;
  for (std::size_t choice = 0; choice < std::size_t{1} << open.size(); ++choice) {
    Reading reading{.samples = std::vector<Sample>(n), .same = std::vector<bool>(runs.open.size())};
    for (std::size_t t = 0; t < runs.open.size(); ++t)
      reading.same[t] = runs.open[t].believed >= model::k_shown;
    for (std::size_t k = 0; k < open.size(); ++k) reading.same[open[k]] = (choice >> k & 1) != 0;
    for (std::size_t i = 0; i < n; ++i) {
      Sample& sample = reading.samples[i];
      sample.crashes = runs.certain[i];
      sample.runs = runs.quiet[i];
      for (std::size_t t = 0; t < runs.open.size(); ++t)
        (reading.same[t] ? sample.crashes : sample.runs) +=
            reading.same[t] ? runs.open[t].crashes[i] : runs.open[t].completed[i];
      sample.runs += sample.crashes;
    }
    std::vector<std::size_t> same;
    for (std::size_t k = 0; k < open.size(); ++k) {
      const OpenTitle& title = runs.open[open[k]];
      reading.log_prior +=
          reading.same[open[k]] ? std::log(title.prior) : std::log1p(-title.prior) + another[k];
      if (reading.same[open[k]]) same.push_back(open[k]);
    }
    reading.log_prior += log_titles(cells, runs, reading, std::move(same));
    readings.push_back(std::move(reading));
  }
  const double most = std::ranges::max_element(readings, {}, &Reading::log_prior)->log_prior;
  for (Reading& reading : readings) reading.log_prior -= most;
  return readings;
}

}  // namespace culprit::search
