// PTRACE_SEIZE (ptrace(2)) stops a thread for what it is asked to and for nothing else: job control, exec and
// signals work as without it. What a traced tree cannot do is to be traced by itself (LeakSanitizer, debuggers, strace)
// and to gain rights by exec (setuid). So this is never done to a run that is judged.
//
// Where a signal is about to be delivered whose action is to end the process, all of its threads are stopped and
// their stacks read; then it is delivered. A process that catches the signal is looked at again when it exits: if
// that is still within the handler, the signal is why.
#include "run/stack/tracer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/strings.h"
#include "model/run/process_verdict.h"
#include "run/stack/proc.h"
#include "run/stack/unwind.h"

namespace culprit::run {
namespace {

using base::ErrorKind;

constexpr long k_options = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                           PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL;
// Those whose action is a core (signal(7)): a program's own fault, or its own decision.
constexpr int k_core_signals[] = {SIGSEGV, SIGABRT, SIGBUS,  SIGFPE, SIGILL,
                                  SIGTRAP, SIGSYS,  SIGXCPU, SIGXFSZ};
// How often memory is looked at: a program that touches 4 GB/s grows by half a gigabyte in it.
constexpr suseconds_t k_tick_us = 100'000;
// Nobody is killed for less.
constexpr std::size_t k_worth_a_look = std::size_t{64} << 20;

// What is seen here need not be kept. A limit of 1 byte: of 0 the programs that take cores take no notice (core(5)).
void no_core() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_CORE, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(1, limit.rlim_max);
  ::setrlimit(RLIMIT_CORE, &limit);
}

bool ends_with_core(int signal) {
  return std::ranges::find(k_core_signals, signal) != std::end(k_core_signals);
}

// A call through a bad pointer leaves no code to unwind from. As long as this lives, `tid` seems to be at the
// return address that the call left.
class BeforeBadCall {
 public:
  BeforeBadCall(pid_t tid, std::optional<std::uint64_t> fault_address) : m_tid(tid) {
#ifdef __x86_64__
    if (!fault_address || ::ptrace(PTRACE_GETREGS, tid, nullptr, &m_registers) != 0) return;
    if (m_registers.rip != *fault_address) return;
    errno = 0;
    const long back = ::ptrace(PTRACE_PEEKDATA, tid, m_registers.rsp, nullptr);
    if (errno != 0) return;
    user_regs_struct caller = m_registers;
    caller.rip = static_cast<unsigned long long>(back) - 1;  // within the call
    caller.rsp += sizeof back;
    m_changed = ::ptrace(PTRACE_SETREGS, tid, nullptr, &caller) == 0;
#else
    (void)fault_address;
#endif
  }
  BeforeBadCall(const BeforeBadCall&) = delete;
  BeforeBadCall& operator=(const BeforeBadCall&) = delete;
  ~BeforeBadCall() {
#ifdef __x86_64__
    if (m_changed) ::ptrace(PTRACE_SETREGS, m_tid, nullptr, &m_registers);
#endif
  }

 private:
  pid_t m_tid;
#ifdef __x86_64__
  user_regs_struct m_registers{};
  bool m_changed = false;
#endif
};

// The address whose access raised the signal that `tid` is to get.
std::optional<std::uint64_t> fault_address(pid_t tid, int signal) {
  siginfo_t info{};
  if (signal != SIGSEGV && signal != SIGBUS) return std::nullopt;
  if (::ptrace(PTRACE_GETSIGINFO, tid, nullptr, &info) != 0 || info.si_code <= 0) return std::nullopt;
  return reinterpret_cast<std::uint64_t>(info.si_addr);
}

// Who sent the signal that `tid` is to get, where it was sent by kill(2). abort() and raise() use tgkill(2), and are
// the program's own doing.
std::optional<pid_t> sender_of(pid_t tid) {
  siginfo_t info{};
  if (::ptrace(PTRACE_GETSIGINFO, tid, nullptr, &info) != 0 || info.si_code != SI_USER) return std::nullopt;
  return info.si_pid;
}

class Tracer {
 public:
  explicit Tracer(const TraceOptions& options) : m_options(options) {}
  base::Result<int> run(char** argv);

 private:
  struct Process {
    int caught = 0;       // the last of k_core_signals that its handler got
    pid_t caught_by = 0;  // the thread
    std::optional<std::uint64_t> address;
    std::size_t looked_at = 0;  // bytes resident when its stacks were read last
    ProcessStacks grown;        // those
  };
  enum class Rank { none, sent, handled, any, wanted };

