// A run whose time is over is stopped for good, so its processes may be looked at: this thread seizes them one after
// the other (an ancestor may, also where Yama restricts ptrace), reads their stacks, and lets them go to be killed.
//
// What waits for what: a thread that waits in a mutex does so in futex(2), whose first argument is the mutex's
// address; glibc keeps the thread that holds it 8 bytes behind (pthread_mutex_t: __lock, __count, __owner). Threads
// that wait for each other in a ring are a deadlock; else the thread that runs tells most, then one that waits for a
// lock, then any other that waits for something but another thread's or process's end.
#include "run/stack/hang.h"

#include <fmt/format.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/process/process_tree.h"
#include "run/stack/proc.h"
#include "run/stack/stacks.h"
#include "run/stack/unwind.h"

namespace culprit::run {
namespace {

constexpr std::size_t k_most_processes = 16;
constexpr auto k_time_for_all = std::chrono::seconds(10);
constexpr std::uint64_t k_owner_offset = 8;

bool is_any_of(std::string_view function, std::initializer_list<std::string_view> parts) {
  return std::ranges::any_of(parts, [&](std::string_view part) { return function.contains(part); });
}

// Is the thread in a call of one of these, seen from its innermost frames? A wait is at most six calls deep in libc.
bool is_in(const ThreadStack& thread, std::initializer_list<std::string_view> parts) {
  for (std::size_t i = 0; i < std::min<std::size_t>(6, thread.frames.size()); ++i)
    if (is_any_of(thread.frames[i].function, parts)) return true;
  return false;
}

bool waits_for_lock(const ThreadStack& thread) {
  return is_in(thread, {"mutex_lock", "lll_lock_wait", "rwlock_rdlock", "rwlock_wrlock", "rwlock_timed"});
}

bool waits_for_an_end(const ThreadStack& thread) {
  return is_in(thread,
               {"pthread_join", "pthread_clockjoin", "pthread_timedjoin", "wait4", "waitpid", "waitid"});
}

// Higher tells more.
int rank(const ThreadStack& thread) {
  if (thread.frames.empty()) return -1;
  if (thread.running) return 3;
  if (waits_for_lock(thread)) return 2;
  return waits_for_an_end(thread) ? 0 : 1;
}

bool is_running(pid_t pid, pid_t tid) {
  auto stat = base::read_file(fmt::format("/proc/{}/task/{}/stat", pid, tid));
  if (!stat) return false;
  const std::size_t name_end = stat->rfind(')');
  return name_end != std::string::npos && name_end + 2 < stat->size() && (*stat)[name_end + 2] == 'R';
}

// The thread that holds the lock that `tid`, which is stopped, waits for.
std::optional<pid_t> holder_of_lock(pid_t pid, pid_t tid) {
  auto text = base::read_file(fmt::format("/proc/{}/task/{}/syscall", pid, tid));
  long number = -1;
  unsigned long address = 0;
  if (!text || std::sscanf(text->c_str(), "%ld %lx", &number, &address) != 2 || number != SYS_futex)
    return std::nullopt;
  std::int32_t owner = 0;
  const iovec here{&owner, sizeof owner};
  // NOLINTNEXTLINE(performance-no-int-to-ptr): an address of another process, never followed here
  const iovec there{reinterpret_cast<void*>(address + k_owner_offset), sizeof owner};
  if (::process_vm_readv(pid, &here, 1, &there, 1, 0) != sizeof owner || owner <= 0) return std::nullopt;
  return owner;
}

// All threads of one process, seized and stopped for as long as this lives.
class Held {
 public:
  explicit Held(pid_t pid) {
    for (const pid_t tid : threads_of(pid)) {
      m_running[tid] = is_running(pid, tid);
      if (::ptrace(PTRACE_SEIZE, tid, nullptr, nullptr) != 0) m_error = errno;
    }
    std::deque<StoppedThread> others;
    m_held = hold_threads(pid, 0, others);
    for (const StoppedThread& other : others) m_others.push_back(other);
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() {
    for (const pid_t tid : m_held) ::ptrace(PTRACE_DETACH, tid, nullptr, nullptr);
    for (const StoppedThread& other : m_others) {
      if (!WIFSTOPPED(other.status)) continue;
      const int signal = other.status >> 16 == 0 ? WSTOPSIG(other.status) : 0;
      ::ptrace(PTRACE_DETACH, other.tid, nullptr, signal);
    }
  }
  bool any() const { return !m_held.empty() || !m_others.empty(); }
  int error() const { return m_error; }
  bool was_running(pid_t tid) const {
    const auto at = m_running.find(tid);
    return at != m_running.end() && at->second;
  }

 private:
  std::vector<pid_t> m_held;
  std::vector<StoppedThread> m_others;
  std::map<pid_t, bool> m_running;
  int m_error = 0;
};

// The threads that wait for each other in a ring, from that with the smallest function on; empty: none do.
std::vector<pid_t> ring_of(const ProcessStacks& stacks) {
  std::map<pid_t, pid_t> holder;
  for (const ThreadStack& thread : stacks.threads)
    if (thread.lock_of) holder[thread.tid] = *thread.lock_of;
  for (const auto& [start, unused] : holder) {
    std::vector<pid_t> ring;
    std::set<pid_t> seen;
    for (pid_t at = start; holder.contains(at) && seen.insert(at).second; at = holder[at]) ring.push_back(at);
    if (!ring.empty() && holder[ring.back()] == start) return ring;
  }
  return {};
}

void order(ProcessStacks& stacks) {
  std::ranges::stable_sort(stacks.threads, std::greater<>(), rank);
  const std::vector<pid_t> ring = ring_of(stacks);
  if (ring.empty()) return;
  stacks.of = StackOf::deadlock;
  std::ranges::stable_partition(stacks.threads, [&](const ThreadStack& thread) {
    return std::ranges::find(ring, thread.tid) != ring.end();
  });
}

base::Result<ProcessStacks> stacks_of(pid_t pid, Deadline until) {
  const Held held(pid);
  if (!held.any())
    return base::fail(base::ErrorKind::infra,
                      fmt::format("looking at it is not permitted: {}", std::strerror(held.error())));
  ProcessStacks stacks = CULPRIT_TRY(stacks_of_stopped(pid, pid, false, until));
  stacks.of = StackOf::hang;
  for (ThreadStack& thread : stacks.threads) {
    thread.running = held.was_running(thread.tid);
    if (!thread.running && waits_for_lock(thread)) thread.lock_of = holder_of_lock(pid, thread.tid);
  }
  order(stacks);
  return stacks;
}

}  // namespace

std::string stacks_of_tree(pid_t root) {
  const Deadline until = std::chrono::steady_clock::now() + k_time_for_all;
  std::vector<base::TreeProcess> tree = base::descendants(root);
  if (tree.size() > k_most_processes) tree.resize(k_most_processes);
  std::optional<ProcessStacks> best;
  int best_rank = -1;
  std::string why;
  for (const base::TreeProcess& process : tree) {
    if (std::chrono::steady_clock::now() >= until) break;
    auto stacks = stacks_of(process.pid, until);
    if (!stacks) {
      why = stacks.error().what;
      continue;
    }
    if (!has_frames(*stacks)) continue;
    // The innermost of a chain of processes that wait for each other is what is waited for.
    const bool waits =
        std::ranges::any_of(tree, [&](const auto& other) { return other.parent == process.pid; });
    const int here =
        2 * rank(stacks->threads.front()) + (stacks->of == StackOf::deadlock ? 8 : 0) + (waits ? 0 : 1);
    if (here <= best_rank) continue;
    best_rank = here;
    best = std::move(*stacks);
  }
  if (best) return text_of(*best);
  return why.empty() ? std::string() : fmt::format("[culprit] no stack of what did not end: {}\n", why);
}

}  // namespace culprit::run
