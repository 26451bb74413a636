// What the system itself kept of a crash: core files, systemd-coredump, apport.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "base/process/cancel.h"
#include "run/stack/stacks.h"

namespace culprit::run {

// One run of a command, as those look for it who were not there.
struct CrashedRun {
  std::filesystem::path folder;  // that it ran in
  // A variable of its environment that no other process has: "NAME=value". What was kept is the run's where it
  // has it.
  std::string mark;
  double seconds = 0;  // it began so long ago, at most
  int signal = 0;      // that ended it; 0: not known
};

// The stacks of a process of the run that crashed, of the last one where there are several; nullopt where nothing was
// kept, or cannot be read. A core file within the run's folder is removed. Looks at what is there now, and at
// systemd's journal for two seconds, since that is written later.
std::optional<ProcessStacks> kept_stacks(const CrashedRun& run, const base::CancelToken& cancel);

}  // namespace culprit::run
