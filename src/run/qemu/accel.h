// How QEMU is to run guests here: with KVM where it works, else by translating code (TCG).
#pragma once

#include <filesystem>
#include <string>

#include "base/process/cancel.h"
#include "base/result.h"

namespace culprit::run {

struct Accel {
  bool kvm = false;
  std::string why;  // in words: "KVM works", "/dev/kvm: Permission denied", "a guest under KVM hangs"
};

// Tries KVM with a guest of a few instructions and a deadline, since a /dev/kvm that opens may still belong
// to a machine on which guests never run. Where `cache` is not empty, the answer is kept in that file until
// the next boot of this machine. A QEMU that cannot be started is an error.
base::Result<Accel> probe_accel(const std::string& qemu, const std::filesystem::path& cache,
                                const base::CancelToken& cancel, double deadline_s = 8);

// Writes "TCG, because ..." over what the cache holds: a real guest hung although the probe ran.
void distrust_kvm(const std::filesystem::path& cache, const std::string& why);

}  // namespace culprit::run
