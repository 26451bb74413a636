// What a run amounts to: what the runner saw, together with what the console says.
#pragma once

#include "base/result.h"
#include "model/run/outcome.h"
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
};

// Pure. An error only where the command itself asked to abort the bisection.
base::Result<RunReading> classify(model::Subject subject, const model::RawRun& raw,
                                  const model::ConsoleReading& console);

}  // namespace culprit::engine
