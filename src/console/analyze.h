// One report's lines -> one CrashReport.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "console/match/rule.h"
#include "console/text/line.h"
#include "model/run/report.h"

namespace culprit::console {

// `text` holds whole lines; the report's head line begins at `head` and was found by the given reading of
// parse_line(); what is before are a few lines of context. Offsets in the result are relative to `text`; `end` is
// set to the end of what belongs to the report. Nothing where no rule fits, and nothing where a line says that the
// failure was expected. Lines from `own_end` on are not the report's, but may say that.
std::optional<model::CrashReport> analyze(std::string_view text, std::size_t head, std::size_t reading,
                                          std::size_t own_end);

// A head that only the lines behind it make one: a mailer wrapped it, or it wears a dress that no table knows.
// Calls `found` with the line as it reads then, where a rule fits it. The raw line begins at `head`
// in `text`; lines in front of it may say what it belongs to.
bool find_head(std::string_view text, std::size_t head, std::size_t reading,
               const std::function<void(const Line&, const Rule*)>& found);

// Could a kernel have begun a message at `at` in `body`? It does so at the start of the line, or behind names with
// a colon or in brackets ("watchdog: BUG: ", "[ INFO: "). Names of tests and quotations go on with words.
bool begins_message(std::string_view body, std::size_t at);

// Could a line behind `text` still belong to the report whose head line begins at `head`? False where the
// report has ended before.
bool goes_on(std::string_view text, std::size_t head, std::size_t reading);

}  // namespace culprit::console
