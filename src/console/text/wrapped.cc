// A mailer breaks a line in front of the word that would go beyond its width, which is not known but is no less
// than the longest line left. A console's other lines without a stamp, a program's output, break that rule
// soon; then nothing is joined.
#include "console/text/wrapped.h"

#include <algorithm>

namespace culprit::console {
namespace {

constexpr std::size_t k_least_width = 50, k_most_width = 80;  // of a mail, quotation marks included

std::size_t width(const Line& line) { return line.end - line.begin; }

bool is_blank(const Line& line) { return line.body.find_first_not_of(" \t") == std::string_view::npos; }

// Could `line` be what did not fit behind `before`?
bool could_go_on(const Line& before, const Line& line, std::size_t longest) {
  const std::size_t word = std::min(line.body.find(' '), line.body.size());
  return line.body.front() != ' ' && width(before) + 1 + word >= longest && line.begin <= before.end + 2;
}

// The width of the mail that the lines from `from` on come from; 0 where they do not look so.
std::size_t mail_width(const std::vector<Line>& lines, std::size_t from) {
  std::size_t longest = 0;
  const std::size_t end = std::min(lines.size(), from + k_unwrapped_lines);
  std::size_t last = from;  // stamped
  for (std::size_t i = from; i < end; ++i) {
    if (!lines[i].stamped) continue;
    last = i;
    longest = std::max(longest, width(lines[i]));
  }
  if (longest > k_most_width || longest < k_least_width) return 0;
  bool any = false;
  for (std::size_t i = from + 1; i <= last; ++i) {
    if (lines[i].stamped || is_blank(lines[i])) continue;
    if (!could_go_on(lines[i - 1], lines[i], longest)) return 0;
    any = true;
  }
  return any ? longest : 0;
}

}  // namespace

bool is_wrapped(const std::vector<Line>& lines, std::size_t from) {
  return from + 1 < lines.size() && lines[from].stamped && mail_width(lines, from) > 0;
}

void join_wrapped(std::vector<Line>& lines, std::size_t from, std::deque<std::string>& arena) {
  if (!is_wrapped(lines, from)) return;
  const std::size_t longest = mail_width(lines, from);
  std::vector<Line> joined(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(from) + 1);
  for (std::size_t i = from + 1; i < lines.size(); ++i) {
    const Line& line = lines[i];
    if (line.stamped || is_blank(line) || !could_go_on(lines[i - 1], line, longest)) {
      joined.push_back(line);
      continue;
    }
    Line& whole = joined.back();
    whole.body = arena.emplace_back(std::string(whole.body) + ' ' + std::string(line.body));
    whole.end = line.end;
  }
  lines = std::move(joined);
}

}  // namespace culprit::console
