// Pairs of runs are what tells: one that fails, itself after a rest, and one of another revision behind it, at once or after the rest. Where
// those at once all fail and those after the rest never do, by turns, that is not chance; nor a moment at which something changed, which
// comes once; nor a lock that the next run takes away, whenever that begins.
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

// Seconds from the end of the last run before that failed.
std::vector<double> rests_of(const std::vector<const RunRecord*>& runs) {
  std::vector<double> out;
  double failed = -k_never;
  for (const RunRecord* run : runs) {
    out.push_back(run->began - failed);
    if (fails(*run)) failed = std::max(failed, run->began + run->seconds);
  }
  return out;
}

enum class PairsSay { no, yes, wants_one_at_once, wants_one_after_a_rest };

// The runs of one revision.
struct Story {
  struct Pair {
    double rest_before = 0;  // of the failing run of another revision, seconds
    double rest = 0;         // between that and this
    bool failed = false;
  };
  std::vector<Pair> pairs;  // in their order
  int failed = 0, quiet = 0;
  double longest_rest = 0;  // behind any failing run

  bool is_of_two_minds() const { return failed > 0 && quiet > 0; }

  PairsSay judge(double rest) const {
    std::size_t seen = 0;
    int turns = 0;
    std::optional<bool> last;
    for (const Pair& pair : pairs) {
      if (pair.rest_before < k_rests.back())
        continue;  // it may have failed for another one's sake, and leave nothing
      ++seen;
      const bool at_once = pair.rest < rest / 2;
      if (!at_once && pair.rest < rest) continue;
      if (pair.failed != at_once) return PairsSay::no;
      turns += last && *last != pair.failed;
      last = pair.failed;
    }
    if (turns >= k_turns_of_rest) return PairsSay::yes;
    if (seen >= k_most_pairs) return PairsSay::no;
    return last.value_or(false) ? PairsSay::wants_one_after_a_rest : PairsSay::wants_one_at_once;
  }
};

// Empty where the start is not known to fail always. Good ends first.
std::vector<std::pair<CommitId, Story>> doubtful_ones(const model::Problem& problem,
                                                      const std::vector<const RunRecord*>& runs) {
  const std::vector<double> rests = rests_of(runs);
  std::map<CommitId, Story> all;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const RunRecord& run = *runs[i];
    if (!run.variant.empty() || !ends(run)) continue;
    Story& story = all[run.commit];
    ++(fails(run) ? story.failed : story.quiet);
    story.longest_rest = std::max(story.longest_rest, rests[i]);
    if (i > 0 && fails(*runs[i - 1]) && runs[i - 1]->commit != run.commit)
      story.pairs.push_back({rests[i - 1], rests[i], fails(run)});
  }
  std::vector<std::pair<CommitId, Story>> out;
  const auto start = all.find(problem.start);
  if (start == all.end() || start->second.failed == 0 || start->second.quiet > 0) return out;
  for (const CommitId& good : problem.good)
    if (const auto at = all.find(good); at != all.end() && good != problem.start && at->second.failed > 0)
      out.push_back(*at);
  const std::size_t goods = out.size();
  for (const auto& entry : all)
    if (entry.second.is_of_two_minds() && std::ranges::find(problem.good, entry.first) == problem.good.end())
      out.push_back(entry);
  std::stable_sort(out.begin() + static_cast<std::ptrdiff_t>(goods), out.end(),
                   [](const auto& a, const auto& b) {
                     return a.second.failed + a.second.quiet > b.second.failed + b.second.quiet;
                   });
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
std::optional<model::Decision> next_of(const model::Problem& problem,
                                       const std::vector<const RunRecord*>& runs, const CommitId& commit,
                                       const Story& story) {
  if (!story.is_of_two_minds())
    return story.longest_rest < k_rests.back() ? std::optional(run_once(problem, commit, k_rests.back()))
                                               : std::nullopt;
  for (const double rest : k_rests) {
    const PairsSay told = story.judge(rest);
    if (told == PairsSay::no) continue;
    const bool is_ready =
        fails(*runs.back()) && runs.back()->commit != commit && rests_of(runs).back() >= k_rests.back();
    return is_ready ? run_once(problem, commit, told == PairsSay::wants_one_at_once ? 0 : rest)
                    : run_once(problem, problem.start, k_rests.back());
  }
  return std::nullopt;
}

std::string words_of(const CommitId& commit, double rest_s) {
  return fmt::format(
      "a run that fails makes others fail that begin soon after it: {} failed each time just behind a "
      "failing run, and never {} after one. "
      "From here on runs begin so long after one that failed, one at a time; those that began sooner count "
      "for nothing",
      commit.short_hex(), base::format_duration(rest_s));
}

}  // namespace

Aftermath aftermath_of_runs(const model::Problem& problem, const model::Evidence& evidence,
                            const model::Conclusion* told) {
  if (!problem.runs_meet || problem.goal != model::Goal::cause) return {};
  const std::vector<const RunRecord*> runs = by_time(evidence);
  const bool names_nothing = told != nullptr && (told->kind == model::ResultKind::good_end_crashes ||
                                                 told->kind == model::ResultKind::inconclusive);
  const auto doubtful = doubtful_ones(problem, runs);
  for (const auto& [commit, story] : doubtful)
    for (const double rest : k_rests)
      if (story.judge(rest) == PairsSay::yes) return {.words = words_of(commit, rest), .rest_s = rest};
  if (doubtful.empty()) return {};
  const auto& [commit, story] = doubtful.front();
  // A good end of two minds is asked at once: every other explanation would be looked for with runs that fail for the same reason.
  const bool is_good = std::ranges::find(problem.good, commit) != problem.good.end();
  if (!names_nothing && !(is_good && story.is_of_two_minds())) return {};
  std::optional<model::Decision> wanted = next_of(problem, runs, commit, story);
  if (wanted && !evidence.pending.empty()) wanted->experiments.clear();
  return {.words = {}, .wanted = std::move(wanted)};
}

model::Evidence rested_runs(const model::Evidence& evidence, double rest_s) {
  const std::vector<const RunRecord*> runs = by_time(evidence);
  const std::vector<double> rests = rests_of(runs);
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
