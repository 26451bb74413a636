// What a report says besides its title and stacks: the task, the memory access, the locks.
#pragma once

#include <span>

#include "console/match/matcher.h"
#include "console/text/line.h"
#include "model/run/report.h"

namespace culprit::console {

// The pid in "==12==" or "(pid=12)" of a program's report; -1 for none.
std::int64_t program_pid(std::span<const Line> lines);

// Task name, pid and CPU, as the lines of the report name them.
void read_task(std::span<const Line> lines, model::CrashReport& report);

// The pid that the first lines of a report name as the one it is about; -1 for none. The stack of another
// task behind it means that two reports are interleaved.
std::int64_t named_pid(std::span<const Line> lines);
// The pid of the first "CPU: ... PID: ... Comm: ..." line; -1 for none.
std::int64_t dumped_pid(std::span<const Line> lines);
// Which of the lines is that of the task with this pid; npos for none.
std::size_t dump_line_of(std::span<const Line> lines, std::int64_t pid);
// Are there such lines of more than one task?
bool dumps_two_tasks(std::span<const Line> lines);

// The function of the first ", at: function" of a lock line that is not generic. Where all are, the first that is
// the scheduler's: its locks are what the report is about, and what stands around such a site differs from run to
// run. The list of held locks counts only where no other line names a lock; what comes behind "stack backtrace:"
// does not. Empty for none.
std::string lock_site(std::span<const Line> lines, Families generic);

// The memory access of a sanitizer's report; nothing for one that is about no access.
std::optional<model::BadAccess> read_access(std::span<const Line> lines);

// Lock classes, held locks and the dependency chain of a lock validator's report.
model::LockdepInfo read_lockdep(std::span<const Line> lines, model::LockdepKind kind);

}  // namespace culprit::console
