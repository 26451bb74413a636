// Runs that come out the same each time: to run them on teaches nothing.
#pragma once

#include <vector>

#include "model/evidence.h"
#include "search/evidence/tally.h"

namespace culprit::search {

// Did every revision that was run more than once print the same and end alike each time? No where the output is not
// known (a guest's), or nothing was run twice.
bool is_deterministic(const std::vector<model::RunRecord>& runs);

// The revisions of a deterministic test with k_equal_runs runs or more, or with k_equal_skips of which none says anything of
// the bug; of any test those whose first k_equal_skips runs all answered skip.
std::vector<NodeIndex> settled(const Tally& tally, const std::vector<model::RunRecord>& runs);

}  // namespace culprit::search
