// What the scheduler and the pages share, behind one lock.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/process/cancel.h"
#include "base/result.h"
#include "service/core/branches.h"
#include "service/core/hub.h"
#include "service/core/options.h"
#include "service/core/texts.h"
#include "service/queue/queue.h"
#include "service/work/bisection.h"
#include "service/work/worker.h"

namespace culprit::service {

// An attempt that runs.
struct Running {
  explicit Running(const base::CancelToken& service) : cancel(service) {}
  base::CancelToken cancel;
  Stop stop = Stop::none;
  int slot = 0;
  double since = 0;
  std::shared_ptr<BisectionView> view;  // of the scheduler's thread and of who holds the lock
  AttemptEnd totals;                    // so far
  std::thread thread;
};

struct Counters {
  std::uint64_t requests = 0;
  std::uint64_t refused = 0;
  std::uint64_t events = 0;
  std::map<int, std::uint64_t> by_status;
};

class Core {
 public:
  Core(const ServiceOptions& options, Queue queue, bool is_sandboxed, std::string sandbox_says,
       const base::CancelToken& cancel);
  ~Core();

  // The scheduler: returns once `cancel` is set and all attempts are over.
  void run();

  // Everything below wants the lock.
  std::mutex& mutex() { return m_mutex; }
  Queue& queue() { return m_queue; }
  const Queue& queue() const { return m_queue; }
  const Plan& plan() const { return m_plan; }
  const std::map<std::int64_t, std::unique_ptr<Running>>& running() const { return m_running; }
  const std::string& trouble() const { return m_trouble; }
  Counters& counters() { return m_counters; }
  // Something was changed by hand: looks at once, and tells who watches.
  void changed(std::int64_t job);
  // The job's bisection as far as it is on record; of one that runs as the scheduler last saw it, of one that has ended
  // it is kept for the next asker.
  std::shared_ptr<BisectionView> view_of(const Job& job);
  // Why it is in its state, with what it waits for.
  std::string reason_of(const Job& job) const;

  const ServiceOptions& options() const { return m_options; }
  const Workplace& place() const { return m_place; }
  const std::string& sandbox_says() const { return m_sandbox_says; }
  Hub& hub() { return m_hub; }
  Branches& branches() { return m_branches; }
  Texts& texts() { return m_texts; }
  const base::CancelToken& cancel() const { return m_cancel; }
  double started() const { return m_started; }

 private:
  void tick(double now);
  void take_ended(double now);
  void take_dropped(double now);
  void look_at_running(double now);
  void wake_and_expire(double now);
  void seek_fixes(double now);
  std::optional<std::string> head_to_try(const std::string& repository, std::int64_t cause);
  void start_planned(double now);
  void fetch_trees();
  void begin(const Job& job, const std::string& experience, double now);
  void place_bug(const Job& job, double now);
  void publish(std::int64_t id);
  // Keeps what a write said; true if it went well.
  bool went_well(const base::Result<void>& result);

  ServiceOptions m_options;
  Workplace m_place;
  std::string m_sandbox_says;
  const base::CancelToken& m_cancel;
  double m_started;
  Branches m_branches;
  base::SystemClock m_clock;
  Texts m_texts{m_clock};
  Hub m_hub;
  mutable std::mutex m_mutex;
  std::condition_variable m_news;
  bool m_dirty = false;
  Queue m_queue;
  Plan m_plan;
  std::map<std::int64_t, std::unique_ptr<Running>> m_running;
  std::vector<std::pair<std::int64_t, AttemptEnd>> m_ended;
  std::map<std::int64_t, std::shared_ptr<BisectionView>> m_views;
  std::map<std::string, double> m_next_fetch;  // by repository, in the time of a clock that does not jump
  std::map<std::int64_t, double> m_next_head;  // by the cause's job, likewise
  std::vector<std::future<void>> m_fetches;
  Counters m_counters;
  std::string m_trouble;  // why the latest write failed; empty: it went well
};

}  // namespace culprit::service
