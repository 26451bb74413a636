// The lines are those of the head line's context where printk prints caller ids, and all lines where it does not.
// A text may be hundreds of times what the report is: lines are read as they are asked for, and where each names its
// caller, those that name another are never looked at.
#include "console/own_lines.h"

#include <algorithm>
#include <cctype>
#include <span>

#include "base/strings.h"
#include "console/match/matcher.h"
#include "console/stack/frame.h"
#include "console/text/quoted.h"
#include "console/text/wrapped.h"

namespace culprit::console {
namespace {

// Lines in front of the head that are shown with the report.
constexpr std::size_t k_context_lines = 5;
// A report ends where this many lines in a row are not of the kind that reports are made of.
constexpr std::size_t k_foreign_lines = 60;
// Lines behind the head that are asked what they have in common with it.
constexpr std::size_t k_asked_lines = 12;
// What PowerPC's debugger begins with.
constexpr std::string_view k_monitor = "Vector: ";

// "RAX: 0000..", "x29: ffff..", "r10: 85..": registers.
bool is_register_line(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon > 5) return false;
  std::size_t i = colon + 1;
  while (i < text.size() && text[i] == ' ') ++i;
  std::size_t digits = 0;
  while (i + digits < text.size() && std::isxdigit(static_cast<unsigned char>(text[i + digits])) != 0)
    ++digits;
  return digits >= 4;
}

// Could this line be part of a report? Generous: it only decides where a report ends.
bool belongs(std::string_view body) {
  static constexpr std::string_view k_starts[] = {"Call Trace",
                                                  "Call trace",
                                                  "Backtrace",
                                                  "backtrace",
                                                  "stack backtrace",
                                                  "RIP",
                                                  "RSP",
                                                  "EIP",
                                                  "ESP",
                                                  "PC is at",
                                                  "LR is at",
                                                  "pc :",
                                                  "lr :",
                                                  "Code:",
                                                  "CPU:",
                                                  "Hardware name",
                                                  "Modules linked in",
                                                  "---[ end trace",
                                                  "------",
                                                  "======",
                                                  "Kernel Offset",
                                                  "Rebooting in",
                                                  "Oops",
                                                  "task",
                                                  "The buggy address",
                                                  "Memory state",
                                                  "which belongs",
                                                  "page",
                                                  "Allocated",
                                                  "Freed",
                                                  "Stack",
                                                  "Sending NMI",
                                                  "NMI",
                                                  "<IRQ>",
                                                  "</IRQ>",
                                                  "<TASK>",
                                                  "</TASK>",
                                                  "Dumping ftrace",
                                                  "(ftrace",
                                                  "Workqueue",
                                                  "irq event",
                                                  "hardirqs",
                                                  "softirqs",
                                                  "Showing all locks",
                                                  "-> #",
                                                  "#",
                                                  "lock(",
                                                  "*** DEADLOCK",
                                                  "but task",
                                                  "which lock",
                                                  "the existing",
                                                  "other info",
                                                  "Possible",
                                                  "==",
                                                  "SUMMARY: ",
                                                  "goroutine ",
                                                  "thread ",
                                                  "Thread ",
                                                  "raw:",
                                                  "Object ",
                                                  "Redzone ",
                                                  "flags:",
                                                  "Exception stack",
                                                  "File \"",
                                                  "at ",
                                                  "from ",
                                                  "Process "};
  static constexpr std::string_view k_words[] = {"locks held", "lock held", "Kernel panic", ", at: ",
                                                 "INFO:",      "WARNING:",  "BUG:",         "ainted",
                                                 " by task ",  ".c:",       ".h:"};
  const std::string_view text = base::trim(body);
  if (text.empty()) return false;
  if (std::ranges::any_of(k_starts, [&](std::string_view w) { return text.starts_with(w); })) return true;
  std::vector<model::Frame> frames;
  if (is_register_line(text) || parse_kernel_frame(body, frames) > 0) return true;
  return std::ranges::any_of(k_words,
                             [&](std::string_view w) { return text.find(w) != std::string_view::npos; });
}

// Is the line of the writer that printed the head? Programs share the console, but print no time stamps.
bool ours(const Line& line, const Line& head) {
  return line.stamped == head.stamped && line.writer == head.writer &&
         (head.context.empty() || line.context == head.context);
}

// "cpu 0x33: Vector: 380 (Data SLB Access) at [c000000c6d19f700]"
bool enters_monitor(std::string_view body) {
  return body.starts_with("cpu 0x") && body.find(k_monitor) != std::string_view::npos;
}

}  // namespace

