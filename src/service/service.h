// The service: one process that owns the queue, starts and ends attempts, and serves HTTP.
#pragma once

#include "base/process/cancel.h"
#include "base/result.h"
#include "service/core/options.h"

namespace culprit::service {

// Until `cancel` is: then running attempts are ended, to go on where they were next time. Yields once everything is
// ended. Writes <root>/url and, the first time, <root>/token, the token of an operator.
base::Result<void> serve(const ServiceOptions& options, const base::CancelToken& cancel);

}  // namespace culprit::service
