#include "service/queue/policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/exit_code.h"
#include "base/strings.h"

namespace culprit::service {
namespace {

constexpr double k_day = 24 * 3600;

std::string percent(double share) { return fmt::format("{:.0f} %", 100 * share); }

std::string brake_of(const std::vector<Usage>& usage, double released, const Policy& policy, double now) {
  std::size_t runs = 0;
  std::size_t lost = 0;
  for (const Usage& use : usage)
    if (use.time > now - policy.brake_window && use.time > released) {
      runs += use.runs;
      lost += use.lost;
    }
  if (static_cast<int>(runs) < policy.brake_runs ||
      static_cast<double>(lost) <= policy.brake_share * static_cast<double>(runs))
    return {};
  return fmt::format("the brake is on: the machine lost {} of the last {} runs ({} is allowed)", lost, runs,
                     percent(policy.brake_share));
}

// Do the two chase one bug? By the word of whoever submitted them, else by repository and test.
bool same_bug(const JobSpec& a, const JobSpec& b) {
  if (!a.bug.empty() || !b.bug.empty()) return a.bug == b.bug;
  return a.repository == b.repository && a.command == b.command && a.config == b.config &&
         a.config_text == b.config_text;
}

const Job* cause_of(const Job& fix, const std::map<std::int64_t, Job>& jobs) {
  for (const auto& [id, other] : jobs)
    if (!other.spec.fix && !is_final(other.state) && other.state != JobState::held &&
        same_bug(fix.spec, other.spec))
      return &other;
  return nullptr;
}

// What one planning knows.
class Planner {
 public:
  Planner(const std::map<std::int64_t, Job>& jobs, const std::vector<Usage>& usage,
          const std::map<std::int64_t, double>& running_s, const Policy& policy, double now)
      : m_jobs(jobs), m_policy(policy) {
    for (const Usage& use : usage)
      if (use.time > now - k_day) m_used[use.repository] += use.machine_s;
    for (const auto& [id, job] : jobs)
      if (job.state == JobState::running) {
        ++m_running;
        ++m_of_owner[job.spec.owner];
        if (const auto now_s = running_s.find(id); now_s != running_s.end())
          m_used[job.spec.repository] += std::max(0.0, now_s->second - job.machine_s);
      }
  }

  // Empty: it may start.
  std::string obstacle(const Job& job) const {
    if (m_policy.cause_before_fix && job.spec.fix)
      if (const Job* cause = cause_of(job, m_jobs))
        return fmt::format("the cause is sought first, by job {}", cause->id);
    const int owners = m_of_owner.contains(job.spec.owner) ? m_of_owner.at(job.spec.owner) : 0;
    if (m_policy.jobs_per_owner > 0 && owners >= m_policy.jobs_per_owner)
      return fmt::format("{} has {} jobs running, of at most {}",
                         job.spec.owner.empty() ? "nobody in particular" : job.spec.owner, owners,
                         m_policy.jobs_per_owner);
    const double used = m_used.contains(job.spec.repository) ? m_used.at(job.spec.repository) / 3600 : 0;
    if (m_policy.tree_hours_per_day > 0 && used >= m_policy.tree_hours_per_day)
      return fmt::format("its repository has used {:.1f} of the {:.1f} machine hours of a day", used,
                         m_policy.tree_hours_per_day);
    if (m_running >= m_policy.slots)
      return fmt::format("it waits for a slot: {} of {} are taken", m_running, m_policy.slots);
    return {};
  }

  void take(const Job& job) {
    ++m_running;
    ++m_of_owner[job.spec.owner];
  }
  int running_of(const std::string& owner) const {
    const auto at = m_of_owner.find(owner);
    return at == m_of_owner.end() ? 0 : at->second;
  }

