// A printk line reaches us as "<6>[   12.345678][ T1234] message", with each part optional: the level where
// the console prints raw records, the caller id with CONFIG_PRINTK_CALLER, the stamp with CONFIG_PRINTK_TIME.
// A serial line is shared with user space, so a stamp can also stand in the middle of a line ("login:
// [   12.3] message"), as it does where two printk records share a line, or behind "** 12 printk messages
// dropped **". Each stamp begins a line here. Kernels of phones say who prints behind the stamp: "[4:
// system_server: 3344] message" or "(1)[1234:syz-executor]message".
//
// Where records are printed with their priority (console_msg_format=syslog), it holds the facility too: the
// kernel's is 0, and what user space writes to /dev/kmsg is never given that one.
#include "console/text/line.h"

#include <algorithm>
#include <cstring>

#include "model/run/outcome.h"

namespace culprit::console {
namespace {

// Brackets of a line that are looked at for a time stamp.
constexpr int k_max_brackets = 64;
// Where the '>' of "<191>" is: there are 24 facilities of 8 levels each.
constexpr std::size_t k_max_priority = 4;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Control bytes that a console adds and a message never has. Counts to the end: that loop runs in vectors.
bool needs_cleaning(std::string_view raw) {
  std::size_t bad = 0;
  for (const char c : raw) {
    const auto u = static_cast<unsigned char>(c);
    bad += static_cast<std::size_t>(u < 0x20) & static_cast<std::size_t>(c != '\t');
  }
  return bad != 0;
}

// Without terminal escapes (CSI and two-byte ones) and control bytes, but with tabs.
std::string cleaned(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const auto u = static_cast<unsigned char>(raw[i]);
    if (u != 0x1b) {
      if (u >= 0x20 || raw[i] == '\t') out += raw[i];
      continue;
    }
    if (i + 1 >= raw.size()) break;
    if (raw[i + 1] != '[') {
      ++i;
      continue;
    }
    i += 2;
    while (i < raw.size() && (static_cast<unsigned char>(raw[i]) < 0x40 || raw[i] == '[')) ++i;
  }
  return out;
}

// "[ T1234]" or "[    C0]" at `at`: its length with the bracket, or 0.
std::size_t caller_length(std::string_view text, std::size_t at, std::string_view* context) {
  if (at >= text.size() || text[at] != '[') return 0;
  std::size_t i = at + 1;
  while (i < text.size() && text[i] == ' ') ++i;
  const std::size_t id = i;
  if (i >= text.size() || (text[i] != 'T' && text[i] != 'C')) return 0;
  ++i;
  const std::size_t digits = i;
  while (i < text.size() && is_digit(text[i])) ++i;
  if (i == digits || i - digits > 10 || i >= text.size() || text[i] != ']') return 0;
  *context = text.substr(id, i - id);
  return i + 1 - at;
}

}  // namespace

std::size_t stamp_length(std::string_view text, std::size_t at, std::string_view* context) {
  std::size_t i = at;
  if (i < text.size() && text[i] == '<') {
    ++i;
    while (i < text.size() && is_digit(text[i])) ++i;
    if (i == at + 1 || i >= text.size() || text[i] != '>') return 0;
    ++i;
  }
  if (i >= text.size() || text[i] != '[') return 0;
  ++i;
  while (i < text.size() && text[i] == ' ') ++i;
  const std::size_t seconds = i;
  while (i < text.size() && is_digit(text[i])) ++i;
  if (i == seconds || i >= text.size() || text[i] != '.') return 0;
  const std::size_t fraction = ++i;
  while (i < text.size() && is_digit(text[i])) ++i;
  if (i - fraction < 3 || i - fraction > 9) return 0;
  if (i < text.size() && text[i] == '@') {  // some vendors add the CPU: "[   12.345678@0]"
    ++i;
    while (i < text.size() && is_digit(text[i])) ++i;
  }
  if (i >= text.size() || text[i] != ']') return 0;
  ++i;
  *context = {};
  i += caller_length(text, i, context);
  if (i < text.size() && text[i] == ' ') ++i;
  return i - at;
}

