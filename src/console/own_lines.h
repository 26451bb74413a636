// Of a text that others wrote in, too, the lines of one report.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "console/dress/inferred.h"
#include "console/text/line.h"

namespace culprit::console {

class OwnLines {
 public:
  // As analyze() is called. The head is looked for at once, the lines behind it as they are asked for.
  OwnLines(std::string_view text, std::size_t head, std::size_t reading, std::size_t own_end);
  OwnLines(const OwnLines&) = delete;
  OwnLines& operator=(const OwnLines&) = delete;

  // Without a head the others may not be called.
  bool has_head() const { return m_head < m_all.size(); }
  const Line& head() const { return m_all[m_head]; }
  // Where the report begins, if that is in front of its head; else SIZE_MAX.
  std::size_t begin() const { return m_begin; }

  // Picks the report's lines, from its head on, up to where it ends.
  void select();
  // Does it end within the text? Known once they are picked.
  bool ended() const { return m_ended; }
  std::vector<Line>& lines() { return m_lines; }
  // The last few of the same writer in front of the head.
  const std::vector<Line>& context() const { return m_context; }
  // Whoever's lines stand in front of the head, and from it on to the text's end.
  std::span<const Line> in_front() const { return std::span(m_all).first(m_head); }
  std::span<const Line> from_head() { return all().subspan(m_head); }

 private:
  bool has(std::size_t index);
  void read_on();
  std::span<const Line> all();
  void start(const Dress& dress);
  void read_front(std::size_t raw);
  bool starts_stamped_once(const Dress& once, std::size_t head, std::size_t end);
  std::string_view caller_of(std::size_t raw, std::size_t head, std::size_t end);
  void find_head(std::size_t head, std::size_t end);
  bool is_a_quotation();
  bool set_out();
  void take_off_front();
  void take_off_front_of(std::size_t from);
  bool is_set_in_output();
  bool ends_here();

  std::string_view m_text;
  std::size_t m_own_end;
  std::deque<std::string> m_arena;
  Dress m_dress;
  std::optional<LineReader> m_reader;
  std::vector<Line> m_all;    // as far as they are read
  std::size_t m_head = 0;     // in m_all
  std::string_view m_caller;  // that every line of the report names; empty where others are read, too
  Front m_front;              // what the report's lines have in front of them, taken off
  std::size_t m_begin = SIZE_MAX;
  std::vector<Line> m_lines;
  std::vector<Line> m_context;
  std::size_t m_last = 0;  // the last of m_lines that is known to belong
  bool m_ended = false;
};

}  // namespace culprit::console
