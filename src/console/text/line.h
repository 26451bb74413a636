// Console bytes as lines: what printk put in front of a message is taken off and kept apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "console/dress/coding.h"
#include "console/dress/transport.h"

namespace culprit::console {

// Longer lines are read as several lines of this many bytes, so that no line costs more than a fixed amount.
inline constexpr std::size_t k_max_line = 8192;

struct Line {
  std::size_t begin = 0;  // byte offsets of the raw line in its text, without the newline: [begin, end)
  std::size_t end = 0;
  std::string_view body;     // the message: no time stamp, caller id, log level, terminal escapes, CR or NUL
  std::string_view context;  // the printk caller id: "T123" (task) or "C0" (CPU); empty without one
  bool answer = false;       // of another CPU, printed because the report asked for it; set by the analysis
  bool stamped = false;      // the kernel's: has a printk time stamp, or its transport says so
  std::string_view writer;   // as a transport names it: "sshd[12]:", "web-1"; empty where none does
  Voice voice = Voice::unknown;  // who speaks, as a transport says
  bool prose = false;            // of a page, rather than of a log that became one
};

// What the lines of a log wear in front of the kernel's or the program's words.
struct Dress {
  std::vector<Layer> outer;
  // Worn by the head within `outer`, where the lines behind it do without: those of a message that is stamped once.
  std::vector<Layer> of_head;
  Coded coded;
  std::vector<Layer> inner;  // within the coded text
  bool empty() const { return outer.empty() && coded.coding == Coding::none; }
};

// Whether a raw line holds user space's words and none of the kernel's: the reproducer's output, as the runner
// of guests marks it, or a record that was written to /dev/kmsg.
bool is_user_spaces(std::string_view raw);

// Appends the lines that a raw line holds to `lines`: one, and one more for each time stamp in its middle,
// where another writer did not end its line, and each line of a coded text; none for user space's. `begin` is
// the raw line's offset. Takes off whatever dress is known; `reading` is the number of ways to read it that are
// passed over. What must be cleaned or decoded is copied to `arena`; other views point into `raw`. False where
// there is no such reading.
inline constexpr std::size_t k_readings = 4;
inline constexpr std::size_t k_as_it_is =
    SIZE_MAX;  // a reading beside those: the line with nothing taken off
bool parse_line(std::string_view raw, std::size_t begin, std::deque<std::string>& arena,
                std::vector<Line>& lines, std::size_t reading = 0);

// A line whose dress is wanted.
struct Head {
  std::string_view raw;
  std::size_t at = 0;       // where the line begins in it
  std::string_view behind;  // the text that follows
  std::size_t reading = 0;  // of parse_line(), by which it was found
};
// What the line wears: of its readings, the one that fits most of the lines behind it, else its own. Views point
// into the line and `arena`. `stamped_once` receives another answer where the lines behind it may go on with a
// message that is dressed in its first line only; else it is left empty.
Dress dress_of(const Head& head, std::deque<std::string>& arena, Dress* stamped_once = nullptr);

// What a kernel prints on a line of its own before it prints the line before once more, because a part of it
// may be lost.
inline constexpr std::string_view k_replay = "** replaying previous printk message **";

// The lines of a text that wear a dress, one raw line after the other: a report may end long before its text. Views
// point into the text and the arena.
class LineReader {
 public:
  LineReader(std::string_view text, std::deque<std::string>& arena, const Dress& dress = {});
  // Appends what the next raw line holds to `lines`, perhaps nothing; false at the end. What was printed again is read
  // once.
  bool next(std::vector<Line>& lines);
  // Where the next raw line begins.
  std::size_t at() const { return m_begin; }
  // May lines say of others that they are printed again?
  bool may_replay() const { return m_may_replay; }
  // From here on raw lines that do not hold `mark` are passed over; none are where it is empty.
  void only_with(std::string_view mark) { m_mark = mark; }

 private:
  bool read(std::vector<Line>& lines);
  void pass_over();

  std::string_view m_text;
  std::deque<std::string>& m_arena;
  const Dress& m_dress;
  std::size_t m_begin = 0;     // of the next raw line
  std::string_view m_mark;     // that a raw line must hold
  std::optional<Line> m_last;  // that wore its dress, if nothing else stands behind it
  bool m_may_replay = false;   // does the text hold k_replay?
  std::size_t m_given = 0;     // of m_ahead
  std::vector<Line> m_ahead;   // then: lines read and not given yet
};

// All of them.
std::vector<Line> split_lines(std::string_view text, std::deque<std::string>& arena, const Dress& dress = {});

// The length of the line at the start of `text`, without its newline: up to it, or to where a line is cut.
std::size_t line_length(std::string_view text);

}  // namespace culprit::console
