// For which machine is a program?
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace culprit::run {

// "x86_64", "i386", "arm64", "riscv64", or "machine N": what an ELF file's head says, in the words of `make ARCH=`.
// Nullopt for what is no ELF file or cannot be read.
std::optional<std::string> architecture_of(const std::filesystem::path& program);
// Do programs for `program_arch` run on a kernel for `arch`?
bool runs_on(const std::string& program_arch, const std::string& arch);

// The file that `path` (absolute, as seen from within) means in the root at `root`: links are followed without
// leaving it. Nullopt where there is none.
std::optional<std::filesystem::path> find_within(const std::filesystem::path& root,
                                                 std::filesystem::path path);

}  // namespace culprit::run
