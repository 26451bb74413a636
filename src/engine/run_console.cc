#include "engine/run_console.h"

#include <algorithm>
#include <string_view>

#include "console/console.h"

namespace culprit::engine {

model::ConsoleReading read_run_console(model::Subject subject, const model::RawRun& raw) {
  model::ConsoleReading all = console::read(raw.console, {.subject = subject});
  const std::size_t from = raw.test_start;
  const auto is_of_test = [from](const model::CrashReport& report) { return report.start >= from; };
  if (raw.end != model::RawRun::End::died || from == 0 || from >= raw.console.size() || all.reports.empty() ||
      std::ranges::any_of(all.reports, is_of_test))
    return all;
  model::ConsoleReading test =
      console::read(std::string_view(raw.console).substr(from), {.subject = subject});
  all.panicked = all.panicked || test.panicked;
  for (model::CrashReport& report : test.reports) {
    report.start += from;
    report.end += from;
    all.reports.push_back(std::move(report));
  }
  return all;
}

}  // namespace culprit::engine
