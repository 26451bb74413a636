// A search picks its revisions by the outcomes so far, so that "the first runs crash, later ones do not" and
// "the newest revisions crash, older ones do not" look alike: the newest was run first. Only going back tells
// them apart (controls.h). Here the two are weighed, as sequences: ln of the probability of exactly these
// outcomes in this order, under each explanation with all its rates integrated out.
#include "search/check/explanations.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <map>
#include <numbers>
#include <vector>

#include "base/log_space.h"
#include "search/check/shared_rate.h"
#include "search/check/tuning.h"

namespace culprit::search {
namespace {

// ln of what cannot be: an explanation that does not apply.
constexpr double k_impossible = -1e300;

// The two-rate split of runs that an explanation makes.
struct Split {
  double log_likelihood = 0;
  SharedRate first, second;
  std::size_t at = 0;  // time: the run from which on the second rate holds
};

template <class InFirst>
Split split_by(std::span<const ControlledRun> runs, InFirst in_first) {
  Split out;
  for (std::size_t i = 0; i < runs.size(); ++i) (in_first(i) ? out.first : out.second).add(runs[i].shown);
  out.log_likelihood = out.first.log_marginal() + out.second.log_marginal();
  return out;
}

// ln P(runs before and after a moment). Nothing is known of either rate; or on one side there is no bug, and what looks like it
// is as rare as on revisions without it.
double log_of_sides(const SharedRate& before, const SharedRate& after) {
  const auto log_free = [](const SharedRate& side) {
    return base::log_beta_binomial(k_false_alpha, k_false_beta, side.shown, side.quiet());
  };
  const double before_any = before.log_marginal(), after_any = after.log_marginal();
  const double one_free = base::log_add(before_any + log_free(after), log_free(before) + after_any);
  return base::log_add(before_any + after_any, one_free - std::numbers::ln2) - std::numbers::ln2;
}

// The best moment, and the likelihood over all moments. Half of the changes come at any time, the others early: what
// warms up, fills a cache or is used up does so in the first runs, on whatever scale (log-uniform).
Split split_in_time(std::span<const ControlledRun> runs) {
  Split best{.log_likelihood = k_impossible};
  SharedRate before, all;
  double scale = 0;  // the sum of 1 / moment
  for (std::size_t at = 1; at < runs.size(); ++at) scale += 1 / static_cast<double>(at);
  for (const ControlledRun& run : runs) all.add(run.shown);
  double sum = k_impossible;
  for (std::size_t at = 1; at < runs.size(); ++at) {
    before.add(runs[at - 1].shown);
    const SharedRate after{all.shown - before.shown, all.runs - before.runs};
    const double any_time = 1 / (static_cast<double>(runs.size()) - 1);
    const double early = 1 / (scale * static_cast<double>(at));
    const double l = log_of_sides(before, after) + std::log((any_time + early) / 2);
    if (l > best.log_likelihood) best = {l, before, after, at};
    sum = base::log_add(sum, l);
  }
  best.log_likelihood = sum;
  return best;
}

struct Weighing {
  std::array<double, k_explanations> logs{};
  std::array<std::string, k_explanations> words;
  Weighing() { logs.fill(k_impossible); }

