// Children are started with posix_spawn, always through culprit-guard (guard_main.cc says what it is for),
// and served by a poll loop of the calling thread: input, output, the guard's report, the deadline, the
// token.
//
// The guard does all that is hard, so the loop has four descriptors and no signal. An event library would
// bring more than it takes away: libuv gives its children sockets as standard streams, and a script's
// `echo > /dev/stderr` fails on a socket (ENXIO); each of its loops shares one process-wide SIGCHLD handler;
// and its writes raise SIGPIPE. posix_spawn is also the only way to start a process from a program of many
// threads and gigabytes that neither copies page tables nor runs code between fork and exec.

#include "base/process/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <thread>

#include <fmt/format.h>

#include "base/check.h"
#include "base/process/bounded_output.h"
#include "base/process/deadline.h"
#include "base/process/guard_protocol.h"
#include "base/process/process_tree.h"
#include "base/unique_fd.h"

namespace culprit::base {
namespace {

using guard::Ask;

constexpr std::string_view k_tag_variable = "CULPRIT_SESSION";
constexpr std::string_view k_child_variable = "CULPRIT_CHILD";
// How often the token is looked at: half of what cancel.h promises.
constexpr int k_tick_ms = 50;
constexpr std::size_t k_chunk = std::size_t{64} << 10;
// A test may stop its guard. One that does so more often than by accident is itself held for a turn of the guard's:
// a scan of /proc and some signals.
constexpr int k_stops_by_accident = 3;
constexpr auto k_turn_of_guard = std::chrono::milliseconds(20);

// What no other child of this machine has in k_child_variable.
std::string new_child_tag() {
  static std::atomic<unsigned> count{0};
  return fmt::format("{}.{}.{}", ::getpid(), std::chrono::steady_clock::now().time_since_epoch().count(),
                     ++count);
}

std::string& session_tag() {
  static std::string tag;
  return tag;
}

std::string reason(int error) { return std::strerror(error); }

std::string signal_name(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

// Both ends close on exec and lie above the numbers that the guard's protocol uses.
Result<Pipe> make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0)
    return fail(ErrorKind::infra, "cannot make a pipe: " + reason(errno),
                "raise the limit of open files (ulimit -n) or use fewer slots");
  Pipe pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
  for (UniqueFd* end : {&pipe.read, &pipe.write}) {
    if (end->get() > guard::k_status_fd) continue;
    const int higher = ::fcntl(end->get(), F_DUPFD_CLOEXEC, guard::k_status_fd + 1);
    if (higher < 0) return fail(ErrorKind::infra, "cannot make a pipe: " + reason(errno));
    *end = UniqueFd(higher);
  }
  return pipe;
}

void set_nonblocking(const UniqueFd& fd) {
  ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
}

// This process's environment with the command's changes, as "NAME=value".
std::vector<std::string> environment(const Command& command, const std::string& child_tag) {
  std::vector<std::pair<std::string, std::string>> changes = command.env;
  changes.emplace_back(k_child_variable, child_tag);
  std::string writable;
  for (const std::filesystem::path& path : command.writable) writable += path.string() + '\n';
  if (!writable.empty()) changes.emplace_back(guard::k_writable_variable, writable);
  if (!session_tag().empty()) changes.emplace_back(k_tag_variable, session_tag());
  std::vector<std::string> out;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    if (std::ranges::none_of(changes, [&](const auto& change) { return change.first == name; }))
      out.emplace_back(text);
  }
  for (const auto& [name, value] : changes) out.push_back(name + "=" + value);
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (std::string& string : strings) out.push_back(string.data());
  out.push_back(nullptr);
  return out;
}

