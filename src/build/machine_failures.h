// How compilers, linkers and make say that the machine failed them, not the source.
#pragma once

#include <string_view>

namespace culprit::build {

// A build's output says that its disk (or the user's quota) was full.
bool disk_was_full(std::string_view output);
// It says that memory ran out, or that the kernel killed a tool for it.
bool memory_ran_out(std::string_view output);

}  // namespace culprit::build
