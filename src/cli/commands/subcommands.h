// The subcommands: each adds itself to the command line and says what to run when it is chosen.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace culprit::cli {

// What the command line asks for.
struct Invocation {
  std::vector<std::string> command;  // what stands after "--"
  std::function<int()> run;          // set by the subcommand that was chosen; yields the exit code
};

struct Subcommand {
  const char* name;
  void (*add)(CLI::App& app, Invocation& invocation);
};

void add_bisect(CLI::App& app, Invocation& invocation);
void add_resume(CLI::App& app, Invocation& invocation);
void add_next(CLI::App& app, Invocation& invocation);
void add_good(CLI::App& app, Invocation& invocation);
void add_bad(CLI::App& app, Invocation& invocation);
void add_skip(CLI::App& app, Invocation& invocation);
void add_import(CLI::App& app, Invocation& invocation);
void add_status(CLI::App& app, Invocation& invocation);
void add_show(CLI::App& app, Invocation& invocation);
void add_log(CLI::App& app, Invocation& invocation);
void add_mail(CLI::App& app, Invocation& invocation);
void add_console(CLI::App& app, Invocation& invocation);
void add_report(CLI::App& app, Invocation& invocation);
void add_replay(CLI::App& app, Invocation& invocation);
void add_bench(CLI::App& app, Invocation& invocation);
void add_doctor(CLI::App& app, Invocation& invocation);
void add_clean(CLI::App& app, Invocation& invocation);

}  // namespace culprit::cli
