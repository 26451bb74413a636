// The exit codes of every subcommand: a contract, printed by --help and listed in docs/manual.md.
#pragma once

namespace culprit::base {

enum class ExitCode : int {
  found = 0,           // a culprit was found (other subcommands: success)
  inconclusive = 1,    // candidates remain
  usage = 2,           // command line or configuration
  infrastructure = 3,  // the machine, not the subject
  endpoint = 4,        // not reproduced at the bad end, or crashes at the good end
  horizon = 5,         // the oldest tested revision has the bug
  internal = 70,       // a bug of ours
  interrupted = 130,   // a signal stopped it; `culprit resume` continues
};

}  // namespace culprit::base
