// What a run amounts to: what the runner saw, together with what the console says.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "engine/sought.h"
#include "model/run/outcome.h"
#include "model/run/printed.h"
#include "model/run/reports.h"
#include "model/subject.h"

namespace culprit::model {
struct ConsoleReading;
}

namespace culprit::engine {

struct RunReading {
  model::RunOutcome outcome;
  model::Reports reports;       // printed after the reproducer started, out-of-memory noise left out
  model::Reports boot_reports;  // printed before it, without their texts
  bool completed = false;       // the reproducer ran its course
  std::string end{};            // model::RunRecord::end
  model::Printed printed{};     // of a program
  bool ran_no_test = false;     // a runner of tests says so
};

// Pure. An error only where the command itself asked to abort the bisection. `tests_are_all`: a run that ended well says
// nothing where its runner says that it ran no test.
base::Result<RunReading> classify(model::Subject subject, const model::RawRun& raw,
                                  const model::ConsoleReading& console, const Sought& sought = {},
                                  bool tests_are_all = true);

// The last number of the last line that holds one: "real 1.25 s" is 1.25. Nullopt where no line does.
std::optional<double> last_number(std::string_view console);

}  // namespace culprit::engine
