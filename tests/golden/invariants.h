// What holds of every console whatever its bytes: checked by the golden tests and by the fuzzer.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace culprit::console {

// The first broken one in words, or nothing:
//  - offsets are in order, within the console, and starts ascend;
//  - reading from a report's start finds the same report first;
//  - reading from its end does not find it again: a report of the same title there is another one, or a piece
//    of one;
//  - how the console is cut into chunks changes nothing.
// Reads the console up to 130 times, as it has reports.
std::optional<std::string> broken_invariant(std::string_view console);

}  // namespace culprit::console
