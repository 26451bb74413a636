#include "cli/commands/kernel/machine_checks.h"

#include <string>

#include <fmt/format.h>

#include "base/strings.h"
#include "run/hardware/machine_console.h"
#include "run/hardware/machine_controls.h"

namespace culprit::cli {
namespace {

using Grade = Finding::Grade;

// Much more than a console says while one line is waited for.
constexpr std::size_t k_console_limit = std::size_t{1} << 20;

Finding look_at_shell(const run::MachineControls& controls, const base::CancelToken& cancel) {
  const auto answer = controls.ask(cancel);
  if (!answer) return {Grade::missing, "machine", answer.error().what, {}};
  switch (answer->who) {
    case run::Answer::Who::own:
      return {Grade::fine, "machine", "its shell answers, and its own kernel runs", {}};
    case run::Answer::Who::ours:
      return {Grade::advice,
              "machine",
              "its shell answers; the kernel of a run is booted, which the next bisection begins with ending",
              {}};
    case run::Answer::Who::nobody:
      break;
  }
  return {Grade::missing, "machine", "its shell does not answer: " + base::printable(answer->words), {}};
}

// A line that is written to the kernel's log must come by the console.
Finding look_at_console(const run::MachineControls& controls, const base::CancelToken& cancel) {
  const std::string token = run::random_token();
  const run::MachineCommands& commands = controls.commands();
  run::MachineConsole console(controls, {}, token, k_console_limit);
  const auto mark = fmt::format(R"(echo "<1>culprit:{}:ready" > /dev/kmsg)", token);
  // Whoever connects is not always heard at once: it is said again.
  for (double waited = 0; waited < commands.console_timeout_s && !cancel.cancelled(); ++waited) {
    const auto said = controls.shell(mark, {}, commands.shell_timeout_s, cancel);
    if (!said) return {Grade::missing, "console", said.error().what, {}};
    if (!said->ok())
      return {
          Grade::missing,
          "console",
          "nothing can be written to the kernel's log, /dev/kmsg: " + base::printable(run::told_end(*said)),
          {}};
    if (console.wait_for(&run::Marks::ready, 1, cancel))
      return {Grade::fine, "console", "shows what is written to the kernel's log", {}};
  }
  const std::string ended = console.ended();
  return {Grade::missing,
          "console",
          fmt::format("does not show what is written to the kernel's log within {}{}",
                      base::format_duration(commands.console_timeout_s),
                      ended.empty() ? "" : "; its command ended: " + base::printable(ended)),
          {}};
}

}  // namespace

std::vector<Finding> examine_machine(const run::HardwareOptions& machine, const base::CancelToken& cancel) {
  const run::MachineControls controls(machine.commands);
  std::vector<Finding> findings = {look_at_shell(controls, cancel)};
  if (findings.front().grade == Grade::missing) return findings;
  findings.push_back(look_at_console(controls, cancel));
  if (machine.commands.boot.contains("kexec")) {
    const auto kexec = controls.shell("command -v kexec", {}, machine.commands.shell_timeout_s, cancel);
    const bool is_here = kexec && kexec->ok();
    findings.push_back(
        {is_here ? Grade::fine : Grade::advice,
         "kexec",
         is_here ? "is on the machine" : "`boot` names it, and it is not in PATH on the machine",
         {}});
  }
  return findings;
}

}  // namespace culprit::cli
