#include "service/core/core.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/files.h"
#include "base/process/subprocess.h"
#include "base/strings.h"
#include "service/core/drop.h"
#include "service/core/record.h"
#include "service/queue/experience.h"
#include "service/queue/fixes.h"

namespace culprit::service {
namespace {

constexpr auto k_tick = std::chrono::milliseconds(300);
constexpr double k_heartbeat_s = 15;  // below the minute after which proxies give up on silence
constexpr std::size_t k_kept_views = 32;
constexpr double k_fetch_limit_s = 3600;

std::shared_ptr<Executor> executor_of(const ServiceOptions& options) {
  if (!options.slurm.wanted) return make_local_executor();
  return make_slurm_executor(options.slurm, base::sha256(options.root.string()).substr(0, 8));
}

}  // namespace

Core::Core(const ServiceOptions& options, Queue queue, bool is_sandboxed, std::string sandbox_says,
           const base::CancelToken& cancel)
    : m_options(options),
      m_place{options.program, options.root, options.sandbox, is_sandboxed, executor_of(options)},
      m_sandbox_says(std::move(sandbox_says)),
      m_cancel(cancel),
      m_started(base::SystemClock().wall()),
      m_branches(m_place, cancel),
      m_queue(std::move(queue)) {}

Core::~Core() = default;

void Core::run() {
  // Not by the wall clock, which jumps: systemd would take the service for dead.
  const base::SystemClock clock;
  double beat = 0;
  double alive = 0;
  const double watchdog = watchdog_interval();
  while (true) {
    std::unique_lock lock(m_mutex);
    m_news.wait_for(lock, k_tick, [&] { return m_dirty; });
    m_dirty = false;
    tick(clock.wall());
    if (m_cancel.cancelled() && m_running.empty()) break;
    lock.unlock();
    const double now = clock.monotonic();
    if (now - beat > k_heartbeat_s) {
      m_hub.heartbeat();
      beat = now;
    }
    if (watchdog > 0 && now - alive > watchdog) {
      tell_manager("WATCHDOG=1");
      alive = now;
    }
  }
  m_fetches.clear();  // waits for them
}

void Core::tick(double now) {
  take_ended(now);
  look_at_running(now);
  if (m_cancel.cancelled()) return;
  take_dropped(now);
  wake_and_expire(now);
  seek_fixes(now);
  start_planned(now);
  fetch_trees();
}

bool Core::went_well(const base::Result<void>& result) {
  if (result) {
    m_trouble.clear();
    return true;
  }
  const std::string what = result.error().what;
  if (what != m_trouble) log("error", "cannot_record", {{"why", what}});
  m_trouble = what;
  return false;
}

void Core::changed(std::int64_t job) {
  m_dirty = true;
  if (job != 0) publish(job);
  m_news.notify_one();
}

// An end that cannot be recorded (a full disk) waits here for the next tick: the attempt's slot stays taken.
void Core::take_ended(double now) {
  for (auto at = m_ended.begin(); at != m_ended.end();) {
    const auto& [id, end] = *at;
    if (!went_well(m_queue.end(id, end, m_options.policy, now))) return;
    const Job job = *m_queue.find(id);
    if (const auto running = m_running.find(id); running != m_running.end()) {
      running->second->thread.join();
      m_running.erase(running);
    }
    log("info", "job_ended",
        {{"job", std::to_string(id)}, {"state", std::string(name_of(job.state))}, {"reason", job.reason}});
    place_bug(job, now);
    publish(id);
    at = m_ended.erase(at);
  }
}

void Core::look_at_running(double now) {
  for (auto& [id, running] : m_running) {
    const Job* job = m_queue.find(id);
    const bool news = running->view->refresh();
    if (news) running->view->fill(running->totals);
    const auto budget = budget_of(job->spec, m_options.policy);
    Stop stop = Stop::none;
    if (job->cancelling) stop = job->cancel_holds ? Stop::held : Stop::cancelled;
    if (stop == Stop::none && job->spec.deadline > 0 && now > job->spec.deadline) stop = Stop::deadline;
    if (stop == Stop::none && budget && running->totals.machine_s > *budget) stop = Stop::budget;
    if (stop == Stop::none && m_cancel.cancelled()) stop = Stop::service;
    if (stop != Stop::none && running->stop == Stop::none) {
      running->stop = stop;
      running->cancel.cancel();
    }
    if (news) publish(id);
  }
}

void Core::take_dropped(double now) {
  for (const Dropped& dropped : dropped_in(m_options.root / "drop")) {
    std::string refusal;
    if (!dropped.spec) {
      refusal = dropped.spec.error().what;
      log("warning", "file_refused", {{"file", dropped.file.filename().string()}, {"why", refusal}});
    } else {
      const auto id = m_queue.submit(*dropped.spec, "folder", now);
      if (!id) {
        went_well(std::unexpected(id.error()));
        return;
      }
      publish(*id);
    }
    went_well(put_away(dropped, refusal));
  }
}

void Core::wake_and_expire(double now) {
  std::vector<std::int64_t> late;
  std::vector<std::int64_t> due;
  for (const auto& [id, job] : m_queue.jobs()) {
    if (is_final(job.state) || job.state == JobState::running) continue;
    if (job.spec.deadline > 0 && now > job.spec.deadline)
      late.push_back(id);
    else if (job.state == JobState::waiting && wait_is_over(job, now))
      due.push_back(id);
  }
  for (const std::int64_t id : late)
    if (went_well(m_queue.expire(id, now))) publish(id);
  for (const std::int64_t id : due)
    if (went_well(m_queue.wake(id, now))) publish(id);
}

// The head of the repository's tree, looked at once in a minute at most for each job.
std::optional<std::string> Core::head_to_try(const std::string& repository, std::int64_t cause) {
  constexpr double k_every_s = 60;
  const double now = base::SystemClock().monotonic();
  double& next = m_next_head[cause];
  if (now < next) return std::nullopt;
  next = now + std::min(k_every_s, m_options.policy.fix_after);
  const auto tree = std::ranges::find(m_options.trees, repository, &Tree::repository);
  const std::string name = tree == m_options.trees.end() || tree->head.empty() ? "HEAD" : tree->head;
  auto head = base::run_tool({.argv = {"git", "-C", repository, "rev-parse", "--verify", "--quiet",
                                       "--end-of-options", name + "^{commit}"},
                              .timeout_s = 10},
                             m_cancel);
  if (head) return std::string(base::trim(*head));
  log("warning", "no_head", {{"repository", repository}, {"head", name}, {"why", head.error().what}});
  return std::nullopt;
}

void Core::seek_fixes(double now) {
  if (m_options.policy.fix_after <= 0) return;
  for (const FixState& state : fixes(m_queue.jobs(), m_options.policy)) {
    if (state.due <= 0 || now < state.due) continue;
    const Job cause = *m_queue.find(state.cause);
    const model::CommitId start = view_of(cause)->summary().problem.start;
    if (start.is_null()) continue;
    const std::optional<std::string> head = head_to_try(cause.spec.repository, state.cause);
    const Job* tried = state.tries.empty() ? nullptr : m_queue.find(state.tries.back());
    const bool is_new =
        head && *head != start.hex() &&
        (tried == nullptr || std::ranges::find(tried->spec.good, *head) == tried->spec.good.end());
    if (!is_new) continue;
    const auto id = m_queue.seek_fix(cause.id, fix_spec(cause, start.hex(), *head), now);
    if (!id) {
      went_well(std::unexpected(id.error()));
      return;
    }
    log("info", "fix_sought", {{"job", std::to_string(*id)}, {"cause", std::to_string(cause.id)}});
    publish(*id);
  }
}

void Core::start_planned(double now) {
  std::map<std::int64_t, double> used;
  for (const auto& [id, running] : m_running) used[id] = running->totals.machine_s;
  m_plan =
      service::plan(m_queue.jobs(), m_queue.usage(), used, m_queue.brake_released(), m_options.policy, now);
  for (const std::int64_t id : m_plan.start) {
    const Job& job = *m_queue.find(id);
    store::Experience known;
    if (m_options.policy.learn && takes_experience(job.spec))
      known = experience_for(m_queue, job.spec.repository);
    if (!went_well(m_queue.start(id, now, known.lessons.size()))) return;
    begin(*m_queue.find(id), known.lessons.empty() ? "" : store::to_text(known), now);
    publish(id);
  }
}

void Core::begin(const Job& job, const std::string& experience, double now) {
  auto running = std::make_unique<Running>(m_cancel);
  running->since = now;
  while (
      std::ranges::any_of(m_running, [&](const auto& other) { return other.second->slot == running->slot; }))
    ++running->slot;
  running->view = std::make_shared<BisectionView>(folder_of(m_options.root, job.id));
  log("info", "job_started", {{"job", std::to_string(job.id)}, {"attempt", std::to_string(job.attempts)}});
  Running& it = *running;
  m_views.erase(job.id);
  m_running[job.id] = std::move(running);
  it.thread = std::thread([this, &it, job, experience] {
    AttemptEnd end = attempt(m_place, job, experience, it.cancel);
    // What was ended in the middle may have left its checkouts.
    bool ends_for_good = false;
    {
      std::lock_guard lock(m_mutex);
      ends_for_good = it.stop == Stop::cancelled || it.stop == Stop::deadline || it.stop == Stop::budget;
    }
    if (ends_for_good) {
      const base::CancelToken never;
      (void)told_by(m_place, job, {"clean"}, never);
    }
    std::lock_guard lock(m_mutex);
    // The signal that ends the service ends its attempts at once, before the scheduler looks.
    end.stop = it.stop == Stop::none && m_cancel.cancelled() ? Stop::service : it.stop;
    // Who asked for the end said why.
    end.stop_reason = m_queue.find(job.id)->cancel_reason;
    m_ended.emplace_back(job.id, std::move(end));
    m_dirty = true;
    m_news.notify_one();
  });
}

// The first job of a bug is its number. Jobs are compared with the first ones only: a chain of likenesses does not
// make two crashes one bug.
void Core::place_bug(const Job& job, double now) {
  if (job.bug != 0) return;
  const auto face = view_of(job)->face();
  if (!face && job.spec.bug.empty()) return;
  const identity::Face mine = face ? *face : identity::Face{};
  for (const auto& [id, other] : m_queue.jobs()) {
    if (id == job.id || other.bug != id || !may_be_one_bug(other.spec, job.spec)) continue;
    const auto theirs = view_of(other)->face();
    const SameBug found = same_bug(other.spec, theirs ? *theirs : identity::Face{}, job.spec, mine);
    if (!found.same) continue;
    went_well(m_queue.place(job.id, id, found.why, now));
    return;
  }
  went_well(m_queue.place(job.id, job.id, "no bug before it looks like it", now));
}

std::shared_ptr<BisectionView> Core::view_of(const Job& job) {
  if (const auto running = m_running.find(job.id); running != m_running.end()) return running->second->view;
  auto& kept = m_views[job.id];
  if (!kept) kept = std::make_shared<BisectionView>(folder_of(m_options.root, job.id));
  kept->refresh();
  auto view = kept;
  while (m_views.size() > k_kept_views)
    m_views.erase(m_views.begin()->first == job.id ? std::next(m_views.begin()) : m_views.begin());
  return view;
}

std::string Core::reason_of(const Job& job) const {
  const auto waits = m_plan.waits.find(job.id);
  return job.state == JobState::queued && waits != m_plan.waits.end() ? waits->second : job.reason;
}

void Core::publish(std::int64_t id) {
  const Job* job = m_queue.find(id);
  if (job == nullptr) return;
  ++m_counters.events;
  nlohmann::ordered_json data = {
      {"job", id}, {"state", name_of(job->state)}, {"reason", reason_of(*job)}, {"attempt", job->attempts}};
  if (const auto running = m_running.find(id); running != m_running.end()) {
    const output::Summary& s = running->second->view->summary();
    data["stage"] = s.stage;
    data["builds"] = s.stats.builds;
    data["runs"] = s.stats.runs;
    data["machine_s"] = running->second->totals.machine_s;
    data["revisions_left"] = s.standing.revisions_left;
    data["steps_left"] = s.standing.steps_left;
    data["p"] = s.standing.top.empty() ? 0.0 : s.standing.top.front().probability;
  }
  m_hub.publish("job", data.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

// One fetch of a tree at a time; a job that runs is not disturbed by new objects and refs.
void Core::fetch_trees() {
  const double now = base::SystemClock().monotonic();
  std::erase_if(m_fetches, [](const auto& f) {
    return f.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  });
  for (const Tree& tree : m_options.trees) {
    if (tree.fetch_every <= 0) continue;
    double& next = m_next_fetch[tree.repository];
    if (now < next) continue;
    next = now + k_fetch_limit_s + tree.fetch_every;  // until it is done
    m_fetches.push_back(std::async(std::launch::async, [this, tree] {
      const auto fetched =
          base::run_tool({.argv = {"git", "-C", tree.repository, "fetch", "--quiet", "--all", "--tags"},
                          .env = {{"GIT_TERMINAL_PROMPT", "0"}},
                          .timeout_s = k_fetch_limit_s},
                         m_cancel);
      std::lock_guard lock(m_mutex);
      m_next_fetch[tree.repository] = base::SystemClock().monotonic() + tree.fetch_every;
      if (!fetched) log("warning", "fetch_failed", {{"tree", tree.name}, {"why", fetched.error().what}});
      went_well(m_queue.note(fetched ? "fetched" : "fetch_failed",
                             tree.name + (fetched ? "" : ": " + fetched.error().what), "service",
                             base::SystemClock().wall()));
    }));
  }
}

}  // namespace culprit::service
