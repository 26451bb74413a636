// Stacks by elfutils' libdwfl: of processes that this thread holds stopped, and of core files.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>

#include "base/result.h"
#include "run/stack/stacks.h"

namespace culprit::run {

// Reading the debug information of a large program takes seconds; ten times that is a program that has no end.
inline constexpr auto k_time_for_stacks = std::chrono::seconds(20);

using Deadline = std::chrono::steady_clock::time_point;

// The stacks of all threads of `pid`, `first` in front. The calling thread has each of them attached (ptrace) and
// stopped. With `past_handler` the stack of `first` begins where the signal whose handler it is in hit it. Behind
// `until` nothing more is looked up: frames lack names then. Errors: the process cannot be read.
base::Result<ProcessStacks> stacks_of_stopped(pid_t pid, pid_t first, bool past_handler, Deadline until);

// Those of a core file, with the signal that ended the process. Errors: it is none, or of another machine.
base::Result<ProcessStacks> stacks_of_core(const std::filesystem::path& path, Deadline until);

}  // namespace culprit::run