OwnLines::OwnLines(std::string_view text, std::size_t head, std::size_t reading, std::size_t own_end)
    : m_text(text), m_own_end(own_end) {
  if (reading == k_as_it_is) {
    while (!text.empty()) {
      const std::size_t length = line_length(text);
      parse_line(text.substr(0, length), m_text.size() - text.size(), m_arena, m_all, k_as_it_is);
      text.remove_prefix(std::min(length + 1, text.size()));
    }
    find_head(head, head + 1);
    return;
  }
  // The head may stand in the middle of a raw line.
  std::size_t raw = 0, end = 0;
  while (raw < text.size()) {
    end = raw + line_length(text.substr(raw));
    if (end > head || end >= text.size()) break;
    raw = end + (text[end] == '\n' ? 1 : 0);
  }
  Dress once;
  if (raw < text.size()) {
    m_dress = dress_of({.raw = text.substr(raw, end - raw),
                        .at = head - std::min(head, raw),
                        .behind = text.substr(end),
                        .reading = reading},
                       m_arena, &once);
  }
  if (!once.of_head.empty() && starts_stamped_once(once, head, end)) {
    if (!is_a_quotation()) set_out();
    return;
  }
  start(m_dress);
  m_caller = caller_of(raw, head, end);
  read_front(raw);
  find_head(head, end);
  if (!has_head() || is_a_quotation() || set_out()) return;
  start(m_dress);  // a mail, whose lines go on in others
  find_head(head, end);
  set_out();
}

// "T12]", where a line that does not hold this mark is not the report's: its head names its caller, and nothing else
// says whose a line is. `raw` and `end`: the head's raw line.
std::string_view OwnLines::caller_of(std::size_t raw, std::size_t head, std::size_t end) {
  if (head != raw || m_reader->may_replay() || m_text.contains(k_monitor)) return {};
  const std::string_view line = m_text.substr(raw, end - raw);
  Undressed front;
  undress_as(m_dress.outer, line, &front);
  if (!front.writer.empty()) return {};  // whose messages go on in lines that are set in
  std::vector<Line> lines;
  LineReader(line, m_arena, m_dress).next(lines);
  if (lines.empty() || lines.front().context.empty() || may_be_quoted(lines.front().body)) return {};
  const std::size_t mark = line.find(std::string(lines.front().context) + ']');
  return mark == std::string_view::npos ? "" : line.substr(mark, lines.front().context.size() + 1);
}

// Reads the text from its start, as one that wears the dress.
void OwnLines::start(const Dress& dress) {
  m_dress = dress;
  m_all.clear();
  m_head = 0;
  m_front = {};
  m_begin = SIZE_MAX;
  m_caller = {};
  m_reader.emplace(m_text, m_arena, m_dress);
}

// The lines in front of the head's raw line: those of its caller, where they are told.
void OwnLines::read_front(std::size_t raw) {
  m_reader->only_with(m_caller);
  while (m_reader && m_reader->at() < raw) read_on();
  if (m_reader) m_reader->only_with({});
}

// Reads up to the line; false where there are no more.
bool OwnLines::has(std::size_t index) {
  while (m_all.size() <= index && m_reader) read_on();
  return index < m_all.size();
}

void OwnLines::read_on() {
  if (!m_caller.empty() && m_all.size() > m_head + k_unwrapped_lines) m_reader->only_with(m_caller);
  const std::size_t from = m_all.size();
  if (!m_reader->next(m_all)) m_reader.reset();
  take_off_front_of(from);
}

std::span<const Line> OwnLines::all() {
  while (m_reader) read_on();
  return m_all;
}

// The head's line: the first from `head` on, or one behind it in the same raw line, which ends at `end`.
void OwnLines::find_head(std::size_t head, std::size_t end) {
  while (has(m_head) && m_all[m_head].begin < head && m_all[m_head].end <= head) ++m_head;
  for (std::size_t i = m_head; has(i) && m_all[i].begin < end; ++i) {
    const bool alone = i == m_head && (!has(i + 1) || m_all[i + 1].begin >= end);
    if (!alone && Matcher::instance().head_rule(m_all[i].body) == nullptr) continue;
    m_head = i;
    return;
  }
}

// Reads the text as one in which the messages of programs are dressed in their first line only; false where the head
// is no program's.
bool OwnLines::starts_stamped_once(const Dress& once, std::size_t head, std::size_t end) {
  const Dress own = std::move(m_dress);
  start(once);
  find_head(head, end);
  if (has_head()) {
    Line& line = m_all[m_head];
    Undressed front;
    const Rule* rule = nullptr;
    if (undress_as(once.of_head, line.body, &front))
      rule = Matcher::instance().head_rule(line.body.substr(front.length));
    if (rule != nullptr && rule->user) {
      line.body.remove_prefix(front.length);
      return true;
    }
  }
  m_dress = own;
  return false;
}

bool OwnLines::is_a_quotation() {
  if (!has_head() || !is_quoted(std::span(m_all).first(m_head), m_all[m_head].body)) return false;
  m_head = SIZE_MAX;
  return true;
}

