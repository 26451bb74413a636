// Runs a command with its process tree traced, to see where it dies.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace culprit::run {

struct TraceOptions {
  // The signal that ended the run which is repeated; 0: any that ends with a core. Deaths of this one are
  // preferred. With SIGKILL processes are looked at while they grow, since nothing can be seen of their end.
  int signal = 0;
  std::filesystem::path report;  // where the stacks are written (text_of), as soon as there are some
};

// Starts `argv` and follows all processes below it until it has ended, whose exit code (128+N for a signal) is
// returned; what is left running is killed. Blocks; waits for children of any kind, so nothing else may.
// Writes to options.report the stacks of the last process that died of a signal that nobody caught; where there was
// none, of the last one that ended with a failure in its handler. A signal that somebody sent (kill) is no crash: then
// that is what is written. Errors: tracing is not permitted (with a hint), the
// command cannot be started.
base::Result<int> trace(char** argv, const TraceOptions& options);

}  // namespace culprit::run
