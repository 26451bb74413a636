// culprit: its commands are in a table (settings/command_table.h), each in a file of commands/.

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "base/exit_code.h"
#include "base/strings.h"
#include "cli/commands/commands.h"
#include "cli/line/command_line.h"
#include "cli/line/command_table.h"
#include "cli/session/desk.h"
#include "cli/session/version.h"

namespace culprit::cli {
namespace {

constexpr const char* k_exit_codes =
    "Exit codes: 0 culprit found (other commands: success), 1 inconclusive, 2 usage or configuration,\n"
    "3 infrastructure, 4 an endpoint fails its check, 5 the oldest tested revision has the bug,\n"
    "70 a bug of culprit, 130 interrupted.";

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

int unknown_command(const std::string& name) {
  std::vector<std::string> names;
  for (const CommandRow& row : k_commands) names.emplace_back(row.name);
  const std::vector<std::string> near = base::nearest_names(name, names);
  std::fprintf(stderr, "culprit: error: there is no command '%s'\nhint: %s`culprit --help` lists them\n",
               name.c_str(), near.empty() ? "" : ("did you mean '" + near.front() + "'? ").c_str());
  return static_cast<int>(base::ExitCode::usage);
}

// Standard streams that are closed would be taken by the first files we open, and be written into.
void open_standard_streams() {
  for (int fd = ::open("/dev/null", O_RDWR); fd >= 0; fd = ::open("/dev/null", O_RDWR))
    if (fd > STDERR_FILENO) {
      ::close(fd);
      return;
    }
}

// What git tells the hooks and aliases of a repository must not lead us, or our children, to another one.
void forget_git_environment() {
  for (const char* name : {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY",
                           "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_NAMESPACE",
                           "GIT_INTERNAL_SUPER_PREFIX", "GIT_GRAFT_FILE", "GIT_SHALLOW_FILE", "GIT_CONFIG",
                           "GIT_REPLACE_REF_BASE", "GIT_IMPLICIT_WORK_TREE", "GIT_NO_REPLACE_OBJECTS"})
    ::unsetenv(name);
}

// A success whose words did not reach their reader is none.
int all_written(int code) {
  std::cout.flush();  // CLI11's
  const bool lost = std::fflush(stdout) != 0 || std::ferror(stdout) != 0 || !std::cout;
  if (!lost || code != 0) return code;
  std::fputs(
      "culprit: error: cannot write to standard output\nhint: is the disk full, or the reader gone? `culprit "
      "status` tells again what a bisection found\n",
      stderr);
  return static_cast<int>(base::ExitCode::infrastructure);
}

int run(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  std::vector<std::string> command = split_command(arguments);
  CommandLine line("culprit finds the commit that introduced (or fixed) a crash.",
                   std::string("culprit ") + k_version, k_exit_codes);
  add_commands(line);
  if (!arguments.empty() && !arguments.front().starts_with("-") && !is_command(arguments.front())) {
    const auto meant = command_of_term(arguments.front(), arguments);
    if (!meant) return unknown_command(arguments.front());
    arguments.front() = *meant;
  }
  return all_written(line.run(std::move(arguments), std::move(command), "bisect"));
}

}  // namespace
}  // namespace culprit::cli

int main(int argc, char** argv) {
  try {
    culprit::cli::open_standard_streams();
    culprit::cli::forget_git_environment();
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
