// /proc/sys/kernel/core_pattern (core(5)) says what becomes of a core: a file, relative to where the process stood or
// with a path, or the input of a program. Two such programs are common: systemd-coredump, which keeps a message in the
// journal with the process's environment and the name of a (compressed) file, and apport, which, for programs that are of no
// package, writes a plain core to /var/lib/apport/coredump. What a pattern's letters expand to is not worked out: the
// names of cores begin with what stands before the first letter, and a core holds the environment of its process.
//
// A limit of 0 (ulimit -c, the default of most systems) means no core. It is not raised: a core of a sanitizer's
// process is of terabytes, and what a judged run finds is to be what it finds elsewhere.
#include "run/stack/cores.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string_view>
#include <thread>
#include <vector>

#include "base/files.h"
#include "base/process/subprocess.h"
#include "base/strings.h"
#include "base/unique_fd.h"
#include "run/stack/unwind.h"

namespace culprit::run {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr auto k_time_for_journal = std::chrono::seconds(2);
// A checkout with more files has its core, if any, at its top.
constexpr int k_most_files = 20'000;
// systemd's SD_MESSAGE_COREDUMP, in the file sd-messages.h.
constexpr const char* k_coredump_message = "MESSAGE_ID=fc2e22bc6ee647b6b90729ab34a250b1";

// Clocks of file systems and of the run differ by less.
constexpr double k_slack_s = 2;

bool is_recent(const fs::path& path, const CrashedRun& run) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return false;
  return std::difftime(std::time(nullptr), info.st_mtime) <= run.seconds + k_slack_s;
}

// Is the process's environment, which a core has as it lay in memory, that of the run?
bool has_mark(const fs::path& core, const std::string& mark) {
  const base::UniqueFd fd(::open(core.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info{};
  if (!fd || ::fstat(fd.get(), &info) != 0 || info.st_size == 0) return false;
  const auto size = static_cast<std::size_t>(info.st_size);
  void* bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (bytes == MAP_FAILED) return false;
  const std::string needle = '\0' + mark + '\0';
  const bool found = ::memmem(bytes, size, needle.data(), needle.size()) != nullptr;
  ::munmap(bytes, size);
  return found;
}

// The cores of the run in `folder` whose names begin with `prefix`, the newest first.
std::vector<fs::path> cores_in(const fs::path& folder, const std::string& prefix, bool deep,
                               const CrashedRun& run) {
  std::vector<fs::path> found;
  std::error_code error;
  int files = 0;
  fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && at != fs::recursive_directory_iterator() && files < k_most_files;
       at.increment(error), ++files) {
    if (!deep || at->path().filename() == ".git") at.disable_recursion_pending();
    if (at->path().filename().string().starts_with(prefix) && is_recent(at->path(), run))
      found.push_back(at->path());
  }
  std::erase_if(found, [&](const fs::path& path) { return !has_mark(path, run.mark); });
  std::ranges::sort(found, std::greater<>(), [](const fs::path& path) {
    std::error_code gone;
    return fs::last_write_time(path, gone);
  });
  return found;
}

std::optional<ProcessStacks> read_core(const fs::path& core, int signal) {
  auto stacks = stacks_of_core(core, std::chrono::steady_clock::now() + k_time_for_stacks);
  if (!stacks || !has_frames(*stacks)) return std::nullopt;
  if (signal != 0 && stacks->signal != 0 && stacks->signal != signal) return std::nullopt;
  return std::move(*stacks);
}

std::optional<ProcessStacks> from_files(const std::string& pattern, const CrashedRun& run) {
  const std::string literal = pattern.substr(0, pattern.find('%'));
  const bool absolute = pattern.starts_with('/');
  const fs::path folder = absolute ? fs::path(literal).parent_path() : run.folder;
  const std::string prefix = fs::path(literal).filename().string();
  std::optional<ProcessStacks> out;
  for (const fs::path& core : cores_in(folder, prefix, !absolute, run)) {
    if (!out) out = read_core(core, run.signal);
    std::error_code error;
    if (!absolute) fs::remove(core, error);
  }
  return out;
}

base::Command quiet(std::vector<std::string> argv) {
  return {
      .argv = std::move(argv), .timeout_s = 30, .output_limit = std::size_t{64} << 20, .merge_stderr = false};
}

// What systemd-coredump kept of the message's process.
std::optional<ProcessStacks> from_message(const json& message, const CrashedRun& run,
                                          const base::CancelToken& cancel) {
  const std::string file = message.value("COREDUMP_FILENAME", "");
  if (file.empty()) return std::nullopt;
  if (!file.ends_with(".zst") && !file.ends_with(".lz4") && !file.ends_with(".xz"))
    return read_core(file, run.signal);
  auto folder = base::TempDir::create("culprit-core-");
  if (!folder) return std::nullopt;
  const fs::path core = folder->path() / "core";
  const auto end = base::run_process(quiet({"coredumpctl", "--quiet", "--output=" + core.string(), "dump",
                                            "COREDUMP_PID=" + message.value("COREDUMP_PID", "")}),
                                     cancel);
  return end && end->ok() ? read_core(core, run.signal) : std::nullopt;
}

std::optional<ProcessStacks> from_journal(const CrashedRun& run, const base::CancelToken& cancel) {
  const auto until = std::chrono::steady_clock::now() + k_time_for_journal;
  const std::string since =
      fmt::format("--since=@{:.0f}", std::difftime(std::time(nullptr), 0) - run.seconds - k_slack_s);
  do {
    const auto end = base::run_process(
        quiet({"journalctl", "--quiet", "--reverse", "--output=json", "--all", since, k_coredump_message}),
        cancel);
    if (!end || !end->ok()) return std::nullopt;
    for (const std::string_view line : base::split(end->output, '\n')) {
      const json message = json::parse(line, nullptr, false);
      if (!message.is_object()) continue;
      const auto environment = message.find("COREDUMP_ENVIRON");
      if (environment == message.end() || !environment->is_string()) continue;
      if (!("\n" + environment->get<std::string>() + "\n").contains("\n" + run.mark + "\n")) continue;
      return from_message(message, run, cancel);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  } while (std::chrono::steady_clock::now() < until && !cancel.cancelled());
  return std::nullopt;
}

}  // namespace

std::optional<ProcessStacks> kept_stacks(const CrashedRun& run, const base::CancelToken& cancel) {
  const auto text = base::read_file("/proc/sys/kernel/core_pattern");
  const std::string pattern(text ? base::trim(*text) : std::string_view());
  if (pattern.empty()) return std::nullopt;
  if (!pattern.starts_with('|')) return from_files(pattern, run);
  if (pattern.contains("systemd-coredump")) return from_journal(run, cancel);
  if (pattern.contains("apport")) return from_files("/var/lib/apport/coredump/core.%E", run);
  return std::nullopt;
}

}  // namespace culprit::run
