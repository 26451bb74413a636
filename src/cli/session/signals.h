// Signals as cancellation: the first SIGINT, SIGTERM or SIGHUP asks the engine to stop, which ends its
// children.
#pragma once

#include "base/process/cancel.h"

namespace culprit::cli {

// Installs the handlers; they cancel this token. SIGPIPE is ignored: a reader that goes away is no reason to
// die.
const base::CancelToken& cancel_on_signals();

}  // namespace culprit::cli
