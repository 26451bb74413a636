// Lines that a mailer wrapped.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "console/text/line.h"

namespace culprit::console {

// Joins the lines from `from` on that were one, where what is left of them looks so throughout: a line without
// a time stamp follows one with, in whose width its first word had no room. Joined bodies are kept in `arena`.
void join_wrapped(std::vector<Line>& lines, std::size_t from, std::deque<std::string>& arena);

}  // namespace culprit::console
