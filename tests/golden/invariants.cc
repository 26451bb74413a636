#include "tests/golden/invariants.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "console/console.h"
#include "console/text/line.h"
#include "output/report_json.h"

namespace culprit::console {
namespace {

using model::ConsoleReading;
using model::CrashReport;

constexpr std::size_t k_questioned = 64;  // reports that are read again

bool has_stamp(std::string_view text) {
  std::deque<std::string> arena;
  const std::vector<Line> lines = split_lines(text, arena);
  return std::any_of(lines.begin(), lines.end(), [](const Line& l) { return l.stamped; });
}

ConsoleReading read_in_chunks(std::string_view console, const ReadOptions& options, std::size_t chunk) {
  ConsoleReading reading;
  Reader reader(options, [&](CrashReport r) { reading.reports.push_back(std::move(r)); });
  for (std::size_t at = 0; at < console.size(); at += chunk) reader.feed(console.substr(at, chunk));
  reader.finish();
  reading.panicked = reader.panicked();
  return reading;
}

bool is_folded(const CrashReport& r) {
  return r.type == "TEST" || r.type == "BUILD" || r.type == "EXCEPTION";
}

// Does the report begin within a coded text, or behind the torn front of a log's line? What says how the text is
// coded, or which lines are of the same writer, stands in front of it; and a byte lost from UTF-16 turns all that
// follows into other letters.
bool begins_within(std::string_view console, std::size_t start) {
  // The mark that tells the encoding stands at the beginning only.
  if (start > 0 && (console.starts_with("\xFF\xFE") || console.starts_with("\xFE\xFF"))) return true;
  const std::string_view line = console.substr(start, console.substr(start).find('\n'));
  const std::string_view before = console.substr(0, start);
  const std::string_view front = before.substr(before.rfind('\n') + 1);
  const bool coded = line.contains("\\n") || line.contains("<br") || before.ends_with("\\n") ||
                     before.ends_with("<br>") || before.ends_with('"') || before.ends_with('\'') ||
                     front.contains(" kernel: ");
  return (start > 0 && console[start - 1] != '\n' && coded) || line.substr(0, 2).contains('\0');
}

std::optional<std::string> wrong_offsets(const ConsoleReading& reading, std::size_t size) {
  std::size_t last = 0;
  for (const CrashReport& r : reading.reports) {
    if (r.start < last) return fmt::format("report at {} comes after one at {}", r.start, last);
    if (r.end < r.start || r.end > size)
      return fmt::format("report [{}, {}) of a console of {} bytes", r.start, r.end, size);
    if (r.title.empty()) return fmt::format("report at {} without a title", r.start);
    last = r.start;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> broken_invariant(std::string_view console) {
  const ConsoleReading whole = read(console);
  if (auto wrong = wrong_offsets(whole, console.size())) return wrong;
  const std::string expected = output::to_json(whole, "");
  for (const std::size_t chunk : {std::size_t{1}, std::size_t{7}, std::size_t{4096}}) {
    if (chunk == 1 && console.size() > (std::size_t{1} << 16)) continue;
    if (output::to_json(read_in_chunks(console, {}, chunk), "") != expected)
      return fmt::format("chunks of {} bytes change the reading", chunk);
  }
  for (std::size_t i = 0; i < std::min(whole.reports.size(), k_questioned); ++i) {
    const CrashReport& r = whole.reports[i];
    // A sign of a boot is a report because of what stood before.
    if (r.type == "REBOOT") continue;
    // Programs' reports count where no kernel has spoken before: what stood before is cut off here.
    ReadOptions options;
    if (!r.rule.starts_with("program/") && has_stamp(console.substr(0, r.start)))
      options.subject = model::Subject::kernel;
    const ConsoleReading again = read(console.substr(r.start), options);
    if (begins_within(console, r.start)) continue;
    if (again.reports.empty()) return fmt::format("reading from the start of '{}' finds nothing", r.title);
    // One torn line may hold the heads of two reports.
    const bool found = std::any_of(again.reports.begin(), again.reports.end(), [&](const CrashReport& a) {
      // A test's name may stand in front of an earlier failure of it.
      return a.start == 0 && (a.title == r.title || r.type == "TEST");
    });
    // The exceptions in front of a failed test's name are that test's, unless it was named before.
    const auto is_test = [](const CrashReport& a) { return a.type == "TEST"; };
    if (!found && r.type == "EXCEPTION" && std::ranges::any_of(again.reports, is_test) &&
        std::ranges::any_of(whole.reports, is_test))
      continue;
    if (!found) {
      return fmt::format("reading from the start of '{}' finds '{}' at {}", r.title, again.reports[0].title,
                         again.reports[0].start);
    }
    const ConsoleReading rest = read(console.substr(r.end));
    if (auto wrong = wrong_offsets(rest, console.size() - r.end))
      return "behind '" + r.title + "': " + *wrong;
    for (const CrashReport& later : rest.reports) {
      const std::size_t start = r.end + later.start;
      // Another report, or a piece of one that `r` stood in the middle of.
      const bool another = std::any_of(whole.reports.begin(), whole.reports.end(), [&](const CrashReport& w) {
        return &w != &r && w.start <= start && start < w.end;
      });
      // A program's report counts where no kernel has spoken before: within the report, one may have.
      if (later.rule.starts_with("program/") && has_stamp(console.substr(0, start))) continue;
      // What programs say of one failure more than once is one report.
      if (later.type == r.type && is_folded(r)) continue;
      // What a commit's message quotes is no report; without the commit's head it looks like one.
      if (console.substr(0, start).contains("is the first bad commit\n")) continue;
      // The last line of a panic names it once more: found alone where what stands between cannot be joined.
      if (console.substr(start, console.substr(start).find('\n')).contains("---[ end ")) continue;
      if (later.title == r.title && !another)
        return fmt::format("reading from the end of '{}' finds it again", r.title);
    }
  }
  return std::nullopt;
}

}  // namespace culprit::console
