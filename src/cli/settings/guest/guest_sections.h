// The sections of a kernel file that say where it runs and what: [reproducer], [harness], [vm] or [machine].
#pragma once

#include "base/result.h"
#include "cli/settings/kernel_config.h"
#include "cli/settings/toml_table.h"

namespace culprit::cli {

// The words of the key `bug`, in the order of KernelBug.
inline constexpr std::array<std::string_view, 5> k_bugs = {"reproducer", "boot", "shutdown", "suspend",
                                                           "build"};

base::Result<void> read_reproducer(TomlTable table, KernelConfig& config);
// Puts another program in the place of the reproducer: a C file, a script, a program of syzkaller's or any other, told by
// its name (.c, .sh, .syz, .prog) and else by its first bytes. Its arguments, files and time stay. ErrorKind::usage for one
// that cannot be read, or a syz program without [harness].
base::Result<void> take_reproducer(const std::filesystem::path& file, run::QemuOptions& vm);
// After read_reproducer, which says whether there is a syz program.
base::Result<void> read_harness(TomlTable table, bool is_there, run::QemuOptions& vm);
// Last: adds to the configurations what the guest needs of them, and a note of it.
base::Result<void> read_vm(TomlTable table, KernelConfig& config);
// In its place.
base::Result<void> read_machine(TomlTable table, KernelConfig& config);

}  // namespace culprit::cli
