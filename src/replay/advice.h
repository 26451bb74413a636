// What to test next, after a log was judged again.
#pragma once

#include <string>
#include <vector>

#include "identity/rates.h"

namespace culprit::replay {

struct Replay;

// Most useful first, each a sentence without a full stop: how to get past what hides the bug, how many runs
// would settle a quiet revision, which range to search.
std::vector<std::string> next_steps(const Replay& replay, const identity::CrashRates& rates);

}  // namespace culprit::replay
