// The source file most likely at fault.
#pragma once

#include <string>

#include "model/report.h"

namespace culprit::console {

// The file of the first frame of a report that is not in generic code (allocators, locks, sanitizers, helpers,
// headers); empty where no frame names a file.
std::string guilty_file(const model::CrashReport& report);

}  // namespace culprit::console
