// Output of no known format, made comparable: what changes from run to run is taken out of its lines.
#pragma once

#include <string>
#include <string_view>

#include "model/run/printed.h"

namespace culprit::console {

// Distinct lines that are kept of one run; a test suite's failures are within its last lines.
inline constexpr std::size_t k_printed_lines = 200;

// Lines as a terminal shows them in the end: without escape sequences, and of a line that was overwritten the last state.
std::string as_shown(std::string_view text);

// A line without colours, what a progress bar overwrote, numbers (N), addresses and hashes (H), folders, temporary
// names (TMP) and times; at most 160 bytes. Empty where nothing is left but signs.
std::string shape_of(std::string_view line);

// 16 hexadecimal digits.
std::string hash_of_shape(std::string_view shape);

// Lines, last line and digest of what a run printed. `hashed`: lines as their hashes.
model::Printed printed_of(std::string_view console, bool hashed);

// Does a line say that something went wrong? "0 errors" does not.
bool tells_of_failure(std::string_view shape);

// The line that says best what went wrong: the last that tells_of_failure(); empty where none does.
std::string telling_line(const model::Printed& printed);

}  // namespace culprit::console
