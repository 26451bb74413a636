// Runs a command that crashed once more, to see where it crashes.
#pragma once

#include "base/process/cancel.h"
#include "base/process/subprocess.h"
#include "base/result.h"
#include "run/stack/cores.h"
#include "run/stack/explanation.h"

namespace culprit::run {

// `command` ran as `run` says. Runs it traced, a few times where the crash does not show again; where tracing is not
// permitted, with core files. Errors: interruptions.
base::Result<Explanation> run_for_stack(base::Command command, const CrashedRun& run,
                                        const base::CancelToken& cancel);

}  // namespace culprit::run
