// Lines that a mail program wrapped are put together again. A line is taken for the rest of the one before it
// only if that one cannot stand alone (a signature without its digits), or if it was full: the next word
// would not have fitted the 66 to 80 columns that mail programs wrap at.
#include "output/log_text.h"

#include "output/log_lines.h"
#include "output/text.h"

namespace culprit::output {
namespace {

bool is_log_line(std::string_view line) {
  const LineKind kind = classify(line).kind;
  return kind != LineKind::none && kind != LineKind::hash && kind != LineKind::error;
}

// Free text ends the line, so that a full line may go on in the next.
bool may_go_on(LineKind kind) {
  using enum LineKind;
  switch (kind) {
    case commit:
    case compiler:
    case all_runs:
    case run:
    case failed:
    case failed_building:
    case representative:
    case checkout:
    case result:
    case git_result:
    case git_named:
    case commit_msg:
    case error:
    case remark:
    case variant:
    case git_output:
      return true;
    default:
      return false;
  }
}

bool was_full(std::string_view line, std::string_view next) {
  constexpr std::size_t k_narrowest = 66;
  constexpr std::size_t k_widest = 82;
  return line.size() <= k_widest && line.size() + 1 + next.substr(0, next.find(' ')).size() > k_narrowest;
}

}  // namespace

std::vector<TextLine> log_lines_of(std::string_view text) {
  std::vector<TextLine> lines = unmail(text, is_log_line);
  std::vector<TextLine> out;
  std::size_t last_piece = 0;  // size of the physical line that `out` ends with
  bool console = false;
  for (TextLine& line : lines) {
    const LogLine here = classify(line.text);
    const std::string_view bare = trimmed(line.text);
    if (!console && !out.empty() && !bare.empty() && !trimmed(out.back().text).empty()) {
      const LogLine before = classify(out.back().text);
      const std::string_view end =
          std::string_view(out.back().text).substr(out.back().text.size() - last_piece);
      const bool rest = here.kind == LineKind::none || here.kind == LineKind::hash;
      if (rest && before.kind != LineKind::none &&
          (is_incomplete(before) ||
           (here.kind == LineKind::none && may_go_on(before.kind) && was_full(end, bare)))) {
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

}  // namespace culprit::output
