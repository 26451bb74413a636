// Readings as JSON and as text for people.
#pragma once

#include <string>
#include <string_view>

namespace culprit::model {
struct ConsoleReading;
struct CrashReport;
}  // namespace culprit::model

namespace culprit::output {

// One line (without a newline): {"file": ..., "reports": [...], "panicked": ...}. Bytes that are not UTF-8
// are replaced.
std::string to_json(const model::ConsoleReading& reading, std::string_view file);
// The same in pieces, for consoles with any number of reports: head, reports with "," between them, tail.
std::string json_head(std::string_view file);
std::string to_json(const model::CrashReport& report);
std::string json_tail(bool panicked);

// For people: a paragraph for a report. Ends with an empty line.
std::string to_text(const model::CrashReport& report, std::string_view file);
// The same of a whole reading, which says so if there is none.
std::string to_text(const model::ConsoleReading& reading, std::string_view file);

}  // namespace culprit::output
