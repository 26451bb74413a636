// All jobs: the fold of the events in the database. Every change is an event that is durable before it counts; what is
// on record after a kill -9 is what was.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "service/queue/database.h"
#include "service/queue/job.h"
#include "service/queue/policy.h"

namespace culprit::service {

// Belongs to one thread at a time.
class Queue {
 public:
  // `now` is the time of what is done, in seconds since the epoch, here and below; `actor` who does it.
  static base::Result<Queue> open(const std::filesystem::path& path);

  const std::map<std::int64_t, Job>& jobs() const { return m_jobs; }
  const Job* find(std::int64_t id) const;
  const std::vector<Usage>& usage() const { return m_usage; }
  double brake_released() const { return m_brake_released; }
  Database& database() { return m_database; }
  const Database& database() const { return m_database; }

  // The id of the new job, or of the one that was submitted with the same key.
  base::Result<std::int64_t> submit(const JobSpec& spec, const std::string& actor, double now);
  // The next try at the fix of the bug of job `cause` (fixes.h): it is of that bug from the beginning.
  base::Result<std::int64_t> seek_fix(std::int64_t cause, const JobSpec& spec, double now);
  // The job's bug was seen again, elsewhere: its fix is not sought before it is gone for a while.
  base::Result<void> saw(std::int64_t id, const std::string& note, const std::string& actor, double now);
  // Queued and waiting jobs. Usage errors name what the job is in, here and below. `lessons`: so many finished jobs are
  // what it believes beforehand.
  base::Result<void> start(std::int64_t id, double now, std::size_t lessons = 0);
  // Of a running job.
  base::Result<void> end(std::int64_t id, const AttemptEnd& end, const Policy& policy, double now);
  // Which bug a job's crash is.
  base::Result<void> place(std::int64_t id, std::int64_t bug, const std::string& why, double now);
  // A waiting job's time has come.
  base::Result<void> wake(std::int64_t id, double now);
  // The deadline of a job that does not run has passed.
  base::Result<void> expire(std::int64_t id, double now);
  // Jobs that ran when the service was killed are queued again. How many.
  base::Result<int> recover(double now);

  // A running job is marked; whoever runs it ends it, and end() says what becomes of it.
  base::Result<void> cancel(std::int64_t id, const std::string& why, const std::string& actor, double now);
  base::Result<void> hold(std::int64_t id, const std::string& why, const std::string& actor, double now);
  base::Result<void> release(std::int64_t id, const std::string& actor, double now);
  // A job that is final or waits: it goes on at once, where it was.
  base::Result<void> retry(std::int64_t id, const std::string& actor, double now);
  base::Result<void> prioritize(std::int64_t id, int priority, const std::string& actor, double now);
  // "wrong" reopens (the job is inconclusive), "right" settles, "instead" names the commit.
  base::Result<void> say(std::int64_t id, Word word, double now);
  // What another lab's jobs showed.
  base::Result<void> import_lessons(const std::vector<model::Lesson>& lessons, const std::string& actor,
                                    double now);
  const std::vector<model::Lesson>& imported() const { return m_imported; }
  base::Result<void> release_brake(const std::string& actor, double now);
  // Of the service itself: a refused file in the drop folder, a token that was made.
  base::Result<void> note(const std::string& type, const std::string& text, const std::string& actor,
                          double now);

 private:
  explicit Queue(Database database) : m_database(std::move(database)) {}
  base::Result<Job*> job(std::int64_t id);
  base::Result<void> record(JobEvent event);
  base::Result<void> change(std::int64_t id, std::string_view type, JobState state, const std::string& reason,
                            const std::string& actor, double now);
  void apply(const JobEvent& event);

  Database m_database;
  std::map<std::int64_t, Job> m_jobs;
  std::map<std::string, std::int64_t> m_keys;
  std::vector<Usage> m_usage;
  std::vector<model::Lesson> m_imported;
  double m_brake_released = 0;
};

}  // namespace culprit::service
