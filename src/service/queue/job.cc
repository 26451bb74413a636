#include "service/queue/job.h"

#include "base/strings.h"
#include "base/words.h"

namespace culprit::service {
namespace {

constexpr base::Words<JobState> k_states{"queued",   "held",         "running", "waiting",
                                         "answered", "inconclusive", "failed",  "cancelled"};

}  // namespace

std::string_view name_of(JobState state) { return k_states.of(state); }
std::optional<JobState> state_from_name(std::string_view name) { return k_states.find(name); }

bool is_final(JobState state) {
  return state == JobState::answered || state == JobState::inconclusive || state == JobState::failed ||
         state == JobState::cancelled;
}

std::string title_of(const Job& job) {
  if (!job.spec.title.empty()) return job.spec.title;
  if (!job.spec.command.empty()) return base::shell_quote(job.spec.command);
  return job.spec.config.empty() ? "a kernel" : job.spec.config;
}

}  // namespace culprit::service