  base::Result<void> start(char** argv);
  void serve(pid_t tid, int status);
  void on_signal(pid_t tid, int signal);
  void on_exit(pid_t tid);
  void on_killed(pid_t pid);
  void look_at_memory();
  enum class Hold { nothing, others, all };  // of its threads; `nothing`: only `tid` is of interest
  std::optional<ProcessStacks> stacks(pid_t pid, pid_t tid, bool past_handler, Hold hold);
  void report(const std::string& text, Rank rank);

  const TraceOptions& m_options;
  pid_t m_child = -1;
  int m_exit_code = 0;
  std::map<pid_t, Process> m_processes;
  std::deque<StoppedThread> m_deferred;  // stops that came while others were waited for
  Rank m_reported = Rank::none;
};

// The child waits until it is seized, so that nothing of it is missed.
base::Result<void> Tracer::start(char** argv) {
  int go[2];
  int failed[2];
  if (::pipe2(go, O_CLOEXEC) != 0 || ::pipe2(failed, O_CLOEXEC) != 0)
    return base::fail(ErrorKind::infra, fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  m_child = ::fork();
  if (m_child < 0) return base::fail(ErrorKind::infra, fmt::format("cannot fork: {}", std::strerror(errno)));
  if (m_child == 0) {
    char byte = 0;
    ::close(go[1]);
    if (::read(go[0], &byte, 1) != 1) ::_exit(127);
    no_core();
    ::execvp(argv[0], argv);
    const int error = errno;
    [[maybe_unused]] const ssize_t written = ::write(failed[1], &error, sizeof error);
    ::_exit(127);
  }
  ::close(go[0]);
  ::close(failed[1]);
  if (::ptrace(PTRACE_SEIZE, m_child, nullptr, k_options) != 0) {
    const int error = errno;
    ::close(go[1]);  // the child ends
    ::waitpid(m_child, nullptr, 0);
    return base::fail(ErrorKind::infra, fmt::format("tracing is not permitted: {}", std::strerror(error)),
                      "a container needs the capability SYS_PTRACE, or a seccomp profile that allows ptrace");
  }
  [[maybe_unused]] const ssize_t written = ::write(go[1], "g", 1);
  ::close(go[1]);
  m_processes[m_child];
  // Whether exec failed shows once it was traced that far: the pipe is closed by a successful one.
  int error = 0;
  for (;;) {
    int status = 0;
    const pid_t tid = ::waitpid(m_child, &status, __WALL);
    if (tid < 0) break;
    serve(tid, status);
    if (WIFEXITED(status) || WIFSIGNALED(status) || status >> 16 == PTRACE_EVENT_EXEC) break;
  }
  const bool no_exec = ::read(failed[0], &error, sizeof error) == sizeof error;
  ::close(failed[0]);
  if (no_exec)
    return base::fail(ErrorKind::infra, fmt::format("cannot start {}: {}", argv[0], std::strerror(error)));
  return {};
}

base::Result<int> Tracer::run(char** argv) {
  CULPRIT_TRY(start(argv));
  if (m_options.signal == SIGKILL) {
    struct sigaction action{};
    action.sa_handler = [](int) {};  // without SA_RESTART: waitpid returns
    ::sigaction(SIGALRM, &action, nullptr);
    const itimerval tick = {{0, k_tick_us}, {0, k_tick_us}};
    ::setitimer(ITIMER_REAL, &tick, nullptr);
  }
  while (m_child > 0) {
    if (!m_deferred.empty()) {
      const StoppedThread next = m_deferred.front();
      m_deferred.pop_front();
      serve(next.tid, next.status);
      continue;
    }
    int status = 0;
    const pid_t tid = ::waitpid(-1, &status, __WALL);
    if (tid > 0)
      serve(tid, status);
    else if (errno == EINTR)
      look_at_memory();
    else
      break;
  }
  return m_exit_code;
}

void Tracer::serve(pid_t tid, int status) {
  if (WIFEXITED(status) || WIFSIGNALED(status)) {
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) on_killed(tid);
    m_processes.erase(tid);
    if (tid != m_child) return;
    m_exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    m_child = -1;
    return;
  }
  if (!WIFSTOPPED(status)) return;
  const int signal = WSTOPSIG(status);
  int deliver = 0;
  switch (status >> 16) {
    case 0:
      on_signal(tid, signal);
      deliver = signal;
      break;
    case PTRACE_EVENT_STOP:
      // A new thread or process; or a stop of job control, which goes on until SIGCONT.
      if (signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU) {
        ::ptrace(PTRACE_LISTEN, tid, nullptr, nullptr);
        return;
      }
      if (const pid_t pid = process_of(tid); pid > 0) m_processes[pid];
      break;
    case PTRACE_EVENT_EXIT:
      on_exit(tid);
      break;
    default:
      break;  // fork, clone, exec: what comes of it is seized already
  }
  ::ptrace(PTRACE_CONT, tid, nullptr, deliver);
}

// `signal` is about to be delivered to `tid`.
void Tracer::on_signal(pid_t tid, int signal) {
  if (!ends_with_core(signal) && signal != m_options.signal) return;
  const pid_t pid = process_of(tid);
  const Disposition disposition = disposition_of(pid, signal);
  if (disposition == Disposition::ignored) return;
  Process& process = m_processes[pid];
  if (disposition == Disposition::caught) {
    process.caught = signal;
    process.caught_by = tid;
    process.address = fault_address(tid, signal);
    return;
  }
  if (const auto sender = sender_of(tid)) {
    report(fmt::format("[culprit] no stack: {} was sent to {} by {}\n", model::signal_name(signal),
                       name_of_process(pid), *sender == pid ? "itself" : name_of_process(*sender)),
           Rank::sent);
    return;
  }
  const auto address = fault_address(tid, signal);
  const BeforeBadCall at_caller(tid, address);
  // One that its own handler sends on, once it has said its piece.
  const bool past_handler = process.caught != 0 && process.caught_by == tid;
  auto found = stacks(pid, tid, past_handler, Hold::others);
  if (!found) return;
  const bool sent_on = found->threads.front().in_handler;
  found->signal = sent_on ? process.caught : signal;
  found->fault_address = sent_on ? process.address : address;
  report(text_of(*found), m_options.signal == 0 || signal == m_options.signal ? Rank::wanted : Rank::any);
}

// `tid` exits, and its stack is still there.
void Tracer::on_exit(pid_t tid) {
  unsigned long status = 0;
  if (::ptrace(PTRACE_GETEVENTMSG, tid, nullptr, &status) != 0 || status == 0) return;
  const pid_t pid = process_of(tid);
  const auto process = m_processes.find(pid);
  if (process == m_processes.end() || process->second.caught == 0 || process->second.caught_by != tid) return;
  auto found = stacks(pid, tid, true, Hold::nothing);
  if (!found || found->threads.empty() || !found->threads.front().in_handler) return;
  found->signal = process->second.caught;
  found->of = StackOf::handled;
  found->fault_address = process->second.address;
  report(text_of(*found), Rank::handled);
}

// Of a process that was killed nothing can be read any more, but where it was when it grew.
void Tracer::on_killed(pid_t pid) {
  const auto process = m_processes.find(pid);
  if (process == m_processes.end() || process->second.looked_at == 0) return;
  process->second.grown.signal = SIGKILL;
  report(text_of(process->second.grown), Rank::wanted);
}

void Tracer::look_at_memory() {
  for (auto& [pid, process] : m_processes) {
    const std::size_t bytes = resident_bytes(pid);
    if (bytes < std::max(k_worth_a_look, 2 * process.looked_at)) continue;
    auto found = stacks(pid, pid, false, Hold::all);
    if (!found) continue;
    process.looked_at = found->memory = bytes;
    process.grown = std::move(*found);
  }
}

std::optional<ProcessStacks> Tracer::stacks(pid_t pid, pid_t tid, bool past_handler, Hold hold) {
  const Deadline until = std::chrono::steady_clock::now() + k_time_for_stacks;
  std::vector<pid_t> held;
  if (hold != Hold::nothing) held = hold_threads(pid, hold == Hold::others ? tid : 0, m_deferred);
  auto found = stacks_of_stopped(pid, tid, past_handler, until);
  for (const pid_t other : held) ::ptrace(PTRACE_CONT, other, nullptr, nullptr);
  if (!found || !has_frames(*found)) return std::nullopt;
  return std::move(*found);
}

void Tracer::report(const std::string& text, Rank rank) {
  if (rank < m_reported) return;
  if (base::write_file_atomically(m_options.report, text)) m_reported = rank;
}

}  // namespace

base::Result<int> trace(char** argv, const TraceOptions& options) { return Tracer(options).run(argv); }

}  // namespace culprit::run
