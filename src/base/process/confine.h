// A process that can write in some places only: Landlock, which needs no rights and holds for all descendants.
#pragma once

#include <string_view>

namespace culprit::base {

// The kernel has it.
bool can_confine();
// From here on this process and its descendants create, change and remove files only at and below `paths` (one a line;
// one that is not there is left out), and cannot gain rights (sudo). False, with errno set, where that is not to be had.
bool confine_writes(std::string_view paths);

}  // namespace culprit::base
