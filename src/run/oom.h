// Whether the kernel killed a process for want of memory.
#pragma once

#include <cstdint>
#include <string_view>

namespace culprit::run {

// How many it killed so far of culprit's own control group and those below; of the machine where that does not count. -1
// where nobody says (no cgroup v2, a kernel before 4.13). A count for others' deaths, too: only what died of SIGKILL may be
// one of them.
std::int64_t oom_kills();

// The number behind "oom_kill " in /proc/vmstat or memory.events; -1 where there is none.
std::int64_t oom_kills_in(std::string_view text);

// The line that a run's console gets where that number rose.
inline constexpr std::string_view k_oom_line =
    "[culprit] the kernel killed a process for want of memory while this ran";

}  // namespace culprit::run
