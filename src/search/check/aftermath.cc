// The time since the last failing run is what tells: of one revision, all runs that fail began sooner after it than all that do not,
// and that more than once in turn. Chance does not sort its outcomes so, and neither does a moment at which something changed, which
// comes once.
#include "search/check/aftermath.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <vector>

#include "base/strings.h"
#include "search/check/clash.h"
#include "search/check/tuning.h"

namespace culprit::search {
namespace {

using model::CommitId;
using model::RunRecord;

constexpr double k_never = std::numeric_limits<double>::infinity();

bool fails(const RunRecord& run) {
  const model::OutcomeKind kind = kind_of(run.outcome);
  return kind == model::OutcomeKind::crashed || kind == model::OutcomeKind::timed_out;
}
bool ends(const RunRecord& run) { return fails(run) || kind_of(run.outcome) == model::OutcomeKind::ok; }

std::vector<const RunRecord*> by_time(const model::Evidence& evidence) {
  std::vector<const RunRecord*> out;
  for (const RunRecord& run : evidence.runs)
    if (run.began > 0) out.push_back(&run);
  std::ranges::stable_sort(out, {}, &RunRecord::began);
  return out;
}

// A run that fails for what another left may leave nothing itself: whose failing runs a rest is counted from.
enum class Behind { any, other_revisions };

// Seconds from the end of the last run before that failed.
std::vector<double> rests_of(const std::vector<const RunRecord*>& runs, Behind behind) {
  std::vector<double> out;
  // Of the last revision that failed, and of those before it.
  const CommitId* last = nullptr;
  double failed = -k_never, failed_before = -k_never;
  for (const RunRecord* run : runs) {
    const bool is_own = last != nullptr && *last == run->commit;
    out.push_back(run->began - (is_own && behind == Behind::other_revisions
                                    ? failed_before
                                    : std::max(failed, failed_before)));
    if (!fails(*run)) continue;
    if (!is_own) failed_before = std::max(failed, failed_before), failed = -k_never;
    failed = std::max(failed, run->began + run->seconds);
    last = &run->commit;
  }
  return out;
}

// The runs of one revision, in their order.
struct Story {
  struct Run {
    double rest = 0;
    bool failed = false;
  };
  std::vector<Run> runs;

