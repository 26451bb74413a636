// Readings as JSON and as text for people.
#pragma once

#include <string>
#include <string_view>

#include "model/report.h"

namespace culprit::console {

// One line (without a newline): {"file": ..., "reports": [...], "panicked": ...}. Bytes that are not UTF-8
// are replaced.
std::string to_json(const model::ConsoleReading& reading, std::string_view file);

// For people: a paragraph for each report. Ends with a newline.
std::string to_text(const model::ConsoleReading& reading, std::string_view file);

// "recursive", "circular", ...: the names in JSON.
std::string_view name_of(model::LockdepKind kind);
std::string_view name_of(model::StackKind kind);

}  // namespace culprit::console
