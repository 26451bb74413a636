// How compilers, linkers, shells and make say that the machine failed them, not the source.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace culprit::build {

// A build's output says that its disk (or the user's quota) was full.
bool disk_was_full(std::string_view output);
// The line of a failed build's output that says that the machine failed it: a tool was killed, memory, files
// or processes ran out, a file system failed. Nullopt where no line does. A tool that crashed is not among
// them: that may be the source's doing, and another try tells.
std::optional<std::string> machine_failure(std::string_view output);

// How the record of a build begins that was stopped at its deadline.
inline constexpr std::string_view k_no_end = "the build did not end within";

}  // namespace culprit::build