 private:
  const std::map<std::int64_t, Job>& m_jobs;
  const Policy& m_policy;
  int m_running = 0;
  std::map<std::string, int> m_of_owner;
  std::map<std::string, double> m_used;  // seconds, by repository
};

Next retried(const Job& job, const std::string& what, const Policy& policy, double now) {
  const auto retries = static_cast<std::size_t>(std::max(0, job.retries));
  if (retries >= policy.retry_after.size())
    return {JobState::failed, fmt::format("{}; it was tried {} times", what, retries + 1), 0};
  const double wait = policy.retry_after[retries];
  return {JobState::waiting,
          fmt::format("{}; try {} of {} in {}", what, retries + 2, policy.retry_after.size() + 1,
                      base::format_duration(wait)),
          now + wait};
}

Next stopped(const AttemptEnd& end) {
  switch (end.stop) {
    case Stop::held:
      return {JobState::held, end.stop_reason, 0};
    case Stop::deadline:
      return {JobState::failed, "its deadline passed before there was an answer", 0};
    case Stop::budget:
      return {JobState::inconclusive, "its budget was used up before there was an answer", 0};
    case Stop::service:
      return {JobState::queued, "the service was stopped while it ran; it goes on where it was", 0};
    case Stop::cancelled:
    case Stop::none:
      break;
  }
  return {JobState::cancelled, end.stop_reason, 0};
}

std::string last_words(const AttemptEnd& end, std::string_view otherwise) {
  return end.message.empty() ? std::string(otherwise) : end.message;
}

}  // namespace

Plan plan(const std::map<std::int64_t, Job>& jobs, const std::vector<Usage>& usage,
          const std::map<std::int64_t, double>& running_s, double brake_released, const Policy& policy,
          double now) {
  Plan out;
  Planner planner(jobs, usage, running_s, policy, now);
  out.brake = brake_of(usage, brake_released, policy, now);
  std::vector<const Job*> queued;
  for (const auto& [id, job] : jobs)
    if (job.state == JobState::queued) queued.push_back(&job);
  // What was begun is ended first: its checkouts are there. Then whoever has the fewest jobs running.
  while (!queued.empty()) {
    const auto rank = [&](const Job* job) {
      return std::tuple(-job->spec.priority, job->attempts == 0, planner.running_of(job->spec.owner),
                        job->id);
    };
    const auto first = std::ranges::min_element(queued, {}, rank);
    const Job& job = **first;
    queued.erase(first);
    const std::string obstacle = out.brake.empty() ? planner.obstacle(job) : out.brake;
    if (!obstacle.empty()) {
      out.waits[job.id] = obstacle;
      continue;
    }
    planner.take(job);
    out.start.push_back(job.id);
  }
  return out;
}

std::optional<double> budget_of(const JobSpec& spec, const Policy& policy) {
  std::optional<double> seconds;
  if (spec.machine_hours > 0) seconds = spec.machine_hours * 3600;
  if (spec.money > 0 && policy.machine_hour_price > 0) {
    const double of_money = spec.money / policy.machine_hour_price * 3600;
    seconds = seconds ? std::min(*seconds, of_money) : of_money;
  }
  return seconds;
}

Next after(const Job& job, const AttemptEnd& end, const Policy& policy, double now) {
  using base::ExitCode;
  // An answer that was reached in the moment of a stop is one.
  if (end.stop != Stop::none && end.exit_code != static_cast<int>(ExitCode::found)) return stopped(end);
  if (!end.exit_code)
    return retried(job, fmt::format("the bisection was killed by signal {}", end.signal), policy, now);
  switch (static_cast<ExitCode>(*end.exit_code)) {
    case ExitCode::found:
      return {JobState::answered,
              end.answer ? fmt::format("found with probability {:.1f} %", 100 * end.answer->probability)
                         : std::string("found"),
              0};
    case ExitCode::inconclusive:
      return {JobState::inconclusive, last_words(end, "the runs do not tell which commit it is"), 0};
    case ExitCode::infrastructure:
      return retried(job, last_words(end, "the machine got in the way"), policy, now);
    case ExitCode::interrupted:
      return retried(job, "something else than the service ended the bisection", policy, now);
    default:
      break;
  }
  if (end.answer && end.answer->kind == "not_reproduced")
    return {JobState::inconclusive, "the bug does not show on the revision it was reported for", 0};
  if (end.answer && end.answer->kind == "good_end_crashes")
    return {JobState::inconclusive, "a revision that was called good has the bug", 0};
  if (end.answer && end.answer->kind == "horizon")
    return {JobState::inconclusive, "the oldest revision that was tested has the bug already", 0};
  return {JobState::failed, last_words(end, fmt::format("culprit ended with exit code {}", *end.exit_code)),
          0};
}

bool wait_is_over(const Job& job, double now) {
  constexpr double k_slewed_s = 60;  // what keeps clocks in step moves them by less
  return now >= job.until || now < job.changed - k_slewed_s;
}

}  // namespace culprit::service
