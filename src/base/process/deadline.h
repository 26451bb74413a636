// run_process for those who want to look at the processes whose time is over.
#pragma once

#include <sys/types.h>

#include <functional>

#include "base/process/subprocess.h"

namespace culprit::base {

// Called once the deadline has passed, before the child is asked to end. All of its processes are below `guard`.
using AtDeadline = std::function<void(pid_t guard)>;

Result<ProcessEnd> run_process(const Command& command, const CancelToken& cancel,
                               const AtDeadline& at_deadline);

}  // namespace culprit::base
