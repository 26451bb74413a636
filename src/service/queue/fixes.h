// Bugs that were not seen for a while: their fix is sought, on the head of their tree.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "service/queue/job.h"
#include "service/queue/policy.h"

namespace culprit::service {

// What is known of the fix of one bug in one repository.
struct FixState {
  std::int64_t cause = 0;           // the job to take the question from
  std::vector<std::int64_t> tries;  // jobs that sought the fix, in order
  double last = 0;                  // when the bug was last seen, or its fix last sought in vain
  double due = 0;  // when it is tried; 0: never, one of the tries is under way, has the fix, or was cancelled
};

// Of the bugs whose crash a job has shown, in their order. A bug that two jobs of one repository chase is sought once.
std::vector<FixState> fixes(const std::map<std::int64_t, Job>& jobs, const Policy& policy);

// The question of the next try: the cause's, turned round. `start` is the revision where the bug showed, `head` what may be
// free of it.
JobSpec fix_spec(const Job& cause, const std::string& start, const std::string& head);

}  // namespace culprit::service
