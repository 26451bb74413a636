// Lines that a mailer wrapped.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "console/text/line.h"

namespace culprit::console {

// Lines from a report's head on that say whether a mailer wrapped the log.
inline constexpr std::size_t k_unwrapped_lines = 40;
// Do they look so? A line without a time stamp follows one with, in whose width its first word had no room.
bool is_wrapped(const std::vector<Line>& lines, std::size_t from);

// Joins the lines from `from` on that were one, where they look so throughout. Joined bodies are kept in `arena`.
void join_wrapped(std::vector<Line>& lines, std::size_t from, std::deque<std::string>& arena);

}  // namespace culprit::console
