// `culprit doctor`: what this machine lacks, and how to get it.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/commands/subcommands.h"
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

void add_doctor(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("doctor", "Say what this machine lacks, and how to get it");
  auto options = std::make_shared<DoctorOptions>();
  options->state_dir = default_state_dir("/").parent_path();
  auto subject = std::make_shared<std::string>("kernel");
  command->add_option("subject", *subject, "what you want to bisect: kernel (default) or program")
      ->check(CLI::IsMember({"kernel", "program"}));
  command->add_option("--compiler", options->compilers, "a compiler that old trees need; may be repeated");
  command->callback([&invocation, options, subject] {
    options->kernel = *subject == "kernel";
    invocation.run = [options] { return examine_machine(*options); };
  });
}

}  // namespace culprit::cli