  auto failed() const { return std::ranges::count(runs, true, &Run::failed); }
  bool always_fails() const { return !runs.empty() && failed() == std::ssize(runs); }
  bool fails_behind_others() const {
    return std::ranges::any_of(runs, [](const Run& run) { return run.failed && run.rest < k_never; });
  }
  double longest_of_failed() const {
    double out = 0;
    for (const Run& run : runs)
      if (run.failed) out = std::max(out, run.rest);
    return out;
  }
  double shortest_of_quiet() const {
    double out = k_never;
    for (const Run& run : runs)
      if (!run.failed) out = std::min(out, run.rest);
    return out;
  }
  bool is_sorted_by_rest() const { return longest_of_failed() < shortest_of_quiet(); }
  int turns() const {
    int out = 0;
    for (std::size_t i = 1; i < runs.size(); ++i) out += runs[i].failed != runs[i - 1].failed;
    return out;
  }
  // The least of the rests that are tried after which it was quiet, and sooner only failed; 0: none.
  double enough() const {
    for (const double rest : k_rests)
      if (longest_of_failed() < rest &&
          std::ranges::any_of(runs, [&](const Run& run) { return !run.failed && run.rest >= rest; }))
        return rest;
    return 0;
  }
};

// Empty where the start is not known to fail always.
std::vector<std::pair<CommitId, Story>> doubtful_ones(const model::Problem& problem,
                                                      const std::vector<const RunRecord*>& runs,
                                                      Behind behind) {
  const std::vector<double> rests = rests_of(runs, behind);
  std::map<CommitId, Story> all;
  for (std::size_t i = 0; i < runs.size(); ++i)
    if (runs[i]->variant.empty() && ends(*runs[i]))
      all[runs[i]->commit].runs.push_back({rests[i], fails(*runs[i])});
  std::vector<std::pair<CommitId, Story>> out;
  const auto start = all.find(problem.start);
  if (start == all.end() || !start->second.always_fails()) return out;
  for (const CommitId& good : problem.good)
    if (const auto at = all.find(good);
        at != all.end() && good != problem.start && at->second.fails_behind_others())
      out.push_back(*at);
  const std::size_t goods = out.size();
  for (const auto& entry : all)
    if (entry.second.turns() > 0 && std::ranges::find(problem.good, entry.first) == problem.good.end())
      out.push_back(entry);
  std::stable_sort(out.begin() + static_cast<std::ptrdiff_t>(goods), out.end(),
                   [](const auto& a, const auto& b) { return a.second.runs.size() > b.second.runs.size(); });
  return out;
}

model::Decision run_once(const model::Problem& problem, const CommitId& commit, double pause_s) {
  model::Decision decision{
      .experiments = {{.commit = commit,
                       .stage = "control",
                       .reason = pause_s > 0 ? "control: does it show some seconds after a failing run too?"
                                             : "control: does it show just behind a failing run?",
                       .pause_s = pause_s}}};
  decision.standing.bad_end = problem.start;
  return decision;
}

// What is next to be run to tell about `story`; nothing where nothing more would.
std::optional<model::Decision> next_of(const model::Problem& problem, const RunRecord& newest,
                                       const CommitId& commit, const Story& story) {
  if (story.runs.size() >= k_most_end_runs || !story.is_sorted_by_rest()) return std::nullopt;
  const double enough = story.enough();
  if (enough > 0 && !story.runs.back().failed)
    return fails(newest) ? run_once(problem, commit, 0) : run_once(problem, problem.start, 0);
  const double longest = story.longest_of_failed();
  for (const double rest : k_rests)
    if (enough > 0 ? rest >= enough : longest < rest) return run_once(problem, commit, rest);
  return std::nullopt;
}

std::string words_of(const CommitId& commit, const Story& story, double rest_s) {
  return fmt::format(
      "a run that fails makes others fail that begin soon after it: {} failed {} times, at most {} after a "
      "failing run, and not {} times, at "
      "least {} after one. From here on runs begin {} after one that failed, one at a time; those that began "
      "sooner count for nothing",
      commit.short_hex(), story.failed(), base::format_duration(story.longest_of_failed()),
      std::ssize(story.runs) - story.failed(),
      story.shortest_of_quiet() == k_never ? "some time" : base::format_duration(story.shortest_of_quiet()),
      base::format_duration(rest_s));
}

}  // namespace

Aftermath aftermath_of_runs(const model::Problem& problem, const model::Evidence& evidence,
                            const model::Conclusion* told) {
  if (!problem.runs_meet || problem.goal != model::Goal::cause) return {};
  const std::vector<const RunRecord*> runs = by_time(evidence);
  const bool names_nothing = told != nullptr && (told->kind == model::ResultKind::good_end_crashes ||
                                                 told->kind == model::ResultKind::inconclusive);
  std::optional<model::Decision> wanted;
  for (const Behind behind : {Behind::any, Behind::other_revisions}) {
    const auto doubtful = doubtful_ones(problem, runs, behind);
    for (const auto& [commit, story] : doubtful) {
      const double enough = story.enough();
      if (enough == 0 || !story.is_sorted_by_rest() || story.turns() < k_turns_of_rest) continue;
      const double rest =
          std::min(enough, std::max(story.shortest_of_quiet(), 2 * story.longest_of_failed()));
      return {.words = words_of(commit, story, rest), .rest_s = rest};
    }
    if (wanted || doubtful.empty()) continue;
    const auto& [commit, story] = doubtful.front();
    // A good end of two minds is asked at once: every other explanation would be looked for with runs that fail for the same reason.
    const bool is_good = std::ranges::find(problem.good, commit) != problem.good.end();
    if (names_nothing || (is_good && story.turns() > 0))
      wanted = next_of(problem, *runs.back(), commit, story);
  }
  if (wanted && !evidence.pending.empty()) wanted->experiments.clear();
  return {.words = {}, .wanted = std::move(wanted)};
}

model::Evidence rested_runs(const model::Evidence& evidence, double rest_s) {
  const std::vector<const RunRecord*> runs = by_time(evidence);
  const std::vector<double> rests = rests_of(runs, Behind::any);
  std::vector<bool> hasty(evidence.runs.size(), false);
  for (std::size_t i = 0; i < runs.size(); ++i)
    hasty[static_cast<std::size_t>(runs[i] - evidence.runs.data())] = rests[i] < rest_s;
  model::Evidence out = evidence;
  out.runs.clear();
  for (std::size_t i = 0; i < evidence.runs.size(); ++i)
    if (!hasty[i]) out.runs.push_back(evidence.runs[i]);
  return out;
}

model::Decision with_rests(const model::Evidence& evidence, model::Decision decision, double rest_s) {
  decision = one_at_a_time(evidence, std::move(decision));
  const std::vector<const RunRecord*> runs = by_time(evidence);
  if (runs.empty() || !fails(*runs.back())) return decision;
  for (model::Experiment& experiment : decision.experiments)
    if (experiment.runs > 0) experiment.pause_s = std::max(experiment.pause_s, rest_s);
  return decision;
}

}  // namespace culprit::search
