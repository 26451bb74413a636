// What a program's report says, and what the interpreters of the formats share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "console/match/matcher.h"
#include "console/text/line.h"
#include "model/run/report.h"

namespace culprit::console {

struct Said {
  std::string what;                // the kind of failure in the tool's words: "IndexError", "test failure"
  std::string where;               // function, test or file; empty where none is known
  std::string file;                // as printed; empty where unknown
  std::uint32_t line = 0;          // of `file`; 0 where unknown
  std::vector<std::string> other;  // more words for the same kind
  std::vector<model::Stack> stacks;
  std::size_t from = SIZE_MAX;   // the line in front of the head that it begins with; SIZE_MAX for the head
  std::size_t lines = SIZE_MAX;  // of the report, from its head; what is more belongs to nobody
};

// Words for a title: typographic quotes made plain, places in temporary and absolute folders cut to their
// last part, numbers and addresses taken out, at most 160 bytes.
std::string plain_words(std::string_view text);

// A test's name for a title: as it is, but for quotes and addresses.
std::string test_name(std::string_view text);

// Is the line blank?
bool is_blank(std::string_view body);

// The width of what the line is indented by; a tab counts as one.
std::size_t indent_of(std::string_view body);

// "IndexError" of "IndexError: string index out of range" and the like: what stands at the beginning of the
// line, with a dot or in words that languages use for exceptions. Empty where the line names none.
std::string_view exception_in(std::string_view text);

// The first "file.ext:12" in the lines that is the program's own.
bool find_place(std::span<const Line> lines, Said& said);

// What a test that failed is said to have, where nothing names the error.
inline constexpr std::string_view k_test_failure = "test failure";

// What a failing test printed: the error's name, else k_test_failure, and the first place that is the program's own.
void take_error(std::span<const Line> lines, Said& said);

// Fills in function and file: those of the first frame, innermost first, that is the program's own.
void blame_frames(std::span<const model::Frame> frames, Said& said);

// Takes title, blamed function, file and stacks over into the report.
void tell(const Rule& rule, Said said, model::CrashReport& report);

}  // namespace culprit::console