// Takes off what the lines share and joins what a mailer wrapped; false where lines are missing for that.
bool OwnLines::set_out() {
  if (!has_head()) return true;
  take_off_front();
  has(m_head + k_unwrapped_lines);
  if (!is_wrapped(m_all, m_head)) return true;
  if (!m_caller.empty()) return false;
  all();
  join_wrapped(m_all, m_head, m_arena);
  return true;
}

// Takes off what the head has in front of it and the lines behind it share, whatever it is.
void OwnLines::take_off_front() {
  std::vector<std::string_view> behind;
  for (std::size_t i = m_head + 1; has(i) && behind.size() < k_asked_lines; ++i) {
    if (ours(m_all[i], m_all[m_head]) && !base::trim(m_all[i].body).empty()) behind.push_back(m_all[i].body);
  }
  const Line head = m_all[m_head];
  Front front(head.body, head.body.size(), behind);
  if (front.empty()) return;
  std::size_t at = 0;
  if (Matcher::instance().head_rule(head.body, &at) != nullptr) {
    if (at == 0) return;  // what an expression fits from its first letter on has no front
    while (at < head.body.size() && head.body[at] == ' ') ++at;  // an expression may begin with one
    front = Front(head.body, at, behind);
    if (front.empty()) return;
  } else if (!front.is_a_logs() && !is_set_in_output()) {
    return;  // documentation sets in what it quotes
  }
  m_front = std::move(front);
  take_off_front_of(0);
}

// The same of the lines from `from` on, where there is such a front; those that should have it and do not are dropped.
void OwnLines::take_off_front_of(std::size_t from) {
  if (m_front.empty()) return;
  std::size_t kept = from, head = m_head;
  const Line first = m_all[m_head];
  for (std::size_t i = from; i < m_all.size(); ++i) {
    Line line = m_all[i];
    const std::size_t length = ours(line, first) ? m_front.length_in(line.body) : 0;
    if (length == std::string_view::npos && !base::trim(line.body).empty()) continue;
    line.body.remove_prefix(std::min(length, line.body.size()));
    if (i == m_head) head = kept;
    m_all[kept++] = line;
  }
  m_head = head;
  m_all.resize(kept);
}

// Do the lines around the head stand, set in, below one that calls them output? "  stderr ---". The report
// begins there then.
bool OwnLines::is_set_in_output() {
  const auto indent = [](std::string_view body) { return body.find_first_not_of(' '); };
  const std::size_t own = indent(m_all[m_head].body);
  std::size_t i = m_head;
  while (i > 0 && indent(m_all[i].body) >= own) --i;  // an empty line's is npos
  const std::size_t other = indent(m_all[i].body);
  if (other >= own) return false;
  std::string_view heading = m_all[i].body.substr(other);
  heading.remove_prefix(std::min(heading.find_first_not_of("-= "), heading.size()));
  for (const std::string_view stream : {"stderr", "stdout", "STDERR", "STDOUT"}) {
    if (!heading.starts_with(stream)) continue;
    m_begin = m_all[i].begin;
    return true;
  }
  return false;
}

// The lines of the report and those shown in front of it.
void OwnLines::select() {
  bool asked_others = false;   // the report made other CPUs print their stacks
  std::string_view answering;  // the context of such an answer
  bool monitor = false;        // PowerPC's debugger speaks, which writes past printk
  for (std::size_t i = m_head; has(i); ++i) {
    const Line& l = m_all[i];
    if (l.begin >= m_own_end && i > m_head) break;
    const bool mine = ours(l, m_all[m_head]);
    if (asked_others && !mine && l.body.starts_with("NMI backtrace for cpu")) answering = l.context;
    if (mine) answering = {};
    monitor = !l.stamped && (monitor || enters_monitor(l.body));
    if (!mine && !monitor && (answering.empty() || l.context != answering)) continue;
    m_lines.push_back(l);
    m_lines.back().answer = !mine && !monitor;
    if (l.body.starts_with("Sending NMI")) {
      asked_others = true;
      m_caller = {};
      if (m_reader) m_reader->only_with({});
    }
    if (ends_here()) break;
  }
  for (std::size_t i = m_head; i-- > 0 && m_context.size() < k_context_lines;) {
    if (ours(m_all[i], m_all[m_head])) m_context.insert(m_context.begin(), m_all[i]);
  }
}

// The report ends in front of the first k_foreign_lines lines in a row that do not belong. Looked for as by Boyer and
// Moore: if the last line of a window belongs, none of the window's other lines need be looked at.
bool OwnLines::ends_here() {
  std::size_t i = m_last + k_foreign_lines;
  if (i >= m_lines.size()) return false;
  while (i > m_last && !belongs(m_lines[i].body)) --i;
  m_ended = i == m_last;
  if (m_ended) m_lines.resize(m_last + 1);
  m_last = i;
  return m_ended;
}

}  // namespace culprit::console
