// The source file most likely at fault.
#pragma once

#include <string>

#include "model/run/report.h"

namespace culprit::console {

// From the blamed function outward, the first file that is not generic code (allocators, locks, sanitizers,
// helpers, headers, the layers that every driver or file system is called through). `stack` is the index in
// `report.stacks` of the stack that decided the blame, or SIZE_MAX. Without frames that name files, the file
// that `said` names: what the report says in front of its stacks; empty where it names none. `program`: of a
// user-space program, where the generic files are those of its runtimes, and any file of the text is as good.
std::string guilty_file(const model::CrashReport& report, std::size_t stack, bool program,
                        std::string_view said);

}  // namespace culprit::console
