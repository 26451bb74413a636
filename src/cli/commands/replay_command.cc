// `culprit replay`: the command line of replay.h.

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands/subcommands.h"
#include "replay/telling/telling.h"

namespace culprit::cli {

void add_replay(CLI::App& app, Invocation& invocation) {
  CLI::App* command =
      app.add_subcommand("replay", "Judge a finished bisection log again from its own evidence");
  auto options = std::make_shared<replay::ReplayOptions>();
  command
      ->add_option("log", options->file,
                   "syzbot's log, or `git bisect log`; also from a mail; - is standard input")
      ->required();
  command->add_flag("--json", options->json, "as JSON");
  command->callback(
      [&invocation, options] { invocation.run = [options] { return replay::run_replay(*options); }; });
}

}  // namespace culprit::cli
