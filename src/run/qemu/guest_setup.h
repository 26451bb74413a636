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
// A wait for the host's go, which is where a snapshot is taken. Only where the guest has a second serial port and its
// kernel's random generator can be given a new key, else on it goes. Empty where the plan has none.
std::string hold_script(const GuestPlan& plan);
// Must the wait be before the root is mounted? An image is written to then, in a file that a restored guest does not
// have; and what is mounted by 9p cannot be saved.
bool holds_before_root(RootKind root);
inline constexpr const char* k_reseed_path = "/bin/culprit-reseed";
// What stands in front of the reproducer's command line, so that it runs in the root.
std::string enter_root(const GuestPlan& plan);

}  // namespace culprit::run
