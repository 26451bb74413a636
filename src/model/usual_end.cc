#include "model/usual_end.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace culprit::model {
namespace {

// The key with the highest count, and that.
std::pair<std::string, int> most_frequent(const std::map<std::string, int>& counts) {
  const auto most = std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; });
  return most == counts.end() ? std::pair<std::string, int>() : std::pair(most->first, most->second);
}

}  // namespace

bool is_regular_end(std::string_view end) { return end.starts_with("exit code "); }

std::string usual_end(const std::vector<RunRecord>& runs, const CommitId& start) {
  std::map<std::string, int> at_start, elsewhere;
  for (const RunRecord& run : runs)
    if (!run.end.empty()) ++(run.commit == start ? at_start : elsewhere)[run.end];
  const bool start_tells = !at_start.empty();
  const std::string end = most_frequent(start_tells ? at_start : elsewhere).first;
  if (end.empty() || is_regular_end(end)) return {};
  if (!start_tells) return end == k_time_limit ? std::string() : end;
  return elsewhere.empty() || most_frequent(elsewhere).second == elsewhere[end] ? end : std::string();
}

void accept_usual_end(std::vector<RunRecord>& runs, const CommitId& start) {
  const std::string usual = usual_end(runs, start);
  for (RunRecord& run : runs)
    if (!run.end.empty() && !is_regular_end(run.end)) run.completed = run.end == usual;
}

std::optional<std::string> told_of_ends(const std::vector<RunRecord>& runs, const CommitId& start) {
  const std::string usual = usual_end(runs, start);
  if (usual == k_time_limit)
    return "the reproducer does not end by itself in the runs of the start: that its time is over counts as "
           "its "
           "end. If it is to run until then, `endless = true` in [reproducer] says so";
  if (!usual.empty())
    return fmt::format("the reproducer ends with {} in run after run: that counts as its end", usual);
  const bool stopped = std::ranges::any_of(
      runs, [](const RunRecord& run) { return run.end == k_time_limit && run.reports.empty(); });
  if (!stopped) return std::nullopt;
  return "the reproducer was stopped at its time limit, and such a run says nothing: if it is to run until "
         "then, "
         "say `endless = true` in [reproducer]; if it needs longer, raise its timeout";
}

}  // namespace culprit::model
