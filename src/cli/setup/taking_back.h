// Which events `culprit undo` and `culprit forget` take back.
#pragma once

#include <span>

#include "base/result.h"
#include "model/event.h"

namespace culprit::cli {

// The last thing that a person said, one word or those of one command, and what followed from it. ErrorKind::usage where
// nothing is left but the ends with which the bisection began.
base::Result<model::TakenBack> last_word(std::span<const model::Event> events);

// All that was said, built and run of `commit`, and what followed from it. ErrorKind::usage where nothing was, or where
// it is an end.
base::Result<model::TakenBack> all_about(std::span<const model::Event> events, const model::CommitId& commit);

}  // namespace culprit::cli
