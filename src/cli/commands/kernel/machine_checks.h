// Does the machine of a kernel file's [machine] answer, and can what its kernel says be heard?
#pragma once

#include <vector>

#include "base/process/cancel.h"
#include "cli/setup/doctor_checks.h"
#include "run/hardware/hardware_runner.h"

namespace culprit::cli {

// Looks only: nothing is installed, booted or switched. Takes up to shell_timeout and console_timeout.
std::vector<Finding> examine_machine(const run::HardwareOptions& machine, const base::CancelToken& cancel);

}  // namespace culprit::cli
