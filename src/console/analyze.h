// One report's lines -> one CrashReport.
#pragma once

#include <optional>
#include <string_view>

#include "model/run/report.h"

namespace culprit::console {

// `text` holds whole lines; the report's head line begins at `head`; what is before are a few lines of
// context. Offsets in the result are relative to `text`; `end` is set to the end of what belongs to the
// report. Nothing where no rule fits, and nothing where a line says that the failure was expected. Lines from
// `own_end` on are not the report's, but may say that.
std::optional<model::CrashReport> analyze(std::string_view text, std::size_t head, std::size_t own_end);

// Could a kernel have begun a message at `at` in `body`? It does so at the start of the line, or behind names with
// a colon or in brackets ("watchdog: BUG: ", "[ INFO: "). Names of tests and quotations go on with words.
bool begins_message(std::string_view body, std::size_t at);

// Could a line behind `text` still belong to the report whose head line begins at `head`? False where the
// report has ended before.
bool goes_on(std::string_view text, std::size_t head);

}  // namespace culprit::console
