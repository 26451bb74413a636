// Lines that a mail program wrapped are put together again. A line is taken for the rest of the one before it
// only if that one cannot stand alone (a signature without its digits), or if it was full: the next word
// would not have fitted the 66 to 80 columns that mail programs wrap at. The latter counts only where no line
// of the log is longer than that.
#include "replay/reading/log_text.h"

#include "base/strings.h"
#include "output/words/text.h"
#include "replay/reading/log_lines.h"

namespace culprit::replay {
namespace {

bool is_log_line(std::string_view line) {
  const LineKind kind = classify(line).kind;
  return kind != LineKind::none && kind != LineKind::hash && kind != LineKind::error;
}

// Free text ends the line, so that a full line may go on in the next.
bool has_open_end(const LogLine& line, std::string_view next) {
  using enum LineKind;
  constexpr std::string_view k_digits = "0123456789";
  switch (line.kind) {
    case commit: {  // up to the compiler's version: "gcc (GCC) 8.0.1 20180301 (experimental)"
      const std::string_view last = line.rest.substr(line.rest.rfind(' ') + 1);
      return last.find_first_of(k_digits) == std::string_view::npos || next.starts_with('(') ||
             k_digits.find(next.front()) != std::string_view::npos;
    }
    case compiler:
    case all_runs:
    case run:
    case failed:
    case failed_building:
    case representative:
    case checkout:
    case result:
    case git_result:
    case git_possible:
    case host:
    case git_named:
    case commit_msg:
    case error:
    case merge_base:
    case remark:
    case own:
    case variant:
    case git_output:
      return true;
    default:
      return false;
  }
}

// The line before lacks what can only stand here.
bool goes_on(const LogLine& before, LineKind here) {
  using enum LineKind;
  if (here == hash && (before.kind == remark || before.kind == own)) return true;
  if (here == checkout && (before.kind == git_possible || before.kind == git_result))
    return is_incomplete(before);
  return (here == none || here == hash) && before.kind != none && is_incomplete(before);
}

constexpr std::size_t k_narrowest = 66;
constexpr std::size_t k_widest = 81;

bool was_full(std::string_view line, std::string_view next) {
  return line.size() <= k_widest && line.size() + 1 + next.substr(0, next.find(' ')).size() > k_narrowest;
}

// No line of the log is longer than mail programs let it be.
bool may_be_wrapped(const std::vector<TextLine>& lines) {
  for (const TextLine& line : lines) {
    const LineKind kind = classify(line.text).kind;
    if (kind == LineKind::crash) break;
    if (kind != LineKind::none && line.text.size() > k_widest && line.text.find(' ') < k_widest) return false;
  }
  return true;
}

}  // namespace

std::vector<TextLine> log_lines_of(std::string_view text) {
  std::vector<TextLine> lines = unmail(text, is_log_line);
  constexpr std::size_t k_longest = 16 << 10;  // no line of a log was ever longer
  const bool wrapped = may_be_wrapped(lines);
  std::vector<TextLine> out;
  std::size_t last_piece = 0;  // size of the physical line that `out` ends with
  bool console = false;
  for (TextLine& line : lines) {
    const LogLine here = classify(line.text);
    const std::string_view bare = base::trim(line.text);
    if (!console && !out.empty() && !bare.empty() && !base::trim(out.back().text).empty() &&
        out.back().text.size() < k_longest) {
      const LogLine before = classify(out.back().text);
      const std::string_view end =
          std::string_view(out.back().text).substr(out.back().text.size() - last_piece);
      if (goes_on(before, here.kind) ||
          (wrapped && here.kind == LineKind::none && has_open_end(before, bare) && was_full(end, bare))) {
        out.back().text += ' ';
        out.back().text += bare;
        last_piece = bare.size();
        continue;
      }
    }
    console = console || (here.kind == LineKind::crash && !out.empty());
    out.push_back(std::move(line));
    last_piece = out.back().text.size();
  }
  return out;
}

}  // namespace culprit::replay
