// The history of a bisection with the posterior along it, for `culprit show`.
#pragma once

#include <vector>

#include "base/result.h"
#include "cli/commands/reading.h"
#include "output/terminal/table.h"

namespace culprit::cli {

// The commits among which the answer is sought, newest first, each with its share of what the strategy
// believes now; titles of those that are worth a row. `reading.fold` is judged anew by the strategy on the
// way. Empty where the strategy keeps no posterior. Errors: the repository is gone, or lacks commits.
base::Result<std::vector<output::HistoryLine>> drawn_history(Reading& reading);

}  // namespace culprit::cli
