// What a run amounts to: what the runner saw, together with what the console says.
#pragma once

#include <vector>

#include "base/result.h"
#include "model/outcome.h"
#include "model/report.h"

namespace culprit::engine {

enum class Subject { command, kernel };

struct RunReading {
  model::RunOutcome outcome;
  // Printed after the reproducer started, out-of-memory noise left out.
  std::vector<model::CrashReport> reports;
  std::vector<model::CrashReport> boot_reports;  // printed before it, without their texts
  bool completed = false;                        // the reproducer ran its course
};

// Pure. An error only where the command itself asked to abort the bisection.
base::Result<RunReading> classify(Subject subject, const model::RawRun& raw,
                                  const model::ConsoleReading& console);

}  // namespace culprit::engine
