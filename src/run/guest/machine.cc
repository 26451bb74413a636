#include "run/guest/machine.h"

#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <system_error>

#include <fmt/format.h>

namespace culprit::run {
namespace {

// q35 has PCI for disks and network cards; without ACPI its kernel finds CPUs in the MP tables, which list sockets.
// reboot=t: a triple fault, the one way to reset that needs no driver.
const std::array k_machines = {
    Machine{.arch = "x86_64",
            .host = "x86_64",
            .triplet = "x86_64-linux-gnu",
            .qemu = "qemu-system-x86_64",
            .package = "qemu-system-x86",
            .arguments = {"-M", "q35"},
            .cpu = "qemu64",
            .console = "ttyS0",
            .append = "reboot=t",
            .sockets = true,
            .has_second_port = true},
    Machine{.arch = "arm64",
            .host = "aarch64",
            .triplet = "aarch64-linux-gnu",
            .qemu = "qemu-system-aarch64",
            .package = "qemu-system-arm",
            .arguments = {"-M", "virt"},
            .cpu = "cortex-a57",
            .console = "ttyAMA0",
            .append = ""},
    Machine{.arch = "riscv64",
            .host = "riscv64",
            .triplet = "riscv64-linux-gnu",
            .qemu = "qemu-system-riscv64",
            .package = "qemu-system-misc",
            .arguments = {"-M", "virt"},
            .cpu = "rv64",
            .console = "ttyS0",
            .append = ""},
};

}  // namespace

base::Result<const Machine*> find_machine(std::string_view arch) {
  const auto found = std::ranges::find(k_machines, arch, &Machine::arch);
  if (found != k_machines.end()) return &*found;
  std::string known;
  for (const Machine& machine : k_machines)
    known += fmt::format("{}{}", known.empty() ? "" : ", ", machine.arch);
  return base::fail(base::ErrorKind::usage, fmt::format(R"(no guest is known for "arch" "{}")", arch),
                    "guests are known for: " + known);
}

std::string default_qemu(std::string_view arch) {
  const auto machine = find_machine(arch);
  return std::string(machine ? (*machine)->qemu : k_machines[0].qemu);
}

std::string console_of(std::string_view arch) {
  const auto machine = find_machine(arch);
  return std::string(machine ? (*machine)->console : k_machines[0].console);
}

std::string cross_prefix(std::string_view arch) {
  const auto machine = find_machine(arch);
  if (!machine || is_native(**machine)) return {};
  return std::string((*machine)->triplet) + "-";
}

std::filesystem::path kernel_in(const std::filesystem::path& artifact) {
  std::error_code none;
  for (const char* name : {"bzImage", "Image"})
    if (std::filesystem::exists(artifact / name, none)) return artifact / name;
  return artifact / "vmlinux";
}

bool is_native(const Machine& machine) {
  utsname name{};
  return ::uname(&name) == 0 && machine.host == name.machine;
}

}  // namespace culprit::run
