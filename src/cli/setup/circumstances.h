// What outputs say of how a bisection was built and run, out of its settings.
#pragma once

#include "cli/settings/settings.h"
#include "output/summary/circumstances.h"

namespace culprit::cli {

// Files that the settings name and that are gone are left out.
output::Circumstances circumstances_of(const Settings& settings);

}  // namespace culprit::cli
