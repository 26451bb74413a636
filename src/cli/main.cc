// culprit: one table of subcommands; each lives in a file of its own.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "base/exit_code.h"
#include "cli/subcommands.h"
#include "cli/version.h"

namespace culprit::cli {
namespace {

constexpr const char* k_exit_codes =
    "Exit codes: 0 culprit found (other commands: success), 1 inconclusive, 2 usage or configuration,\n"
    "3 infrastructure, 4 an endpoint fails its check, 5 the oldest tested revision has the bug,\n"
    "70 a bug of culprit, 130 interrupted.";

// In the order of --help.
constexpr Subcommand k_subcommands[] = {
    {"bisect", add_bisect}, {"resume", add_resume}, {"status", add_status},   {"show", add_show},
    {"log", add_log},       {"mail", add_mail},     {"console", add_console}, {"report", add_report},
    {"replay", add_replay}, {"doctor", add_doctor}, {"clean", add_clean},
};

// What follows the first "--" is the user's command, never ours to read.
std::vector<std::string> split_command(std::vector<std::string>& arguments) {
  std::vector<std::string> command;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] != "--") continue;
    command.assign(arguments.begin() + static_cast<std::ptrdiff_t>(i) + 1, arguments.end());
    arguments.resize(i);
    break;
  }
  return command;
}

int run(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  Invocation invocation;
  invocation.command = split_command(arguments);

  CLI::App app("culprit finds the commit that introduced (or fixed) a crash.", "culprit");
  app.set_version_flag("--version", std::string("culprit ") + k_version);
  app.require_subcommand(1);
  app.footer(k_exit_codes);
  app.get_formatter()->column_width(34);
  for (const Subcommand& subcommand : k_subcommands) subcommand.add(app, invocation);

  try {
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
    app.parse(arguments);
  } catch (const CLI::Success& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    const auto chosen = app.get_subcommands();
    std::fprintf(stderr, "culprit: error: %s\nhint: see `culprit %s%s--help`\n", e.what(),
                 chosen.empty() ? "" : chosen.front()->get_name().c_str(), chosen.empty() ? "" : " ");
    return static_cast<int>(base::ExitCode::usage);
  }
  return invocation.run ? invocation.run() : static_cast<int>(base::ExitCode::usage);
}

}  // namespace
}  // namespace culprit::cli

int main(int argc, char** argv) {
  try {
    return culprit::cli::run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(
        stderr,
        "culprit: internal error: %s\nhint: this is a bug of culprit; `culprit resume` continues from what "
        "was recorded\n",
        e.what());
    return static_cast<int>(culprit::base::ExitCode::internal);
  }
}
