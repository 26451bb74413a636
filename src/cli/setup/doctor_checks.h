// What this machine has of what a bisection needs, and which packages mend the rest: the body of `culprit
// doctor`.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/exit_code.h"
#include "base/process/cancel.h"

namespace culprit::cli {

struct DoctorOptions {
  bool kernel = true;               // check what kernels in QEMU need, besides what any project does
  std::filesystem::path state_dir;  // where bisections would keep their data: its file system is looked at
  std::vector<std::string> compilers = {"gcc"};  // for kernels
  std::string from, to;  // releases between which kernels are to be built; empty: not said
  std::string qemu = "qemu-system-x86_64";
};

struct Finding {
  enum class Grade {
    fine,
    advice,   // works without, worse
    missing,  // does not work without
  };
  Grade grade = Grade::fine;
  std::string what;                   // "QEMU"
  std::string detail;                 // its version, or what is wrong
  std::vector<std::string> packages;  // Debian packages that mend it; may be empty
};

// Asks in turn; KVM is tried for real, which takes up to 8 s where it hangs.
std::vector<Finding> examine(const DoctorOptions& options, const base::CancelToken& cancel);

// A line each, and one with the apt-get command that mends what can be mended.
std::string render_findings(const std::vector<Finding>& findings);
// infrastructure (3) where something is missing, else found (0).
base::ExitCode exit_code_of(const std::vector<Finding>& findings);

}  // namespace culprit::cli
