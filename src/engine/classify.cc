#include "engine/classify.h"

#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <functional>
#include <ranges>

#include "base/strings.h"
#include "console/programs/ran.h"
#include "console/programs/said.h"
#include "console/programs/shape.h"
#include "model/run/process_verdict.h"
#include "model/run/report.h"
#include "model/usual_end.h"
#include "run/oom.h"

namespace culprit::engine {
namespace {

using model::CrashReport;
using model::RawRun;

// What the console says after `from`. Suppressed reports (out of memory and the like) are noise in any run.
std::vector<CrashReport> reports_since(const model::ConsoleReading& console, std::size_t from) {
  std::vector<CrashReport> out;
  for (const CrashReport& report : console.reports)
    if (report.start >= from && !report.suppressed) out.push_back(report);
  return out;
}

// What the console says before the reproducer starts. The texts are in the console, which is kept.
std::vector<CrashReport> reports_before(const model::ConsoleReading& console, std::size_t end) {
  std::vector<CrashReport> out;
  for (const CrashReport& report : console.reports) {
    if (report.start >= end || report.suppressed) continue;
    out.push_back(report);
    out.back().text.clear();
  }
  return out;
}

std::string first_title(const model::ConsoleReading& console, const char* otherwise) {
  for (const CrashReport& report : console.reports)
    if (!report.suppressed) return report.title;
  return otherwise;
}

// A report's title, and what the runner knows besides.
std::string why_not(const RawRun& raw, const model::ConsoleReading& console, const char* otherwise) {
  const std::string title = first_title(console, "");
  if (title.empty()) return raw.reason.empty() ? otherwise : raw.reason;
  return raw.reason.empty() ? title : title + " (" + raw.reason + ")";
}

// model::RunRecord::end
std::string end_of(const RawRun& raw) {
  switch (raw.end) {
    case RawRun::End::exited:
      return "exit code " + std::to_string(raw.exit_code);
    case RawRun::End::signaled:
      return model::signal_name(raw.signal);
    case RawRun::End::timed_out:
      return raw.signal != 0 ? std::string(model::k_time_limit) : std::string();
    case RawRun::End::died:
    case RawRun::End::infra:
      break;
  }
  return {};
}

// Culprit's own look at the processes (run/stack).
bool is_own_stack(const CrashReport& report) { return report.rule.starts_with("program/own-"); }

RunReading read_guest(const RawRun& raw, const model::ConsoleReading& console) {
  if (raw.lost && reports_since(console, raw.booted ? raw.test_start : 0).empty())
    return {.outcome = model::Infra{raw.infra_text}};
  if (!raw.booted)
    return {.outcome = model::BootFailed{why_not(
                raw, console,
                raw.end == RawRun::End::timed_out ? "no ready mark in time" : "ended before the ready mark")},
            .boot_reports = reports_before(console, raw.console.size() + 1)};
  if (!raw.test_started)
    return {
        .outcome = model::TestFailed{why_not(raw, console, "the check before the reproducer did not end")},
        .boot_reports = reports_before(console, raw.console.size() + 1)};

  RunReading reading{.outcome = model::Ok{},
                     .reports = reports_since(console, raw.test_start),
                     .boot_reports = reports_before(console, raw.test_start)};
  reading.completed = raw.end == RawRun::End::exited;
  reading.end = end_of(raw);
  if (!reading.reports.empty())
    reading.outcome = model::Crashed{reading.reports.front().title};
  else if (raw.end == RawRun::End::died)
    // The field's words for a silent death, where the runner has none of its own.
    reading.outcome = model::Crashed{raw.reason.empty() ? "lost connection to test machine" : raw.reason};
  else if (raw.end == RawRun::End::timed_out)
    reading.outcome = model::TimedOut{};
  return reading;
}

// A shell's own codes for what it cannot run and what it does not find.
bool is_shells_code(int code) { return code == 126 || code == 127; }

// "exit code 1: cannot connect to port N": where no report says what it was, the output does.
void name_by_output(const RawRun& raw, const model::Printed& printed, RunReading& reading) {
  auto* const crash = std::get_if<model::Crashed>(&reading.outcome);
  if (crash == nullptr || !reading.reports.empty() || !crash->title.starts_with("exit code ")) return;
  if (!is_shells_code(raw.exit_code) && console::says_that_nothing_was_there(raw.console))
    crash->title = console::k_no_command;
  const std::string line = console::telling_line(printed);
  if (!line.empty()) crash->title += ": " + console::plain_words(line);
}

// `ended`: the title of the bare outcome.
void take_output(const RawRun& raw, std::string ended, const Sought& sought, RunReading& reading) {
  const model::OutcomeKind kind = kind_of(reading.outcome);
  if (kind == model::OutcomeKind::test_failed || kind == model::OutcomeKind::infra) return;
  reading.printed = console::printed_of(raw.console, kind == model::OutcomeKind::ok);
  if (kind == model::OutcomeKind::crashed)
    reading.printed.ended = std::move(ended);
  else if (kind == model::OutcomeKind::timed_out)
    reading.printed.ended = model::k_time_limit;
  if (kind != model::OutcomeKind::ok) reading.printed.told = sought.told_of(raw.console, reading.reports);
  name_by_output(raw, reading.printed, reading);
}

// "SIGKILL: out of memory": of deaths by this signal, which nobody dies of by himself, the kernel's own.
void tell_of_memory(const RawRun& raw, RunReading& reading) {
  auto* const crash = std::get_if<model::Crashed>(&reading.outcome);
  if (crash != nullptr && crash->title == "SIGKILL" && raw.console.contains(run::k_oom_line))
    crash->title += ": out of memory";
}

// A runner that found nothing to run is neither well nor has it met the bug.
void judge_no_test(const RawRun& raw, bool tests_are_all, RunReading& reading) {
  const model::OutcomeKind kind = kind_of(reading.outcome);
  if (kind != model::OutcomeKind::ok && kind != model::OutcomeKind::crashed) return;
  const console::NoTest none = console::no_test_ran(raw.console);
  if (none.line.empty()) return;
  reading.ran_no_test = true;
  const std::string words = std::string(model::k_no_test_ran) + ": " + none.line;
  if (kind == model::OutcomeKind::ok) {
    if (tests_are_all) reading.outcome = model::TestFailed{words};
  } else if (raw.end == RawRun::End::exited && none.last && (none.absent || reading.reports.empty())) {
    reading.reports.clear();
    reading.outcome = model::Crashed{words};
  }
}

// What failed beside the tests that the user named says nothing of them: they passed, did not run, or nobody can tell.
void judge_named_tests(const RawRun& raw, const Sought& sought, RunReading& reading) {
  if (sought.tests().empty() || raw.end != RawRun::End::exited) return;
  const bool fine = kind_of(reading.outcome) == model::OutcomeKind::ok;
  if (!fine &&
      (kind_of(reading.outcome) != model::OutcomeKind::crashed || reading.printed.told != model::Told::other))
    return;
  const console::Fate fate = console::fate_of_tests(raw.console, sought.tests());
  if (fine && fate == console::Fate::unrun)
    reading.outcome =
        model::TestFailed{"the test " + sought.tests().front() + std::string(model::k_did_not_run)};
  const bool of_test = !reading.reports.empty() && reading.reports.front().type == "TEST";
  reading.completed =
      fate == console::Fate::passed ||
      (fate == console::Fate::unknown && (fine || (of_test && console::ran_to_its_end(raw.console))));
}

// "row 3 is wrong at t.pl line 1.": perl's words for where it died.
bool ends_as_perl_does(std::string_view console) {
  static const re2::RE2 died(R"( at \S.* line \d+(?:, <\w*> (?:line|chunk) \d+)?\.\s*$)");
  return re2::RE2::PartialMatch(base::last_lines(console, 1), died);
}

// perl's die and php's fatal errors end with the code of a failed ssh, which ends a bisection: they say what they are.
base::Result<model::RunOutcome> verdict_of(const RawRun& raw, const model::ConsoleReading& console) {
  constexpr int k_code = 255;
  const bool failed = raw.end == RawRun::End::exited && raw.exit_code == k_code && raw.test_started &&
                      (!reports_since(console, 0).empty() || ends_as_perl_does(raw.console));
  if (failed) return model::Crashed{"exit code 255"};
  return model::process_verdict(raw);
}

base::Result<RunReading> read_process(const RawRun& raw, const model::ConsoleReading& console,
                                      const Sought& sought, bool tests_are_all) {
  RunReading reading{.outcome = CULPRIT_TRY(verdict_of(raw, console))};
  std::string ended(text_of(reading.outcome));
  // The exit code decides whether it failed, as for `git bisect run`; the console says what it was.
  if (kind_of(reading.outcome) == model::OutcomeKind::crashed) {
    std::vector<CrashReport> reports = reports_since(console, 0);
    // Where it crashed says more than which of its tests did.
    std::ranges::stable_partition(reports, is_own_stack);
    reading.reports = std::move(reports);
    if (!reading.reports.empty()) reading.outcome = model::Crashed{reading.reports.front().title};
  } else if (kind_of(reading.outcome) == model::OutcomeKind::timed_out) {
    // What it printed before is no reason for that; where it was is.
    std::vector<CrashReport> reports = reports_since(console, 0);
    std::erase_if(reports, std::not_fn(is_own_stack));
    reading.reports = std::move(reports);
  }
  tell_of_memory(raw, reading);
  judge_no_test(raw, tests_are_all, reading);
  reading.completed = kind_of(reading.outcome) == model::OutcomeKind::ok;
  take_output(raw, std::move(ended), sought, reading);
  judge_named_tests(raw, sought, reading);
  return reading;
}

// What from_chars reads at `at`, which must begin a word: of "v2" nothing is a number, of "12ms" 12 is.
std::optional<double> number_at(std::string_view line, std::size_t at) {
  const auto is_of_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  if (at > 0 && (is_of_word(line[at - 1]) || line[at - 1] == '.')) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(line.data() + at, line.data() + line.size(), value);
  if (error != std::errc() || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace

std::optional<double> last_number(std::string_view console) {
  for (const std::string_view line : std::views::reverse(base::split_lines(console)))
    for (std::size_t at = line.size(); at-- > 0;) {
      if (std::isdigit(static_cast<unsigned char>(line[at])) == 0) continue;
      // Back to where the number begins.
      std::size_t begin = at;
      while (begin > 0 && (std::isdigit(static_cast<unsigned char>(line[begin - 1])) != 0 ||
                           std::string_view(".eE+-").contains(line[begin - 1])))
        --begin;
      for (; begin <= at; ++begin)
        if (const auto value = number_at(line, begin)) return value;
    }
  return std::nullopt;
}

base::Result<RunReading> classify(model::Subject subject, const RawRun& raw,
                                  const model::ConsoleReading& console, const Sought& sought,
                                  bool tests_are_all) {
  if (raw.end == RawRun::End::infra) return RunReading{.outcome = model::Infra{raw.infra_text}};
  return subject == model::Subject::kernel ? read_guest(raw, console)
                                           : read_process(raw, console, sought, tests_are_all);
}

}  // namespace culprit::engine
