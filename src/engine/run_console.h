// A run's console, read with what is known of the run.
#pragma once

#include "model/run/outcome.h"
#include "model/run/report.h"
#include "model/subject.h"

namespace culprit::engine {

// All reports of the console. A panic behind a report counts as that report's consequence, which it cannot be
// where the report is the boot's and the guest died in the test: there, the test's part is read by itself too.
model::ConsoleReading read_run_console(model::Subject subject, const model::RawRun& raw);

}  // namespace culprit::engine
