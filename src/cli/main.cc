#include <CLI/CLI.hpp>

#include "base/exit_code.h"
#include "cli/report.h"

int main(int argc, char** argv) {
  CLI::App app{"culprit"};
  app.require_subcommand(1);
  culprit::cli::ReportOptions report;
  CLI::App* command = app.add_subcommand("report", "What a console says");
  command->add_flag("--json", report.json);
  command->add_option("--vmlinux", report.vmlinux);
  command->add_option("--module", report.modules);
  command->add_option("--source", report.source);
  command->add_option("files", report.files)->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : static_cast<int>(culprit::base::ExitCode::usage);
  }
  return culprit::cli::run_report(report);
}