namespace {

// What phones print in front of a message: its length, or 0; `pid` receives the task that it names.
std::size_t vendor_prefix(std::string_view body, std::string_view* pid) {
  std::size_t at = body.find_first_not_of(' ');
  if (at == std::string_view::npos || (body[at] != '[' && body[at] != '(')) return 0;
  const bool cpu_apart = body[at] == '(';  // "(1)[1234:name]", the other is "[1:name: 1234]"
  std::size_t i = at + 1;
  while (i < body.size() && is_digit(body[i])) ++i;
  if (i == at + 1 || i - at > 4 || i >= body.size()) return 0;
  if (cpu_apart ? !body.substr(i).starts_with(")[") : body[i] != ':') return 0;
  at = cpu_apart ? i + 2 : i + 1;
  const std::size_t close = body.find(']', at);
  if (close == std::string_view::npos || close > at + 40) return 0;
  const std::string_view inside = body.substr(at, close - at);
  const std::size_t colon = cpu_apart ? inside.find(':') : inside.rfind(':');
  if (colon == std::string_view::npos) return 0;
  std::string_view number = cpu_apart ? inside.substr(0, colon) : inside.substr(colon + 1);
  number.remove_prefix(std::min(number.find_first_not_of(' '), number.size()));
  if (number.empty() || !std::all_of(number.begin(), number.end(), is_digit)) return 0;
  *pid = number;
  const bool blank = close + 1 < body.size() && body[close + 1] == ' ';
  return close + (blank ? 2 : 1);
}

Line parse_piece(std::string_view raw, std::deque<std::string>& arena) {
  Line line;
  while (!raw.empty() && raw.back() == '\r') raw.remove_suffix(1);
  if (needs_cleaning(raw)) raw = arena.emplace_back(cleaned(raw));
  const std::size_t stamp = stamp_length(raw, 0, &line.context);
  line.stamped = stamp > 0;
  line.body = raw.substr(stamp);
  std::string_view pid;
  if (const std::size_t prefix = line.stamped ? vendor_prefix(line.body, &pid) : 0; prefix > 0) {
    line.body.remove_prefix(prefix);
    if (line.context.empty()) line.context = arena.emplace_back("T" + std::string(pid));
  }
  return line;
}

// The first time stamp behind the start of `raw`; npos for none.
std::size_t inner_stamp(std::string_view raw) {
  std::string_view context;
  std::size_t at = std::max<std::size_t>(1, stamp_length(raw, 0, &context));
  for (int brackets = 0; brackets < k_max_brackets && at < raw.size(); ++brackets, ++at) {
    at = raw.find('[', at);
    if (at == std::string_view::npos) break;
    if (stamp_length(raw, at, &context) > 0) return at;
  }
  return std::string_view::npos;
}

}  // namespace

bool is_user_spaces(std::string_view raw) {
  if (raw.starts_with(model::k_reproducer_mark)) return true;
  if (!raw.starts_with('<')) return false;
  const std::size_t close = raw.find('>');
  if (close < 2 || close > k_max_priority ||
      !std::all_of(raw.begin() + 1, raw.begin() + static_cast<std::ptrdiff_t>(close), is_digit))
    return false;
  std::string_view context;
  return (close > 2 || raw[1] > '7') && stamp_length(raw, 0, &context) > 0;
}

void parse_line(std::string_view raw, std::size_t begin, std::deque<std::string>& arena,
                std::vector<Line>& lines) {
  if (is_user_spaces(raw)) return;
  while (true) {
    const std::size_t cut = inner_stamp(raw);
    Line line = parse_piece(raw.substr(0, cut), arena);
    line.begin = begin;
    line.end = begin + std::min(cut, raw.size());
    lines.push_back(line);
    if (cut == std::string_view::npos) return;
    raw.remove_prefix(cut);
    begin += cut;
  }
}

namespace {

// A line, the mark, and the line again: only the last stays.
void drop_replayed(std::vector<Line>& lines) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool again = kept > 0 && i + 1 < lines.size() &&
                       lines[i].body.find(k_replay) != std::string_view::npos &&
                       lines[i + 1].body.starts_with(lines[kept - 1].body);
    if (again)
      --kept;
    else
      lines[kept++] = lines[i];
  }
  lines.resize(kept);
}

}  // namespace

std::vector<Line> split_lines(std::string_view text, std::deque<std::string>& arena) {
  std::vector<Line> lines;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t limit = std::min(k_max_line, text.size() - begin);
    const void* newline = std::memchr(text.data() + begin, '\n', limit);
    const std::size_t end = newline != nullptr
                                ? static_cast<std::size_t>(static_cast<const char*>(newline) - text.data())
                                : begin + limit;
    parse_line(text.substr(begin, end - begin), begin, arena, lines);
    begin = newline != nullptr ? end + 1 : end;
  }
  drop_replayed(lines);
  return lines;
}

}  // namespace culprit::console
