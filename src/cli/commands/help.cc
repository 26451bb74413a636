// `culprit help` and `culprit completion`: what the command line says of itself.

#include <memory>

#include "cli/commands/commands.h"
#include "cli/line/completion.h"
#include "cli/line/manual_page.h"
#include "cli/session/printing.h"
#include "cli/session/session.h"
#include "cli/session/version.h"

namespace culprit::cli {

void add_completion(CommandLine& line) {
  Options command =
      line.add("completion", "Print what makes a shell complete culprit's commands and options");
  auto shell = std::make_shared<std::string>();
  command.one_of("shell", *shell, {"bash", "zsh", "fish"}, "the shell");
  command.required();
  command.run([&line, shell] {
    print(completion_of(*shell, line.describe()));
    return 0;
  });
  command.footer("source <(culprit completion bash)");
}

void add_help(CommandLine& line) {
  struct HelpOptions {
    std::string command;
    bool man = false;
  };
  Options command = line.add("help", "Say how culprit, or a command of it, is used");
  auto options = std::make_shared<HelpOptions>();
  command.text("command", options->command, "the command; none: all of them", "COMMAND");
  command.flag("--man", options->man, "print the manual page, for man(1)");
  command.run([&line, options] {
    if (options->man) {
      print(manual_page(line.describe(), k_version, k_exit_codes));
      return 0;
    }
    for (const AliasRow& alias : k_aliases)
      if (options->command == alias.word) options->command = alias.command;
    if (!options->command.empty() && !is_command(options->command))
      return report_error({.kind = base::ErrorKind::usage,
                           .what = "there is no command '" + options->command + "'",
                           .context = {},
                           .hint = "`culprit help` lists them"});
    print(line.help_of(options->command));
    return 0;
  });
}

}  // namespace culprit::cli
