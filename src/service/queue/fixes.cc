#include "service/queue/fixes.h"

#include <algorithm>
#include <set>
#include <utility>

namespace culprit::service {
namespace {

bool has_shown(const Job& job) {
  return !job.spec.fix && is_final(job.state) && job.state != JobState::cancelled && job.seen > 0;
}

// It ended without the fix, for no reason of a person's: a later head is another chance.
bool was_in_vain(const Job& job) {
  return is_final(job.state) && job.state != JobState::cancelled && job.state != JobState::answered;
}

}  // namespace

std::vector<FixState> fixes(const std::map<std::int64_t, Job>& jobs, const Policy& policy) {
  std::map<std::pair<std::int64_t, std::string>, FixState> out;
  for (const auto& [id, job] : jobs) {
    if (job.bug == 0 || !has_shown(job)) continue;
    FixState& state = out[{job.bug, job.spec.repository}];
    if (state.cause == 0) state.cause = id;
    state.last = std::max(state.last, job.seen);
  }
  std::set<const FixState*> settled;
  for (const auto& [id, job] : jobs) {
    const auto at = job.spec.fix ? out.find({job.bug, job.spec.repository}) : out.end();
    if (at == out.end()) continue;
    FixState& state = at->second;
    state.tries.push_back(id);
    state.last = std::max({state.last, job.seen, job.changed});
    if (!was_in_vain(job)) settled.insert(&state);
  }
  std::vector<FixState> list;
  for (auto& [key, state] : out) {
    if (policy.fix_after > 0 && !settled.contains(&state)) state.due = state.last + policy.fix_after;
    list.push_back(state);
  }
  return list;
}

JobSpec fix_spec(const Job& cause, const std::string& start, const std::string& head) {
  JobSpec spec = cause.spec;
  spec.fix = true;
  spec.bad = start;
  spec.good = {head};
  spec.oldest.clear();
  spec.release_candidates = false;
  spec.deadline = 0;
  spec.held = false;
  spec.title = "fix of " + title_of(cause);
  spec.key.clear();
  return spec;
}

}  // namespace culprit::service
