#include "model/run_says.h"

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

}  // namespace culprit::model
