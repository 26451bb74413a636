// A process that the kernel kills for want of memory dies of SIGKILL like any other that is killed. The kernel counts what
// it killed for each control group (cgroup v2, memory.events; admin-guide/cgroup-v2.rst) and for the machine (vmstat).
#include "run/oom.h"

#include <filesystem>
#include <string>

#include "base/files.h"
#include "base/strings.h"

namespace culprit::run {

std::int64_t oom_kills_in(std::string_view text) {
  static constexpr std::string_view k_key = "oom_kill ";
  for (const std::string_view line : base::split_lines(text))
    if (line.starts_with(k_key))
      return base::parse_number<std::int64_t>(base::trim(line.substr(k_key.size()))).value_or(-1);
  return -1;
}

std::int64_t oom_kills() {
  static constexpr std::string_view k_v2 = "0::/";
  if (const auto groups = base::read_file("/proc/self/cgroup"))
    for (const std::string_view line : base::split_lines(*groups)) {
      if (!line.starts_with(k_v2)) continue;
      const auto events = base::read_file(std::filesystem::path("/sys/fs/cgroup") / line.substr(k_v2.size()) /
                                          "memory.events");
      if (events && oom_kills_in(*events) >= 0) return oom_kills_in(*events);
    }
  const auto vmstat = base::read_file("/proc/vmstat");
  return vmstat ? oom_kills_in(*vmstat) : -1;
}

}  // namespace culprit::run
