// culprit-guard: the parent of every process that culprit starts.
//
// The problem: a test may leave anything behind (daemons that fork twice and call setsid, background jobs, a
// guest), culprit itself may die by kill -9 in the middle of a run, and either way no process may be left. No
// process group or session catches a daemon, PR_SET_PDEATHSIG reaches only direct children (and fires when
// the *thread* that forked ends), PID namespaces and cgroups need rights that a user may not have.
//
// The method: this process is a child subreaper (prctl(2)), so that every descendant that loses its parent
// becomes its child, however often it forked. It holds the read end of a pipe whose only write end is in
// culprit; the kernel closes that end however culprit dies. Once the child has ended, or an end is asked
// for, or the pipe reports end of file, it kills all descendants, and reports only when waitpid says that
// there are none.
//
// A test may stop this process too (`kill -STOP $PPID`). culprit continues it as soon as it sees that, and the
// kernel does when culprit dies: SIGCONT is what PR_SET_PDEATHSIG sends.
//
// A guard that is killed itself takes its direct child along (PR_SET_PDEATHSIG); what was below that culprit
// finds by the CULPRIT_CHILD of its environment.

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include "base/process/confine.h"
#include "base/process/guard_protocol.h"
#include "base/process/process_tree.h"

namespace {

using culprit::base::TreeProcess;
using culprit::base::guard::Ask;
using culprit::base::guard::k_lifeline_fd;
using culprit::base::guard::k_status_fd;
using culprit::base::guard::Report;

// Between SIGTERM and SIGKILL: enough for make to remove half-written files.
constexpr double k_grace_s = 0.5;
// What the child leaves running may end by itself: the `tee` of `exec > >(tee log)` has output to write.
constexpr double k_stray_grace_s = 0.2;
// A process that outlives SIGKILL for so long hangs in the kernel, or is not ours to kill (sudo).
constexpr double k_kill_limit_s = 10;

double now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

void send(const Report& report) {
  // Nobody to tell is no error: culprit may be gone.
  [[maybe_unused]] const ssize_t sent = write(k_status_fd, &report, sizeof report);
}

class Guard {
 public:
  // Returns when the child has ended and everything below with it.
  int run(const char* cwd, char** argv);

 private:
  [[noreturn]] void become(const char* cwd, char** argv, pid_t guard) const;
  void watch();
  bool wait_for_something(double until);
  void obey_lifeline();
  void obey_signal(int signal);
  bool reap();
  void kill_everything();

  sigset_t m_signals{};
  int m_signal_fd = -1;
  bool m_lifeline_open = true;
  bool m_kill_now = false;
  pid_t m_child = -1;
  bool m_child_ended = false;
  double m_deadline = -1;  // of the grace that runs; below 0: none
  Report m_report;
};

// False, with errno set, where what is asked for cannot be had.
bool confine() {
  const char* asked = getenv(culprit::base::guard::k_writable_variable);
  if (asked == nullptr) return true;
  const std::string paths = asked;
  unsetenv(culprit::base::guard::k_writable_variable);
  return culprit::base::confine_writes(paths);
}

void Guard::become(const char* cwd, char** argv, pid_t guard) const {
  setsid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != guard) _exit(127);  // it died before the line above
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (*cwd && chdir(cwd) != 0) {
    send(Report{.what = Report::What::no_directory, .error = errno});
    _exit(127);
  }
  if (!confine()) {
    send(Report{.what = Report::What::no_exec, .error = errno});
    _exit(127);
  }
  // A program that was just written may still be open for writing in another thread's fork.
  for (int i = 0; i < 20; ++i) {
    execvp(argv[0], argv);
    if (errno != ETXTBSY) break;
    const timespec pause{.tv_sec = 0, .tv_nsec = 50'000'000};
    nanosleep(&pause, nullptr);
    errno = ETXTBSY;
  }
  send(Report{.what = Report::What::no_exec, .error = errno});
  _exit(127);
}

int Guard::run(const char* cwd, char** argv) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_SET_PDEATHSIG, SIGCONT);
  sigemptyset(&m_signals);
  for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE}) sigaddset(&m_signals, signal);
  sigprocmask(SIG_BLOCK, &m_signals, nullptr);
  m_signal_fd = signalfd(-1, &m_signals, SFD_CLOEXEC | SFD_NONBLOCK);

  const pid_t guard = getpid();
  m_child = fork();
  if (m_child == 0) become(cwd, argv, guard);
  if (m_child < 0 || m_signal_fd < 0) {
    send(Report{.what = Report::What::no_fork, .error = errno});
    if (m_child > 0) kill_everything();
    return 1;
  }
  // The streams are the child's: kept open here, their ends would never be seen.
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int fd : {0, 1, 2}) dup2(null, fd);

  watch();
  kill_everything();

  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  m_report.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  m_report.peak_memory = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  send(m_report);
  return 0;
}

