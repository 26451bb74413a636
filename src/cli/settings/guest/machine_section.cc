#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/strings.h"
#include "cli/settings/guest/guest_sections.h"

namespace culprit::cli {
namespace {

using base::Result;

constexpr std::array<std::string_view, 2> k_silences = {"infrastructure", "crash"};

// What has to be said, and how it may look.
struct Needed {
  const char* key;
  std::string run::MachineCommands::* line;
  const char* example;
};

constexpr auto k_needed = std::to_array<Needed>({
    {"console", &run::MachineCommands::console, "console = \"nc -u -l 6666\""},
    {"install", &run::MachineCommands::install, "install = \"scp $CULPRIT_KERNEL root@box:/boot/culprit\""},
    {"boot", &run::MachineCommands::boot,
     "boot = \"ssh root@box kexec -l /boot/culprit --append=\\\"'root=/dev/sda1 $CULPRIT_APPEND'\\\" && "
     "...\""},
    {"power_off", &run::MachineCommands::power_off, "power_off = \"ipmitool -H box chassis power off\""},
    {"power_on", &run::MachineCommands::power_on, "power_on = \"ipmitool -H box chassis power on\""},
});

// One string, whose words are split at blanks, or an array of words.
std::vector<std::string> words_of(std::vector<std::string> given) {
  if (given.size() != 1) return given;
  std::vector<std::string> words;
  for (const std::string_view word : base::split(given.front(), ' '))
    if (!word.empty()) words.emplace_back(word);
  return words;
}

void read_lines(TomlTable& table, run::MachineCommands& commands) {
  std::vector<std::string> shell;
  table.text_or_texts("shell", shell);
  for (const Needed& needed : k_needed) table.text(needed.key, commands.*needed.line);
  table.text("reboot", commands.reboot);
  table.text("restore", commands.restore);
  table.duration("shell_timeout", commands.shell_timeout_s);
  table.duration("console_timeout", commands.console_timeout_s);
  table.duration("install_timeout", commands.install_timeout_s);
  table.duration("boot_timeout", commands.boot_timeout_s);
  table.duration("power_timeout", commands.power_timeout_s);
  table.duration("pause", commands.pause_s);
  commands.shell = words_of(std::move(shell));
  commands.folder = table.relative(".").lexically_normal();
}

}  // namespace

Result<void> read_machine(TomlTable table, KernelConfig& config) {
  run::HardwareOptions machine;
  std::size_t silence = 0;
  std::string place = "/tmp/culprit";
  read_lines(table, machine.commands);
  table.text("append", machine.append);
  table.text("folder", place);
  table.choice("silent", k_silences, silence);
  CULPRIT_TRY(table.finish());
  if (config.bug == KernelBug::build) return {};  // nothing is run
  if (machine.commands.shell.empty())
    table.complain("shell", "[machine] needs \"shell\": what runs a line on the machine",
                   "shell = \"ssh -o BatchMode=yes -o ConnectTimeout=5 root@box\"");
  for (const Needed& needed : k_needed)
    if ((machine.commands.*needed.line).empty())
      table.complain(needed.key, fmt::format("[machine] needs \"{}\"", needed.key), needed.example);
  if (!place.starts_with('/') || place.size() < 2)
    table.complain("folder", fmt::format(R"("folder" is "{}", which is no folder of the machine's)", place),
                   "folder = \"/tmp/culprit\"");
  if (config.bug == KernelBug::shutdown || config.bug == KernelBug::suspend)
    table.complain(
        "",
        fmt::format("bug = \"{}\" is for guests: a machine that goes out of sight says nothing of itself",
                    k_bugs[static_cast<std::size_t>(config.bug)]),
        "[vm] in the place of [machine]");
  if (config.build.image == build::KernelImage::vmlinux)
    table.complain("", "image = \"vmlinux\" is for guests: a machine boots a bzImage", "leave `image` out");
  machine.sought = config.vm.sought;
  machine.reproducer = config.vm.reproducer;
  machine.reproducer.arch = config.vm.arch;
  machine.reproducer.place = place;
  machine.timeout_s = config.vm.timeout_s;
  machine.endless = config.vm.endless;
  machine.settle_s = config.vm.settle_s;
  machine.modules = config.vm.modules;
  machine.silence_is_crash = silence == 1;
  config.build.image = build::KernelImage::bzimage;
  config.guests = 1;
  config.machine = std::move(machine);
  return table.finish();
}

}  // namespace culprit::cli
