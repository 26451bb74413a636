// `culprit doctor`: what this machine lacks, and how to get it.

#include <cstdio>
#include <memory>

#include <fmt/format.h>

#include "base/strings.h"
#include "build/recipe/toolchain.h"
#include "cli/commands/commands.h"
#include "cli/commands/kernel/machine_checks.h"
#include "cli/session/printing.h"
#include "cli/session/session.h"
#include "cli/session/signals.h"
#include "cli/settings/kernel_config.h"
#include "cli/settings/state.h"
#include "cli/setup/doctor_checks.h"

namespace culprit::cli {
namespace {

base::Result<void> check_releases(DoctorOptions& options) {
  if (options.from.empty() && options.to.empty()) return {};
  if (!options.kernel)
    return base::fail(base::ErrorKind::usage, "--from and --to are releases of a kernel",
                      "culprit doctor kernel --from v5.10");
  if (options.from.empty()) options.from = options.to;
  if (options.to.empty()) options.to = options.from;
  for (const std::string& release : {options.from, options.to})
    if (!build::parse_kernel_version(release))
      return base::fail(base::ErrorKind::usage, fmt::format("\"{}\" is no release", base::printable(release)),
                        "write it like v5.10");
  if (build::parse_kernel_version(options.to) < build::parse_kernel_version(options.from))
    std::swap(options.from, options.to);
  return {};
}

base::Result<base::ExitCode> examine_all(DoctorOptions options, const std::string& config_path) {
  CULPRIT_TRY(check_releases(options));
  std::vector<Finding> findings;
  if (!config_path.empty()) {
    const KernelConfig config = CULPRIT_TRY(load_kernel_config(config_path));
    if (!config.machine)
      return base::fail(base::ErrorKind::usage, config_path + " has no [machine]",
                        "--config asks the machine of one; without it doctor says what guests need");
    findings = examine_machine(*config.machine, cancel_on_signals());
  }
  for (Finding& finding : examine(options, cancel_on_signals())) findings.push_back(std::move(finding));
  std::fputs(render_findings(findings).c_str(), stdout);
  return exit_code_of(findings);
}

}  // namespace

void add_doctor(CommandLine& line) {
  Options command = line.add("doctor", "Say what this machine lacks, and how to get it");
  auto options = std::make_shared<DoctorOptions>();
  options->state_dir = default_state_dir("/").value_or("/").parent_path();
  auto subject = std::make_shared<std::string>("kernel");
  command.one_of("subject", *subject, {"kernel", "program"},
                 "what you want to bisect: kernel (default) or program");
  command.texts("--compiler", options->compilers, "a compiler that old trees need; may be repeated");
  command.text("--from", options->from,
               "the oldest kernel release to be built: which compilers are there for it?");
  command.text("--to", options->to, "the newest one (default: the same)");
  auto config = std::make_shared<std::string>();
  command.text("--config", *config,
               "a kernel file with [machine]: does the machine answer, is its console heard?", "FILE");
  command.run([options, subject, config] {
    options->kernel = *subject == "kernel";
    return finish(examine_all(*options, *config));
  });
}

}  // namespace culprit::cli
