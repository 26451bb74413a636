// How a guest's run ended, from what its watcher saw and its marks say.
#pragma once

#include <string>

#include "base/process/subprocess.h"
#include "model/run/outcome.h"
#include "run/qemu/qemu_runner.h"

namespace culprit::run {

// What was seen of a guest besides its console.
struct GuestSeen {
  const Marks& marks;
  bool boot_expired = false;     // the boot's deadline passed before the ready mark
  bool test_expired = false;     // the guest did not end within what it was given after that
  const base::ProcessEnd& qemu;  // how QEMU ended; 0 for every way in which a guest ends
};

// How the reproducer ended whose end the marks tell; one that is `endless` has done as it should at its time limit.
void judge_exit(const Marks& marks, bool endless, model::RawRun& run);

// Completes `run`, whose console is in it already. Where a boot or a shutdown is what is sought, that is the
// test: then a guest that hangs or is gone there died, with a title as `reason` where no report says more.
void judge(const GuestSeen& seen, const QemuOptions& options, model::RawRun& run);

}  // namespace culprit::run
