// The lines of a bisection log, freed from what mail did to them.
#pragma once

#include <string_view>
#include <vector>

#include "replay/reading/unmail.h"

namespace culprit::replay {

// The lines of `text` up to its end, quoting undone (unmail.h) and wrapped lines put together again; the
// console that ends a log is left as it is.
std::vector<TextLine> log_lines_of(std::string_view text);

}  // namespace culprit::replay
