// `culprit doctor`: what this machine lacks, and how to get it.

#include <cstdio>
#include <memory>

#include "cli/commands/commands.h"
#include "cli/session/session.h"
#include "cli/session/signals.h"
#include "cli/settings/state.h"
#include "cli/setup/doctor_checks.h"

namespace culprit::cli {
namespace {

int examine_machine(const DoctorOptions& options) {
  const auto findings = examine(options, cancel_on_signals());
  std::fputs(render_findings(findings).c_str(), stdout);
  return static_cast<int>(exit_code_of(findings));
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
  command.run([options, subject] {
    options->kernel = *subject == "kernel";
    return examine_machine(*options);
  });
}

}  // namespace culprit::cli
