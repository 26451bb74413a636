// One report's lines -> one CrashReport.
#pragma once

#include <optional>
#include <string_view>

#include "model/run/report.h"

namespace culprit::console {

// `text` holds whole lines; the report's head line begins at `head` and was found by the given reading of
// parse_line(); what is before are a few lines of context. Offsets in the result are relative to `text`; `end` is set to the end of what belongs to the
// report. Nothing where no rule fits.
std::optional<model::CrashReport> analyze(std::string_view text, std::size_t head, std::size_t reading);

// Could a line behind `text` still belong to the report whose head line begins at `head`? False where the
// report has ended before.
bool goes_on(std::string_view text, std::size_t head, std::size_t reading);

}  // namespace culprit::console