  double& operator[](Explanation e) { return logs[static_cast<std::size_t>(e)]; }
  std::string& say(Explanation e) { return words[static_cast<std::size_t>(e)]; }
};

std::string of(const SharedRate& count) { return fmt::format("{} of {}", count.shown, count.runs); }

std::string clock_time(double seconds) {
  if (seconds <= 0) return {};
  const auto time = static_cast<std::time_t>(seconds);
  std::tm local{};
  if (localtime_r(&time, &local) == nullptr) return {};
  return fmt::format(", since {:%H:%M:%S}", local);
}

void weigh_always(std::span<const ControlledRun> runs, Weighing& out) {
  SharedRate all;
  for (const ControlledRun& run : runs) all.add(run.shown);
  out[Explanation::always] = all.log_marginal();
  out.say(Explanation::always) = fmt::format(
      "the test fails now and then whatever it is given: it shows in {} runs, and no revision stands out",
      of(all));
}

void weigh_time(std::span<const ControlledRun> runs, Weighing& out) {
  if (runs.size() < 2) return;
  const Split split = split_in_time(runs);
  out[Explanation::time] = split.log_likelihood;
  out.say(Explanation::time) = fmt::format(
      "the outcome depends on when it is run: it shows in {} of the first {} runs, and in {} of the {} "
      "after them{}, whatever the revision",
      split.first.shown, split.first.runs, split.second.shown, split.second.runs,
      clock_time(runs[split.at].began));
}

// Two readings of "first", each as likely.
void weigh_first_run(std::span<const ControlledRun> runs, Weighing& out) {
  const auto in_checkout = [&](std::size_t i) { return runs[i].in_checkout == 0; };
  const auto of_revision = [&](std::size_t i) { return runs[i].of_revision == 0; };
  const auto weigh = [&](const Split& split, std::string_view which) {
    if (split.first.runs == 0 || split.second.runs == 0) return;
    double& log = out[Explanation::first_run];
    if (split.log_likelihood > log)
      out.say(Explanation::first_run) = fmt::format(
          "the outcome depends on the place of a run: it shows in {} {}, and in {} later ones, whatever the "
          "revision",
          of(split.first), which, of(split.second));
    log = base::log_add(log, split.log_likelihood - std::numbers::ln2);
  };
  weigh(split_by(runs, of_revision), "first runs of a revision");
  if (!runs.empty() && runs[0].in_checkout >= 0)
    weigh(split_by(runs, in_checkout), "first runs of a checkout that was just made or built");
}

void weigh_slots(std::span<const ControlledRun> runs, Weighing& out) {
  std::map<int, SharedRate> slots;
  for (const ControlledRun& run : runs) slots[run.slot].add(run.shown);
  if (slots.size() < 2 || slots.contains(-1)) return;
  double log = 0;
  std::vector<std::string> each;
  for (const auto& [slot, count] : slots) {
    log += count.log_marginal();
    each.push_back(fmt::format("{} in slot {}", of(count), slot));
  }
  out[Explanation::slot] = log;
  out.say(Explanation::slot) =
      fmt::format("the outcome depends on the slot of a run: it shows in {}, whatever the revision",
                  fmt::join(each, ", "));
}

}  // namespace

void Sides::add(bool holds, bool shown) {
  (holds ? holds_shown : rest_shown) += shown;
  ++(holds ? holds_runs : rest_runs);
}

double log_of_commit(const Sides& s, double commits) {
  return SharedRate{s.holds_shown, s.holds_runs}.log_marginal() +
         base::log_beta_binomial(k_false_alpha, k_false_beta, s.rest_shown, s.rest_runs - s.rest_shown) -
         std::log(std::max(1.0, commits));
}

Explained explain(std::span<const ControlledRun> runs, double log_of_commit) {
  Weighing weighing;
  weighing[Explanation::commit] = log_of_commit;
  weigh_always(runs, weighing);
  weigh_time(runs, weighing);
  weigh_first_run(runs, weighing);
  weigh_slots(runs, weighing);
  const std::array<double, k_explanations> priors = {
      1 - k_prior_always - k_prior_time - k_prior_first_run - k_prior_slot, k_prior_always, k_prior_time,
      k_prior_first_run, k_prior_slot};
  Explained out;
  for (std::size_t e = 0; e < k_explanations; ++e) weighing.logs[e] += std::log(priors[e]);
  const double most = *std::ranges::max_element(weighing.logs);
  double sum = 0;
  for (std::size_t e = 0; e < k_explanations; ++e)
    sum += out.probability[e] = std::exp(weighing.logs[e] - most);
  for (double& p : out.probability) p /= sum;
  const auto best = std::max_element(out.probability.begin() + 1, out.probability.end());
  out.other = static_cast<Explanation>(best - out.probability.begin());
  out.words = weighing.words[static_cast<std::size_t>(out.other)];
  return out;
}

}  // namespace culprit::search
