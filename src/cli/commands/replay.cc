// `culprit replay`: the command line of src/replay.

#include <memory>

#include "cli/commands/commands.h"
#include "replay/telling/telling.h"

namespace culprit::cli {

void add_replay(CommandLine& line) {
  Options command = line.add("replay", "Judge a finished bisection log again from its own evidence");
  auto options = std::make_shared<replay::ReplayOptions>();
  command.text("log", options->file,
               "syzbot's log, or `git bisect log`; also from a mail; - is standard input");
  command.required();
  command.text("-C,--repo", options->repository,
               "the repository of which the log is: for who descends from whom", "DIR");
  command.flag("--json", options->json, "as JSON");
  command.run([options] { return replay::run_replay(*options); });
}

}  // namespace culprit::cli