// Until nothing is left to wait for, or what is left has to be killed.
void Guard::watch() {
  while (reap()) {
    if (m_child_ended && m_deadline < 0) m_deadline = now() + k_stray_grace_s;
    if (m_child_ended && m_report.obeyed != Ask::none) return;
    if (m_kill_now || (m_deadline >= 0 && now() >= m_deadline)) return;
    wait_for_something(m_deadline);
  }
}

// Blocks until a signal, the lifeline, or the time `until` (below 0: for ever).
bool Guard::wait_for_something(double until) {
  pollfd fds[] = {{m_signal_fd, POLLIN, 0}, {m_lifeline_open ? k_lifeline_fd : -1, POLLIN, 0}};
  const int wait_ms = until < 0 ? -1 : static_cast<int>(std::max(0.0, until - now()) * 1000) + 1;
  if (poll(fds, 2, wait_ms) <= 0) return false;
  signalfd_siginfo info{};
  while (fds[0].revents && read(m_signal_fd, &info, sizeof info) == sizeof info)
    if (info.ssi_signo != SIGCHLD && info.ssi_signo != SIGPIPE) obey_signal(static_cast<int>(info.ssi_signo));
  if (fds[1].revents) obey_lifeline();
  return true;
}

// Whoever ends all processes of a service at once sends the child the same signal, and either death may be
// seen first: one of a signal that asks to end is then no doing of the child's.
void Guard::obey_signal(int signal) {
  m_kill_now = true;
  reap();
  const int status = m_report.wait_status;
  const bool asked_to_end = m_child_ended && WIFSIGNALED(status) &&
                            (WTERMSIG(status) == SIGKILL || sigismember(&m_signals, WTERMSIG(status)) == 1);
  if (m_report.obeyed != Ask::none || (m_child_ended && !asked_to_end)) return;
  m_report.obeyed = Ask::killed;
  m_report.signal = signal;
}

void Guard::obey_lifeline() {
  char ask = 0;
  const ssize_t size = read(k_lifeline_fd, &ask, 1);
  if (size < 0 && errno == EINTR) return;
  if (size <= 0) {
    m_lifeline_open = false;
    m_kill_now = true;
  } else if (m_child_ended) {
    m_kill_now = true;  // too late to end the child: only its strays are still here
  } else if (m_report.obeyed == Ask::none) {
    m_report.obeyed = static_cast<Ask>(ask);
    m_deadline = now() + k_grace_s;
    // What is stopped obeys once it goes on.
    for (const int signal : {SIGTERM, SIGCONT})
      if (kill(-m_child, signal) != 0) kill(m_child, signal);  // its setsid may not have happened yet
  }
}

// Collects what has ended; false when no process is left below.
bool Guard::reap() {
  while (true) {
    int status = 0;
    const pid_t pid = waitpid(-1, &status, WNOHANG | __WALL);
    if (pid < 0 && errno == ECHILD) return false;
    if (pid <= 0) return true;
    if (pid == m_child) {
      m_child_ended = true;
      m_report.wait_status = status;
      if (m_report.obeyed == Ask::none) m_deadline = -1;
    }
  }
}

void Guard::kill_everything() {
  const double limit = now() + k_kill_limit_s;
  while (reap()) {
    const std::vector<TreeProcess> found = culprit::base::stopped_descendants(getpid());
    if (!m_child_ended) kill(m_child, SIGKILL);  // also where there is no /proc
    for (const TreeProcess& process : found) kill(process.pid, SIGKILL);
    if (now() >= limit) {
      m_report.survivor = found.empty() ? m_child : found.front().pid;
      return;
    }
    wait_for_something(now() + 0.02);
  }
}

// Nothing of culprit's is for the child: close all but the five that the protocol names.
void close_the_rest() {
  if (close_range(k_status_fd + 1, ~0U, 0) == 0) return;
  if (DIR* open_fds = opendir("/proc/self/fd")) {  // a kernel before 5.9
    std::vector<int> rest;
    while (const dirent* entry = readdir(open_fds)) rest.push_back(std::atoi(entry->d_name));
    closedir(open_fds);
    for (const int fd : rest)
      if (fd > k_status_fd) close(fd);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || fcntl(k_lifeline_fd, F_SETFD, FD_CLOEXEC) != 0 ||
      fcntl(k_status_fd, F_SETFD, FD_CLOEXEC) != 0) {
    std::fputs("culprit-guard: culprit starts this program by itself\n", stderr);
    return 2;
  }
  close_the_rest();
  _exit(Guard().run(argv[1], argv + 2));
}
