// What the guest's init does before the reproducer, in the words of busybox's shell: modules, root, network.
#pragma once

#include <string>

#include "run/qemu/qemu_guest.h"

namespace culprit::run {

// Loads the modules that the plan names; with "all", those of the guest's devices. Empty for none.
std::string modules_script(const GuestPlan& plan);
// Mounts the root at /sysroot; puts what is in /inject into it, or where there is none, into busybox's.
std::string root_script(const GuestPlan& plan);
// Brings the network up. Empty for none.
std::string network_script(const GuestPlan& plan);
// What stands in front of the reproducer's command line, so that it runs in the root.
std::string enter_root(const GuestPlan& plan);

}  // namespace culprit::run
