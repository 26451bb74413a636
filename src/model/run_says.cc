#include "model/run_says.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "model/evidence.h"
#include "model/usual_end.h"

namespace culprit::model {

RunSays what_says(OutcomeKind outcome, bool completed, double p_target, double p_alike) {
  if (outcome == OutcomeKind::infra) return RunSays::lost;
  if (outcome == OutcomeKind::build_broken) return RunSays::unbuilt;
  if (p_target >= k_shown) return RunSays::shown;
  if (p_target >= k_another) return RunSays::open;
  if (completed) return RunSays::quiet;
  switch (outcome) {
    case OutcomeKind::crashed:
      return p_alike >= k_looks_like_it ? RunSays::open : RunSays::hidden;
    case OutcomeKind::ok:
      return RunSays::silenced;
    case OutcomeKind::timed_out:
      return RunSays::unfinished;
    default:
      return RunSays::not_started;
  }
}

RunSays what_says(const RunRecord& run) {
  const RunSays says = what_says(kind_of(run.outcome), run.completed, run.p_target, run.p_alike.value_or(0));
  // What ended an unreported run early was no report.
  const bool cut_off = !run.end.empty() && !is_regular_end(run.end);
  return says == RunSays::silenced && cut_off && run.reports.empty() && run.boot_reports.empty()
             ? RunSays::unfinished
             : says;
}

bool may_be_the_bug(const RunRecord& run) {
  return run.p_target >= k_another || run.p_alike.value_or(run.p_target) >= k_looks_like_it;
}

std::vector<bool> ran_beside_others(const std::vector<RunRecord>& runs) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < runs.size(); ++i)
    if (runs[i].began > 0) order.push_back(i);
  std::ranges::sort(order, {}, [&](std::size_t i) { return runs[i].began; });
  const auto end_of = [&](std::size_t i) { return runs[i].began + runs[i].seconds; };
  std::vector<bool> beside(runs.size(), false);
  // Beside an earlier run is who begins before the last of them ends; whoever else it meets has met that one too.
  std::optional<std::size_t> last;
  for (const std::size_t run : order) {
    if (last && runs[run].began < end_of(*last)) beside[run] = beside[*last] = true;
    if (!last || end_of(run) > end_of(*last)) last = run;
  }
  return beside;
}

}  // namespace culprit::model
