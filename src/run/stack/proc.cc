#include "run/stack/proc.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/files.h"
#include "base/strings.h"

namespace culprit::run {
namespace {

std::string text_of_file(const std::string& path) {
  auto text = base::read_file(path);
  return text ? std::move(*text) : std::string();
}

// Behind "NAME:" in a status file.
std::optional<std::uint64_t> field(const std::string& status, std::string_view name, int base) {
  const std::size_t at = status.find(fmt::format("\n{}:", name));
  if (at == std::string::npos) return std::nullopt;
  return std::strtoull(status.c_str() + at + name.size() + 2, nullptr, base);
}

constexpr auto k_time_to_stop = std::chrono::seconds(1);
constexpr auto k_pause = std::chrono::milliseconds(1);

// Waits until `tid` stops. False: it has ended, or does not stop.
bool wait_for_stop(pid_t tid, int& status) {
  const auto until = std::chrono::steady_clock::now() + k_time_to_stop;
  for (;;) {
    const pid_t got = ::waitpid(tid, &status, __WALL | WNOHANG);
    if (got == tid) return WIFSTOPPED(status);
    if (got < 0 && errno != EINTR) return false;
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(k_pause);
  }
}

}  // namespace

pid_t process_of(pid_t tid) {
  const auto group = field(text_of_file(fmt::format("/proc/{}/status", tid)), "Tgid", 10);
  return group ? static_cast<pid_t>(*group) : -1;
}

std::vector<pid_t> threads_of(pid_t pid) {
  std::vector<pid_t> out;
  struct Close {
    void operator()(DIR* dir) const { ::closedir(dir); }
  };
  const std::unique_ptr<DIR, Close> dir(::opendir(fmt::format("/proc/{}/task", pid).c_str()));
  while (const dirent* entry = dir ? ::readdir(dir.get()) : nullptr)
    if (const int tid = std::atoi(entry->d_name); tid > 0) out.push_back(tid);
  return out;
}

std::string name_of_process(pid_t pid) {
  const std::string name = text_of_file(fmt::format("/proc/{}/comm", pid));
  return fmt::format("{}[{}]", base::trim(name), pid);
}

std::size_t resident_bytes(pid_t pid) {
  const std::string pages = text_of_file(fmt::format("/proc/{}/statm", pid));
  const std::size_t blank = pages.find(' ');
  if (blank == std::string::npos) return 0;
  return std::strtoull(pages.c_str() + blank, nullptr, 10) *
         static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

Disposition disposition_of(pid_t pid, int signal) {
  const std::string status = text_of_file(fmt::format("/proc/{}/status", pid));
  const std::uint64_t bit = std::uint64_t{1} << (signal - 1);
  if (field(status, "SigCgt", 16).value_or(0) & bit) return Disposition::caught;
  if (field(status, "SigIgn", 16).value_or(0) & bit) return Disposition::ignored;
  return Disposition::ends;
}

std::vector<pid_t> hold_threads(pid_t pid, pid_t except, std::deque<StoppedThread>& deferred) {
  std::vector<pid_t> held;
  std::vector<pid_t> asked;
  for (const pid_t tid : threads_of(pid)) {
    const bool stopped = tid == except || std::ranges::any_of(deferred, [&](const StoppedThread& s) {
                           return s.tid == tid && WIFSTOPPED(s.status);
                         });
    if (!stopped && ::ptrace(PTRACE_INTERRUPT, tid, nullptr, nullptr) == 0) asked.push_back(tid);
  }
  for (const pid_t tid : asked) {
    int status = -1;  // no end and no stop
    if (!wait_for_stop(tid, status)) {
      if (WIFEXITED(status) || WIFSIGNALED(status)) deferred.push_back({tid, status});
      continue;
    }
    const bool by_us = status >> 16 == PTRACE_EVENT_STOP && WSTOPSIG(status) == SIGTRAP;
    if (by_us)
      held.push_back(tid);
    else
      deferred.push_back({tid, status});
  }
  return held;
}

}  // namespace culprit::run
