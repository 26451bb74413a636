// What a report says besides its title and stacks: the task, the memory access, the locks.
#pragma once

#include <span>

#include "console/line.h"
#include "console/matcher.h"
#include "model/report.h"

namespace culprit::console {

// Task name, pid and CPU, as the lines of the report name them.
void read_task(std::span<const Line> lines, model::CrashReport& report);

// The memory access of a sanitizer's report; nothing for one that is about no access.
std::optional<model::BadAccess> read_access(std::span<const Line> lines);

// Lock classes, held locks and the dependency chain of a lock validator's report.
model::LockdepInfo read_lockdep(std::span<const Line> lines, model::LockdepKind kind);

}  // namespace culprit::console
