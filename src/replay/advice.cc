// A crash that hides the bug has a detector or a subsystem of its own. Where the bug does not need that
// detector, it can be switched off (model::detectors). Otherwise the subsystem of the crash
// is what to leave out.
#include "replay/advice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "identity/looks/kinds.h"
#include "replay/replay.h"

namespace culprit::replay {
namespace {

using model::Verdict;

const model::Detector* detector_of(std::string_view title) {
  return model::find_detector(identity::detector_of(identity::parse_title(title).kind, title));
}

// "without CONFIG_PROVE_LOCKING, which the bug does not need", for what hides it.
std::string way_past(const std::string& hides, const std::string& target) {
  const model::Detector* needed = detector_of(target);
  const model::Detector* in_the_way = detector_of(hides);
  if (in_the_way != nullptr && in_the_way != needed)
    return fmt::format("without CONFIG_{} (it watches {}, which this bug does not need)", in_the_way->option,
                       in_the_way->sees);
  const identity::TitleParts parts = identity::parse_title(hides);
  const std::string& place = parts.function.empty() ? parts.file : parts.function;
  if (place.empty()) return fmt::format("with what gets past \"{}\"", hides);
  return fmt::format(
      "without the subsystem of {} if the reproducer does not need it, or with that bug's fix on top", place);
}

std::string names(const Replay& replay, const std::vector<std::size_t>& revisions) {
  std::vector<std::string> out;
  for (const std::size_t i : revisions) out.push_back(replay.revisions[i].name());
  constexpr std::size_t k_most = 4;
  if (out.size() <= k_most) return fmt::format("{}", fmt::join(out, ", "));
  return fmt::format("{} .. {} ({} revisions)", out.front(), out.back(), out.size());
}

// The crash that ended most of a revision's runs without being the bug; empty where that is not what keeps it
// open.
std::string hidden_by(const ReplayedRevision& revision) {
  std::map<std::string, int> counts;
  int quiet = 0;
  for (const ReplayedRun& run : revision.runs) {
    if (run.identity && run.p_target < identity::k_surely_target) ++counts[run.title];
    quiet += run.outcome == LoggedOutcome::ok;
  }
  if (counts.empty()) return {};
  const auto most = std::ranges::max_element(counts, {}, [](const auto& e) { return e.second; });
  return most->second > quiet ? most->first : std::string();
}

}  // namespace

std::vector<std::string> next_steps(const Replay& replay, const identity::CrashRates& rates) {
  std::vector<std::string> out;
  const ReplayConclusion& c = replay.conclusion;
  if (replay.target.empty() || c.culprit) return out;
  const bool fix = replay.goal == model::Goal::fix;

  std::vector<std::pair<std::string, std::vector<std::size_t>>> hidden;  // in order of the search
  std::vector<std::size_t> quiet;
  std::vector<std::size_t> lost;
  for (const std::size_t i : c.unknown_between) {
    const std::string title = hidden_by(replay.revisions[i]);
    if (title.empty()) {
      const bool ran = std::ranges::any_of(
          replay.revisions[i].runs, [](const ReplayedRun& run) { return run.outcome == LoggedOutcome::ok; });
      (ran ? quiet : lost).push_back(i);
      continue;
    }
    const auto known =
        std::ranges::find(hidden, title, &std::pair<std::string, std::vector<std::size_t>>::first);
    if (known == hidden.end())
      hidden.push_back({title, {i}});
    else
      known->second.push_back(i);
  }
  for (const auto& [title, revisions] : hidden)
    out.push_back(fmt::format("run {} again {}: there \"{}\" comes before the bug can show",
                              names(replay, revisions), way_past(title, replay.target), title));
  if (!quiet.empty()) {
    const int wanted = rates.quiet_runs_for(0.95);
    out.push_back(fmt::format("run {} more often: {} quiet runs would make one free of the bug with 95 %",
                              names(replay, quiet),
                              wanted >= 1000 ? "a thousand or more" : std::to_string(wanted)));
  }
  if (!lost.empty())
    out.push_back(fmt::format("test {} again: {} of it was learned", names(replay, lost),
                              lost.size() == 1 ? "nothing" : "nothing of any"));
  if (c.good && c.bad)
    out.push_back(fmt::format("search between {} ({}) and {} ({}), counting only crashes that are this bug",
                              replay.revisions[*c.good].name(), fix ? "fixed" : "good",
                              replay.revisions[*c.bad].name(), "bad"));
  else if (c.bad && !c.good)
    out.push_back(fmt::format("test {} revisions than {} until one is free of the bug",
                              fix ? "newer" : "older", replay.revisions[*c.bad].name()));
  return out;
}

}  // namespace culprit::replay
