// Beliefs from a lab's own history: empirical Bayes over finished bisections.
//
// The crash rate's prior is a mixture over the points of a grid (rates.h). Each lesson is one draw of a point, seen
// through the runs of its bad binaries; the weights that make the lessons likeliest are found by expectation
// maximisation (Dempster, Laird and Rubin, 1977), with a Dirichlet prior of k_experience_weighs lessons at the weights
// that are shrunk to: the mode of its posterior, with counts that are never negative. A binary that was quiet counts
// like one that crashed, if it is on the bad side of the answer: to count crashing ones only would teach that rates
// are high and steady. That runs are spent where they tell most does not matter: how many there are says nothing
// beyond what they showed.
//
// Shares are means of the bisections' shares, not of all runs: a bisection is the unit that differs from the next.
// Ages are log-logistic, as the walk over releases has them (prior.cc): the mean of ln y is the ln of the median, and
// where only y > c is known, ln y is ln c + 1 on average far out, where the tail is that of 1/y.
//
// Rejected: the rates' maximum likelihood without shrinkage. Ten lessons of reproducers that always crash would leave
// no weight for one that does not.
#include "search/belief/experience.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "search/belief/rates.h"
#include "search/belief/tuning.h"
#include "search/evidence/tally.h"

namespace culprit::search {
namespace {

using model::Beliefs;
using model::Lesson;

constexpr int k_em_rounds = 60;     // the weights' change is below 1e-4 well before
constexpr double k_youngest = 0.5;  // releases: newer than the newest one

std::vector<double> shipped_rates() {
  std::vector<double> out;
  for (const Rate& rate : rates()) out.push_back(rate.prior);
  return out;
}

// P(lesson | point of the grid), up to a factor.
using Likelihood = std::array<double, k_rates>;
std::vector<Likelihood> likelihoods(const std::vector<const Lesson*>& lessons) {
  std::vector<Likelihood> out;
  for (const Lesson* lesson : lessons) {
    if (lesson->bad.empty()) continue;
    Likelihood logs{};
    for (const Lesson::Sample& sample : lesson->bad)
      add_log_bad({.crashes = sample.crashes, .runs = sample.runs}, logs);
    const double most = *std::ranges::max_element(logs);
    for (double& value : logs) value = std::exp(value - most);
    out.push_back(logs);
  }
  return out;
}

std::vector<double> learned_rates(const std::vector<const Lesson*>& lessons,
                                  const std::vector<double>& from) {
  const auto seen = likelihoods(lessons);
  std::vector<double> weights = from;
  for (int round = 0; round < k_em_rounds && !seen.empty(); ++round) {
    std::vector<double> counts(k_rates, 0);
    for (const Likelihood& likelihood : seen) {
      const double all = std::inner_product(weights.begin(), weights.end(), likelihood.begin(), 0.0);
      if (all <= 0) continue;
      for (std::size_t j = 0; j < k_rates; ++j) counts[j] += weights[j] * likelihood[j] / all;
    }
    const double sum = std::accumulate(counts.begin(), counts.end(), k_experience_weighs);
    for (std::size_t j = 0; j < k_rates; ++j) weights[j] = (k_experience_weighs * from[j] + counts[j]) / sum;
  }
  return weights;
}

double learned_share(const std::vector<const Lesson*>& lessons, int Lesson::* part, int Lesson::* of,
                     double from) {
  double sum = k_experience_weighs * from;
  double count = k_experience_weighs;
  for (const Lesson* lesson : lessons) {
    if (lesson->*of <= 0) continue;
    sum += static_cast<double>(lesson->*part) / lesson->*of;
    ++count;
  }
  return sum / count;
}

double learned_age(const std::vector<const Lesson*>& lessons, double from) {
  double sum = k_experience_weighs * std::log(from);
  double count = k_experience_weighs;
  for (const Lesson* lesson : lessons) {
    if (!lesson->age) continue;
    sum += std::log(std::max(k_youngest, *lesson->age)) + (lesson->older ? 1 : 0);
    ++count;
  }
  return std::exp(sum / count);
}

// One level of the shrinkage: what `lessons` make of `from`.
Beliefs moved(const std::vector<const Lesson*>& lessons, const Beliefs& from) {
  Beliefs out;
  out.rates = learned_rates(lessons, from.rates);
  out.lost = learned_share(lessons, &Lesson::lost, &Lesson::runs, *from.lost);
  out.masked = learned_share(lessons, &Lesson::masked, &Lesson::ended, *from.masked);
  out.broken = learned_share(lessons, &Lesson::broken, &Lesson::builds, *from.broken);
  out.half_age_releases = learned_age(lessons, *from.half_age_releases);
  return out;
}

Beliefs shipped() {
  return {.rates = shipped_rates(),
          .lost = k_prior_lost,
          .masked = k_prior_masked,
          .broken = k_always_risk,
          .half_age_releases = k_half_age_releases,
          .others = {}};
}

// Runs of each bad binary. Where a title is open on it, what its crashes are is not settled.
std::vector<Lesson::Sample> bad_samples(const Tally& tally, const std::vector<std::uint8_t>& has_it) {
  std::map<std::size_t, Counts> of_binary;
  for (const Revision& revision : tally.revisions()) {
    if (has_it[revision.node] == 0) continue;
    const Counts own = tally.own(revision);
    Counts& all = of_binary[revision.group];
    all.shown += own.shown;
    all.quiet += own.quiet;
    all.open += own.open;
  }
  std::vector<Lesson::Sample> out;
  for (const auto& [binary, counts] : of_binary)
    if (counts.valid() > 0 && counts.open <= counts.shown)
      out.push_back({.crashes = counts.shown, .runs = counts.valid()});
  return out;
}

// Hidden behind them, or still open where the bug is not.
std::vector<std::string> other_titles(const Tally& tally, const std::vector<std::uint8_t>& is_free) {
  std::set<std::string> titles;
  for (const Revision& revision : tally.revisions())
    for (const model::RunRecord* run : revision.runs) {
      const model::RunSays says = model::what_says(*run);
      const bool other =
          says == model::RunSays::hidden || (says == model::RunSays::open && is_free[revision.node] != 0);
      if (const std::string_view title = crash_title(*run); other && !title.empty()) titles.emplace(title);
    }
  return {titles.begin(), titles.end()};
}

}  // namespace

Lesson lesson_of(const model::CommitGraph& graph, const model::Problem& problem,
                 const model::Evidence& evidence, const model::Conclusion& conclusion) {
  const Tally tally(graph, evidence);
  Lesson out;
  for (const Revision& revision : tally.revisions()) {
    const Counts counts = tally.own(revision);
    out.runs += counts.all();
    out.lost += counts.lost;
    out.ended += counts.attempts();
    out.masked += counts.mute();
    out.builds += revision.built || revision.broken;
    out.broken += revision.broken && !revision.built;
  }
  const bool cause = problem.goal == model::Goal::cause;
  if (cause && conclusion.kind == model::ResultKind::horizon && !problem.releases.empty()) {
    out.age = static_cast<double>(problem.releases.size());
    out.older = true;
  }
  const auto culprit = conclusion.culprit ? graph.find(*conclusion.culprit) : std::nullopt;
  if (conclusion.kind != model::ResultKind::culprit || !culprit) return out;

  // What descends from the culprit has it: the bug, or the fix. Before the fix, what descends from the start has the bug.
  const auto below = [&](NodeIndex top) {
    std::vector<std::uint8_t> marks(graph.size(), 0);
    marks[top] = 1;
    for (NodeIndex node = top + 1; node < graph.size(); ++node)
      for (const NodeIndex parent : graph.parents(node)) marks[node] |= marks[parent];
    return marks;
  };
  std::vector<std::uint8_t> has_it = below(*culprit);
  std::vector<std::uint8_t> is_free = has_it;
  if (cause) {
    for (std::uint8_t& mark : is_free) mark = mark == 0;
  } else {
    has_it = below(*graph.find(problem.start));
    for (NodeIndex node = 0; node < graph.size(); ++node) has_it[node] &= is_free[node] == 0;
  }
  out.bad = bad_samples(tally, has_it);
  out.others = other_titles(tally, is_free);
  if (cause && !problem.releases.empty()) {
    out.age = static_cast<double>(std::ranges::count_if(problem.releases, [&](const model::ReleaseTag& tag) {
      const auto release = graph.find(tag.commit);
      return release && has_it[*release] != 0;
    }));
  }
  return out;
}

Beliefs learned(std::span<const Lesson> lessons, std::string_view tree) {
  if (lessons.empty()) return {};
  std::vector<const Lesson*> lab;
  std::vector<const Lesson*> own;
  for (const Lesson& lesson : lessons) {
    lab.push_back(&lesson);
    if (lesson.tree == tree) own.push_back(&lesson);
  }
  Beliefs out = moved(lab, shipped());
  if (!own.empty() && own.size() < lab.size()) out = moved(own, out);
  for (const Lesson* lesson : own)
    for (const std::string& title : lesson->others) ++out.others[title];
  return out;
}

std::vector<double> rate_weights(const Beliefs& beliefs) {
  return beliefs.rates.size() == k_rates ? beliefs.rates : shipped_rates();
}

std::vector<BeliefRow> told(const Beliefs& beliefs) {
  const std::vector<double> before = shipped_rates();
  const std::vector<double> now = rate_weights(beliefs);
  const auto band = [](const std::vector<double>& weights, double least, double below, bool swings) {
    double sum = 0;
    for (std::size_t j = 0; j < k_rates; ++j) {
      const double mean = rates()[j].mean;
      if ((j >= k_steady_means) == swings && mean >= least && mean < below) sum += weights[j];
    }
    return sum;
  };
  std::vector<BeliefRow> rows;
  const auto add_band = [&](std::string_view key, std::string_view what, double least, double below,
                            bool swings) {
    rows.push_back({key, what, band(before, least, below, swings), band(now, least, below, swings)});
  };
  add_band("always", "reproducers that crash in 96 % of their runs or more, on all bad revisions", 0.96, 2,
           false);
  add_band("often", "in half of them or more", 0.5, 0.96, false);
  add_band("sometimes", "in less than half of them", 0, 0.5, false);
  add_band("swings", "whose rate swings from revision to revision", 0, 2, true);
  rows.push_back({"lost", "runs that the machine loses", k_prior_lost, beliefs.lost.value_or(k_prior_lost)});
  rows.push_back({"masked", "runs that end in something else than the bug's test", k_prior_masked,
                  beliefs.masked.value_or(k_prior_masked)});
  rows.push_back(
      {"broken", "revisions that do not build", k_always_risk, beliefs.broken.value_or(k_always_risk)});
  rows.push_back({"half_age_releases", "releases back, where half of the bugs are younger",
                  k_half_age_releases, beliefs.half_age_releases.value_or(k_half_age_releases), false});
  return rows;
}

}  // namespace culprit::search
