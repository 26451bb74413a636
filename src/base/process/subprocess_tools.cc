// What surrounds run_process: the form for our own tools, where the guard is, and the sweep for what a killed
// guard left.

#include <dirent.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "base/files.h"
#include "base/process/subprocess.h"
#include "base/strings.h"

namespace culprit::base {
namespace {

std::string how_it_ended(const Command& command, const ProcessEnd& end) {
  switch (end.how) {
    case ProcessEnd::How::exited:
      return fmt::format("failed with exit code {}", end.exit_code);
    case ProcessEnd::How::signaled:
      return fmt::format("died of signal {} ({})", end.signal, ::strsignal(end.signal));
    case ProcessEnd::How::timed_out:
      return fmt::format("did not end within {} s", command.timeout_s.value_or(0));
    case ProcessEnd::How::cancelled:
      return "was interrupted";
    case ProcessEnd::How::stopped:
      return "was stopped";
  }
  return {};
}

// Does the environment that the process was started with hold exactly `entry`?
bool started_with(pid_t pid, std::string_view entry) {
  // A process that ends meanwhile cannot be read.
  const std::string environment = read_file(fmt::format("/proc/{}/environ", pid)).value_or("");
  const std::string needle = '\0' + std::string(entry) + '\0';
  return ('\0' + environment).contains(needle);
}

std::vector<pid_t> processes_with(std::string_view entry) {
  std::vector<pid_t> found;
  if (DIR* proc = ::opendir("/proc")) {
    while (const dirent* file = ::readdir(proc)) {
      const auto pid = static_cast<pid_t>(std::strtol(file->d_name, nullptr, 10));
      if (pid > 0 && pid != ::getpid() && started_with(pid, entry)) found.push_back(pid);
    }
    ::closedir(proc);
  }
  return found;
}

}  // namespace

bool came_of_interruption(const ProcessEnd& end, const CancelToken& cancel) {
  using How = ProcessEnd::How;
  if (end.how == How::cancelled) return true;
  if (end.ok()) return false;
  // A shell says 128 + N for a child of its own that died of signal N.
  const int signal = end.how == How::signaled ? end.signal : end.how == How::exited ? end.exit_code - 128 : 0;
  const bool asked_to_end = signal == SIGTERM || signal == SIGHUP || signal == SIGINT || signal == SIGKILL;
  for (int i = 0; asked_to_end && i < 10 && !cancel.cancelled(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return cancel.cancelled();
}

Result<std::string> run_tool(const Command& command, const CancelToken& cancel) {
  Command separate = command;
  separate.merge_stderr = false;
  ProcessEnd end = CULPRIT_TRY(run_process(separate, cancel));
  const bool whole = end.output.size() <= command.output_limit;
  if (end.ok() && whole) return std::move(end.output);

  const std::string name = fmt::format("`{}`", join(command.argv, " "));
  if (end.ok())
    return fail(ErrorKind::infra, fmt::format("{} printed more than {} bytes", name, command.output_limit));
  const std::string said(last_lines(end.errors.empty() ? end.output : end.errors, 5));
  const bool full = said.contains("No space left on device");
  return fail(end.how == ProcessEnd::How::cancelled ? ErrorKind::interrupted : ErrorKind::infra,
              fmt::format("{} {}{}", name, how_it_ended(command, end), said.empty() ? "" : ": " + said),
              full ? disk_full(command.cwd.empty() ? "." : command.cwd).hint : "");
}

Result<std::filesystem::path> find_guard() {
  std::error_code error;
  if (const char* given = std::getenv("CULPRIT_GUARD"); given && *given) {
    if (::access(given, X_OK) == 0) return given;
    return fail(ErrorKind::infra, fmt::format("CULPRIT_GUARD is '{}': {}", given, std::strerror(errno)),
                "unset it, or let it name the program culprit-guard");
  }
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  for (const auto& path : {self / "culprit-guard", self / "../libexec/culprit/culprit-guard"})
    if (::access(path.c_str(), X_OK) == 0) return path;
  return fail(ErrorKind::infra, fmt::format("culprit-guard is not beside this program, in {}", self.string()),
              "install culprit as a whole, or set CULPRIT_GUARD to the path of culprit-guard");
}

std::size_t kill_strays(std::string_view tag) {
  return tag.empty() ? 0 : kill_all_with("CULPRIT_SESSION", tag);
}

std::size_t kill_all_with(std::string_view name, std::string_view value) {
  const std::string entry = fmt::format("{}={}", name, value);
  std::set<pid_t> killed;
  // Until a scan finds none; a process that hangs in the kernel or is not ours would stay for ever.
  for (int round = 0; round < 200; ++round) {
    const std::vector<pid_t> found = processes_with(entry);
    if (found.empty()) break;
    for (const pid_t pid : found)
      if (::kill(pid, SIGKILL) == 0) killed.insert(pid);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return killed.size();
}

}  // namespace culprit::base
