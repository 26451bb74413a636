// A bug as people receive it: a folder with a kernel's configuration, a reproducer, a report, by their usual names.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace culprit::cli {

// What was found; a path that is empty was not.
struct KernelFolder {
  std::filesystem::path folder;
  std::filesystem::path config;
  std::filesystem::path c;
  std::filesystem::path syz;
  std::filesystem::path script;
  std::filesystem::path report;
  std::filesystem::path harness;  // a folder below that holds syz-execprog
  std::string commit;             // on which the bug shows
  std::string commit_from;        // the file that says so
};

// Usage error where `folder` is none, or several files would do for one part.
base::Result<KernelFolder> read_kernel_folder(const std::filesystem::path& folder);

// The kernel file for it, with comments for a person. `tree` and `harness` may be empty: what the file does not
// say then is marked in it. With a `machine`, as ssh names it ("root@box"), the kernel runs there and not in a guest.
std::string kernel_file_text(const KernelFolder& folder, const std::filesystem::path& tree,
                             const std::string& machine = {});

// What is missing for a bisection without anybody's help: usage errors that say what was looked for.
base::Result<void> check_complete(const KernelFolder& folder);

}  // namespace culprit::cli
