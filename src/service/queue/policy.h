// Which job runs next and why the others wait, and what follows the end of an attempt: pure, of the table in the
// service's file (docs/service.md).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "service/queue/job.h"

namespace culprit::service {

struct Policy {
  int slots = 2;  // jobs at a time
  // Waits after trouble of the machine, in seconds, one for each retry: when they are used up the job has failed.
  // A full disk or a lost network is often over in a minute, a machine that is repaired in hours.
  std::vector<double> retry_after = {60, 600, 3600, 4 * 3600.0};
  int jobs_per_owner = 0;         // at a time; 0: any number
  double tree_hours_per_day = 0;  // machine hours that a repository may use in 24 hours; 0: any number
  // When of the last hour's runs more than this share was lost to the machine, nothing new is started: more of it
  // would only burn the machine. At least brake_runs of them, so that two lost runs stop nothing.
  double brake_share = 0.5;
  int brake_runs = 20;
  double brake_window = 3600;    // seconds
  bool cause_before_fix = true;  // of one bug
  double machine_hour_price = 0;
  double fix_after = 0;  // seconds since a bug was last seen until its fix is sought; 0: never
  bool learn = true;     // what finished jobs showed is what new ones believe beforehand
};

// What an attempt used: the difference to what the job had used before.
struct Usage {
  double time = 0;  // when it ended
  std::string repository;
  double machine_s = 0;
  std::size_t runs = 0;
  std::size_t lost = 0;
};

struct Plan {
  std::vector<std::int64_t> start;            // in order
  std::map<std::int64_t, std::string> waits;  // why the other queued ones are not started
  std::string brake;                          // why nothing is started; empty: it is off
};

// `running_s`: machine time of jobs that run now and is not in `usage` yet. `brake_released`: when a person last
// released the brake; what was before does not count.
Plan plan(const std::map<std::int64_t, Job>& jobs, const std::vector<Usage>& usage,
          const std::map<std::int64_t, double>& running_s, double brake_released, const Policy& policy,
          double now);

// Seconds of machine time that the job may use; none: any.
std::optional<double> budget_of(const JobSpec& spec, const Policy& policy);

// Who ended an attempt that did not end by itself.
enum class Stop { none, cancelled, held, deadline, budget, service };

struct AttemptEnd {
  std::optional<int> exit_code;  // none: it died of a signal
  int signal = 0;
  Stop stop = Stop::none;
  std::string stop_reason;  // cancelled, held: the person's
  std::string message;      // the last words of its standard error
  std::optional<Answer> answer;
  StorePlace concluded;  // where the answer stands
  std::optional<model::Lesson> lesson;
  // Of the whole bisection so far.
  double machine_s = 0;
  std::size_t builds = 0;
  std::size_t runs = 0;
  std::size_t lost = 0;
};

struct Next {
  JobState state = JobState::failed;
  std::string reason;
  double until = 0;  // waiting
};

Next after(const Job& job, const AttemptEnd& end, const Policy& policy, double now);

// Whether a waiting job is tried again: its time has come, or the wall clock was set back to before its wait began.
bool wait_is_over(const Job& job, double now);

}  // namespace culprit::service
