// The lines of a report that a person reads first.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace culprit::output {

// At most `most` lines of `text`: without empty ones, shadow bytes, registers, frames of allocators, of sanitizers and
// of a program's start, and without the path of culprit's checkouts before the names of files. `from_end`: the last
// ones, else the first.
std::vector<std::string> telling_lines(std::string_view text, std::size_t most, bool from_end);

// `text` with paths below culprit's checkouts as they are named in the repository.
std::string without_checkouts(std::string_view text);

}  // namespace culprit::output
