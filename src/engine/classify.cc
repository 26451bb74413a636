#include "engine/classify.h"

#include "model/run/process_verdict.h"
#include "model/run/report.h"
#include "model/usual_end.h"

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

RunReading read_guest(const RawRun& raw, const model::ConsoleReading& console) {
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
    // The field's words for a silent death.
    reading.outcome = model::Crashed{"lost connection to test machine"};
  else if (raw.end == RawRun::End::timed_out)
    reading.outcome = model::TimedOut{};
  return reading;
}

base::Result<RunReading> read_process(const RawRun& raw, const model::ConsoleReading& console) {
  RunReading reading{.outcome = CULPRIT_TRY(model::process_verdict(raw))};
  // The exit code decides whether it failed, as for `git bisect run`; the console says what it was.
  if (kind_of(reading.outcome) == model::OutcomeKind::crashed) {
    reading.reports = reports_since(console, 0);
    if (!reading.reports.empty()) reading.outcome = model::Crashed{reading.reports.front().title};
  }
  reading.completed = kind_of(reading.outcome) == model::OutcomeKind::ok;
  return reading;
}

}  // namespace

base::Result<RunReading> classify(model::Subject subject, const RawRun& raw,
                                  const model::ConsoleReading& console) {
  if (raw.end == RawRun::End::infra) return RunReading{.outcome = model::Infra{raw.infra_text}};
  return subject == model::Subject::kernel ? read_guest(raw, console) : read_process(raw, console);
}

}  // namespace culprit::engine
