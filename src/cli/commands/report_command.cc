// `culprit report`: the command line of report.h.

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands/report.h"
#include "cli/commands/subcommands.h"

namespace culprit::cli {

void add_report(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("report", "Read the crash reports out of console logs");
  auto options = std::make_shared<ReportOptions>();
  command->add_option("files", options->files, "console logs; - is standard input")->required();
  command->add_flag("--json", options->json, "one JSON object a line, one for each file");
  command->add_option("--vmlinux", options->vmlinux,
                      "the kernel image with DWARF, for file:line and inline frames");
  command->add_option("--module", options->modules, "a module with DWARF; may be repeated");
  command->add_option("--source", options->source, "where the kernel was built: cut from file names");
  command->callback([&invocation, options] { invocation.run = [options] { return run_report(*options); }; });
}

}  // namespace culprit::cli
