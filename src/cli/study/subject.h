// What studies build and run, as their commands are told of it.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/line/command_line.h"
#include "cli/settings/kernel_config.h"
#include "cli/settings/settings.h"

namespace culprit::cli {

// Reads the kernel file of `settings`, keeps its text there, and takes from it what the command line left open: the
// repository, the number of guests.
base::Result<KernelConfig> take_kernel_file(Settings& settings, std::string& repository);

// The text that builds and runs depend on: `settings` without what only says of which revisions, how often and what is
// written where.
std::string definition_of(Settings settings);

}  // namespace culprit::cli
