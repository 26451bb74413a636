// Guests by architecture: which QEMU, which machine, where its console is.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace culprit::run {

struct Machine {
  std::string_view arch;                    // make's ARCH, but for riscv64
  std::string_view host;                    // the same in uname(1)'s word
  std::string_view triplet;                 // Debian's, of its cross compilers
  std::string_view qemu;                    // the program
  std::string_view package;                 // Debian's, with it
  std::vector<std::string_view> arguments;  // the machine's
  std::string_view cpu;                     // without KVM
  std::string_view console;                 // the kernel's name of the first serial port
  std::string_view append;                  // to the kernel's command line
  bool sockets = false;                     // CPUs are spelled out as sockets
  bool has_second_port = false;             // serial: the reproducer's
};

// Usage error for an architecture that has no row here.
base::Result<const Machine*> find_machine(std::string_view arch);
// The program that this machine's QEMU is, for an architecture that has a row.
std::string default_qemu(std::string_view arch);
// The kernel's name of its console.
std::string console_of(std::string_view arch);
// How the names of compilers for it begin, "aarch64-linux-gnu-"; empty for this computer's own and for what has no row.
std::string cross_prefix(std::string_view arch);
// What is booted of a built kernel's folder: its image, or its vmlinux where it has none.
std::filesystem::path kernel_in(const std::filesystem::path& artifact);
// Its modules, for the guest's /lib/modules, beside it.
inline constexpr const char* k_modules_archive = "modules.cpio";
// Is it this computer's own?
bool is_native(const Machine& machine);

}  // namespace culprit::run
