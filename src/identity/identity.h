// Is this crash the bug we chase? A probability for every run, from all runs together.
#pragma once

#include <vector>

#include "model/commit.h"
#include "model/evidence.h"

namespace culprit::identity {

// Sets `p_target` and `identity` of every run. The crashes seen on `start`, where the bug is known to show,
// are its faces; a run without a crash gets 0. Depends on the set of runs only, not on their order.
void assess(std::vector<model::RunRecord>& runs, const model::CommitId& start);

}  // namespace culprit::identity