// Writes to a pipe whose reader may be gone: EPIPE instead of a SIGPIPE for this program.
ssize_t write_without_signal(int fd, std::string_view bytes) {
  sigset_t pipe_signal, before, pending;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  sigpending(&pending);
  pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  const ssize_t written = ::write(fd, bytes.data(), bytes.size());
  const int error = errno;
  if (written < 0 && error == EPIPE && !sigismember(&pending, SIGPIPE)) {
    const timespec at_once{};
    while (sigtimedwait(&pipe_signal, nullptr, &at_once) < 0 && errno == EINTR) {
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return written;
}

// Why the guard could not start the program, for a person.
std::unexpected<Error> start_failure(const Command& command, const guard::Report& report) {
  const std::string& program = command.argv.front();
  switch (report.what) {
    case guard::Report::What::no_fork:
      return fail(ErrorKind::infra, "cannot start a process: " + reason(report.error),
                  "the machine is out of processes or memory: use fewer slots, or raise ulimit -u");
    case guard::Report::What::no_directory:
      return fail(ErrorKind::infra, fmt::format("cannot start '{}' in {}: {}", program, command.cwd.string(),
                                                reason(report.error)));
    default:
      break;
  }
  std::string hint;
  const bool is_path = program.contains('/');
  if (report.error == ENOENT && !is_path)
    hint = fmt::format("'{}' is not in PATH: install it, or give the path of the program", program);
  else if (report.error == ENOENT && ::access((command.cwd / program).c_str(), F_OK) == 0)
    hint = "the file is there, but the interpreter that its first line names is not";
  else if (report.error == ENOENT)
    hint = "there is no such file" + (command.cwd.empty() ? "" : " as seen from " + command.cwd.string());
  else if (report.error == EACCES)
    hint = fmt::format("make it executable: chmod +x {}", program);
  else if (report.error == E2BIG)
    hint = "its arguments and environment are larger than the system allows";
  return fail(ErrorKind::infra, fmt::format("cannot start '{}': {}", program, reason(report.error)), hint);
}

// One child, from its start to the guard's report.
class Supervision {
 public:
  Supervision(const Command& command, const CancelToken& cancel, const AtDeadline& at_deadline)
      : m_command(command), m_cancel(cancel), m_at_deadline(at_deadline) {}
  ~Supervision();
  Supervision(const Supervision&) = delete;
  Supervision& operator=(const Supervision&) = delete;

  Result<ProcessEnd> run();

 private:
  struct Stream {
    UniqueFd fd;
    BoundedOutput kept;
  };

  Result<void> start();
  Result<void> spawn(const std::array<int, 5>& child_fds);
  void wait();
  void look_at_time();
  void end_for_time();
  void look_after_guard();
  void feed();
  bool read_some(Stream& stream, std::size_t at_most);
  void drain(Stream& stream);
  void ask(Ask what);
  Result<ProcessEnd> end();

  const Command& m_command;
  const CancelToken& m_cancel;
  const AtDeadline& m_at_deadline;
  std::chrono::steady_clock::time_point m_start = std::chrono::steady_clock::now();
  const std::string m_child_tag = new_child_tag();
  pid_t m_guard = -1;  // -1 again once it has ended
  int m_guard_stops = 0;
  UniqueFd m_input, m_lifeline, m_status;
  Stream m_output{{}, BoundedOutput(m_command.output_limit)};
  Stream m_errors{{}, BoundedOutput(m_command.output_limit)};
  std::vector<char> m_buffer = std::vector<char>(k_chunk);
  std::string_view m_left_to_feed = m_command.input;
  Ask m_asked = Ask::none;
  bool m_refused = false;   // on_output has said false
  bool m_reported = false;  // m_report is there, or the guard is gone without one
  ssize_t m_report_size = 0;
  guard::Report m_report;
};

Supervision::~Supervision() {
  m_lifeline.reset();
  int status = 0;
  while (m_guard > 0) {
    const pid_t ended = ::waitpid(m_guard, &status, WUNTRACED);
    if (ended == m_guard && WIFSTOPPED(status))
      ::kill(m_guard, SIGCONT);
    else if (ended == m_guard || errno != EINTR)
      m_guard = -1;
  }
}

Result<ProcessEnd> Supervision::run() {
  CULPRIT_TRY(start());
  while (!m_reported) wait();
  drain(m_output);
  drain(m_errors);
  return end();
}

Result<void> Supervision::start() {
  Pipe output = CULPRIT_TRY(make_pipe());
  Pipe lifeline = CULPRIT_TRY(make_pipe());
  Pipe status = CULPRIT_TRY(make_pipe());
  Pipe input, errors;
  if (!m_command.input.empty()) {
    input = CULPRIT_TRY(make_pipe());
  } else {
    input.read = UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (input.read.get() >= 0 && input.read.get() <= guard::k_status_fd)
      input.read = UniqueFd(::fcntl(input.read.get(), F_DUPFD_CLOEXEC, guard::k_status_fd + 1));
    if (!input.read) return fail(ErrorKind::infra, "cannot open /dev/null: " + reason(errno));
  }
  if (!m_command.merge_stderr) errors = CULPRIT_TRY(make_pipe());

  const int error_fd = m_command.merge_stderr ? output.write.get() : errors.write.get();
  CULPRIT_TRY(
      spawn({input.read.get(), output.write.get(), error_fd, lifeline.read.get(), status.write.get()}));
  m_input = std::move(input.write);
  m_output.fd = std::move(output.read);
  m_errors.fd = std::move(errors.read);
  m_lifeline = std::move(lifeline.write);
  m_status = std::move(status.read);
  for (const UniqueFd* fd : {&m_input, &m_output.fd, &m_errors.fd})
    if (*fd) set_nonblocking(*fd);
  return {};
}

// `child_fds[n]` becomes the guard's descriptor n.
Result<void> Supervision::spawn(const std::array<int, 5>& child_fds) {
  const std::filesystem::path program = CULPRIT_TRY(find_guard());
  std::vector<std::string> arguments{program.string(), m_command.cwd.string()};
  arguments.insert(arguments.end(), m_command.argv.begin(), m_command.argv.end());
  std::vector<std::string> variables = environment(m_command, m_child_tag);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (int fd = 0; fd < 5; ++fd) posix_spawn_file_actions_adddup2(&actions, child_fds[fd], fd);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t all;
  sigfillset(&all);
  posix_spawnattr_setsigdefault(&attributes, &all);
  // All are blocked: one that comes for the group before the guard has a session of its own waits until the
  // guard reads it.
  posix_spawnattr_setsigmask(&attributes, &all);
  // A session of its own: the terminal's Ctrl-C is for culprit, which then ends its children in order.
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
  const int error = ::posix_spawn(&m_guard, program.c_str(), &actions, &attributes,
                                  pointers(arguments).data(), pointers(variables).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error == 0) return {};
  m_guard = -1;
  if (error == E2BIG) return start_failure(m_command, {.what = guard::Report::What::no_exec, .error = error});
  if (error == EAGAIN || error == ENOMEM)
    return start_failure(m_command, {.what = guard::Report::What::no_fork, .error = error});
  return fail(ErrorKind::infra, fmt::format("cannot start {}: {}", program.string(), reason(error)));
}

// One turn of the loop: waits for any descriptor or the next tick, and serves what is ready.
void Supervision::wait() {
  std::array<pollfd, 4> fds = {{{m_status.get(), POLLIN, 0},
                                {m_output.fd.get(), POLLIN, 0},
                                {m_errors.fd.get(), POLLIN, 0},
                                {m_input.get(), POLLOUT, 0}}};
  int wait_ms = k_tick_ms;
  if (m_command.timeout_s) {
    const double left_ms = (*m_command.timeout_s - seconds_since(m_start)) * 1000;
    if (left_ms < k_tick_ms) wait_ms = std::max(1, static_cast<int>(left_ms));
  }
  if (::poll(fds.data(), fds.size(), wait_ms) > 0) {
    if (fds[1].revents && !read_some(m_output, k_chunk)) m_output.fd.reset();
    if (fds[2].revents && !read_some(m_errors, k_chunk)) m_errors.fd.reset();
    if (fds[3].revents) feed();
    if (fds[0].revents) {
      m_report_size = ::read(m_status.get(), &m_report, sizeof m_report);
      m_reported = m_report_size >= 0 || errno != EINTR;
    }
  }
  look_at_time();
  look_after_guard();
}

// Whoever stops the guard (`kill -STOP $PPID` in a test) stops what it is there for: it goes on at once.
void Supervision::look_after_guard() {
  int status = 0;
  if (m_guard <= 0 || ::waitpid(m_guard, &status, WNOHANG | WUNTRACED) != m_guard) return;
  if (!WIFSTOPPED(status)) {
    m_guard = -1;  // what it had to say is in the pipe
    return;
  }
  std::vector<TreeProcess> held;
  if (++m_guard_stops > k_stops_by_accident) held = stopped_descendants(m_guard);
  ::kill(m_guard, SIGCONT);
  if (held.empty()) return;
  std::this_thread::sleep_for(k_turn_of_guard);
  for (const TreeProcess& process : held) ::kill(process.pid, SIGCONT);
}

void Supervision::look_at_time() {
  if (m_asked != Ask::none) return;
  if (m_cancel.cancelled())
    ask(Ask::cancel);
  else if (m_command.timeout_s && seconds_since(m_start) >= *m_command.timeout_s)
    end_for_time();
}

void Supervision::end_for_time() {
  if (m_at_deadline && m_guard > 0) m_at_deadline(m_guard);
  ask(Ask::time_is_up);
}

void Supervision::ask(Ask what) {
  if (m_asked != Ask::none) return;
  m_asked = what;
  const char byte = static_cast<char>(what);
  write_without_signal(m_lifeline.get(), {&byte, 1});
}

void Supervision::feed() {
  const ssize_t written = write_without_signal(m_input.get(), m_left_to_feed.substr(0, k_chunk));
  if (written > 0) m_left_to_feed.remove_prefix(static_cast<std::size_t>(written));
  const bool again = written < 0 && (errno == EAGAIN || errno == EINTR);
  if (m_left_to_feed.empty() || (written < 0 && !again)) m_input.reset();
}

// One read; false at the end of the stream.
bool Supervision::read_some(Stream& stream, std::size_t at_most) {
  const ssize_t size = ::read(stream.fd.get(), m_buffer.data(), std::min(at_most, m_buffer.size()));
  if (size < 0) return errno == EAGAIN || errno == EINTR;
  if (size == 0) return false;
  const std::string_view chunk(m_buffer.data(), static_cast<std::size_t>(size));
  stream.kept.append(chunk);
  if (&stream == &m_output && m_command.on_output && !m_refused && !m_command.on_output(chunk)) {
    m_refused = true;
    ask(Ask::stop);
  }
  return true;
}

// Reads what is in the pipe now and no more: the tree is dead, but a process that could not be killed may go
// on writing for ever.
void Supervision::drain(Stream& stream) {
  int pending = 0;
  if (!stream.fd || ::ioctl(stream.fd.get(), FIONREAD, &pending) != 0) return;
  auto left = static_cast<std::size_t>(pending);
  while (left > 0) {
    const std::size_t step = std::min(left, k_chunk);
    if (!read_some(stream, step)) return;
    left -= step;
  }
}

Result<ProcessEnd> Supervision::end() {
  if (m_report_size != static_cast<ssize_t>(sizeof m_report)) {
    kill_all_with(k_child_variable, m_child_tag);
    if (m_cancel.cancelled()) return ProcessEnd{.how = ProcessEnd::How::cancelled};
    return fail(ErrorKind::infra,
                fmt::format("culprit-guard ended without a report while it ran '{}'", m_command.argv.front()),
                "something killed it (the kernel's out-of-memory killer?): see dmesg");
  }
  if (m_report.what != guard::Report::What::ended) return start_failure(m_command, m_report);
  if (m_report.obeyed == Ask::killed && !m_cancel.cancelled())
    return fail(ErrorKind::interrupted, fmt::format("the run of '{}' was ended from outside ({})",
                                                    m_command.argv.front(), signal_name(m_report.signal)));
  if (m_report.survivor)
    return fail(ErrorKind::infra,
                fmt::format("process {}, started by '{}', cannot be killed", m_report.survivor,
                            m_command.argv.front()),
                "it runs as another user, or hangs in the kernel: end it by hand, then go on");

  ProcessEnd end;
  const int status = m_report.wait_status;
  if (m_refused || m_report.obeyed == Ask::stop)
    end.how = ProcessEnd::How::stopped;
  else if (m_report.obeyed == Ask::time_is_up)
    end.how = ProcessEnd::How::timed_out;
  else if (m_report.obeyed == Ask::cancel || m_report.obeyed == Ask::killed)
    end.how = ProcessEnd::How::cancelled;
  else if (WIFSIGNALED(status))
    end.how = ProcessEnd::How::signaled;
  if (end.how == ProcessEnd::How::signaled) end.signal = WTERMSIG(status);
  if (end.how == ProcessEnd::How::exited) end.exit_code = WEXITSTATUS(status);
  end.output = m_output.kept.text();
  end.errors = m_errors.kept.text();
  end.truncated = m_output.kept.truncated() || m_errors.kept.truncated();
  end.seconds = seconds_since(m_start);
  end.cpu_seconds = m_report.cpu_seconds;
  end.peak_memory = m_report.peak_memory;
  return end;
}

}  // namespace

Result<ProcessEnd> run_process(const Command& command, const CancelToken& cancel) {
  return run_process(command, cancel, {});
}

Result<ProcessEnd> run_process(const Command& command, const CancelToken& cancel,
                               const AtDeadline& at_deadline) {
  CULPRIT_CHECK(!command.argv.empty(), "a command without a program");
  if (cancel.cancelled()) return ProcessEnd{.how = ProcessEnd::How::cancelled};
  return Supervision(command, cancel, at_deadline).run();
}

void set_session_tag(std::string tag) { session_tag() = std::move(tag); }

}  // namespace culprit::base
