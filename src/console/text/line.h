// Console bytes as lines: what printk put in front of a message is taken off and kept apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace culprit::console {

// Longer lines are read as several lines of this many bytes, so that no line costs more than a fixed amount.
inline constexpr std::size_t k_max_line = 8192;

struct Line {
  std::size_t begin = 0;  // byte offsets of the raw line in its text, without the newline: [begin, end)
  std::size_t end = 0;
  std::string_view body;     // the message: no time stamp, caller id, log level, terminal escapes, CR or NUL
  std::string_view context;  // the printk caller id: "T123" (task) or "C0" (CPU); empty without one
  bool answer = false;       // of another CPU, printed because the report asked for it; set by the analysis
  bool stamped = false;      // has a printk time stamp
};

// Whether a raw line holds user space's words and none of the kernel's: the reproducer's output, as the runner
// of guests marks it, or a record that was written to /dev/kmsg.
bool is_user_spaces(std::string_view raw);

// Appends the lines that a raw line holds to `lines`: one, and one more for each time stamp in its middle,
// where another writer did not end its line; none for user space's. `begin` is the raw line's offset. What must be cleaned is copied
// to `arena`; other views point into `raw`.
void parse_line(std::string_view raw, std::size_t begin, std::deque<std::string>& arena,
                std::vector<Line>& lines);

// What a kernel prints on a line of its own before it prints the line before once more, because a part of it
// may be lost.
inline constexpr std::string_view k_replay = "** replaying previous printk message **";

// All lines of a text, what was printed again once. Views point into `text` and `arena`.
std::vector<Line> split_lines(std::string_view text, std::deque<std::string>& arena);

// The length of a time stamp "[   12.345678]" with what may stand in front ("<6>") and behind it ("[ T12]",
// one blank) at `at`, or 0. `context` receives the caller id. `at` is within `text`.
std::size_t stamp_length(std::string_view text, std::size_t at, std::string_view* context);

}  // namespace culprit::console
