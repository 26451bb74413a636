// culprit: its commands are in a table (settings/command_table.h), each in a file of commands/.

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <new>
#include <string>
#include <system_error>
#include <vector>

#include "base/exit_code.h"
#include "base/strings.h"
#include "cli/commands/commands.h"
#include "cli/line/command_line.h"
#include "cli/line/command_table.h"
#include "cli/line/fingers.h"
#include "cli/session/desk.h"
#include "cli/session/session.h"
#include "cli/session/version.h"

namespace culprit::cli {
namespace {

int unknown_command(const std::string& name, bool is_alone) {
  std::vector<std::string> names;
  for (const CommandRow& row : k_commands) names.emplace_back(row.name);
  const std::vector<std::string> near = base::nearest_names(name, names);
  const std::string meant = !near.empty() ? "did you mean '" + near.front() + "'? "
                            : is_alone    ? ""
                                          : "To bisect: culprit BAD GOOD -- COMMAND. ";
  return report_error({.kind = base::ErrorKind::usage,
                       .what = "there is no command '" + name + "'",
                       .context = {},
                       .hint = meant + "`culprit --help` lists them"});
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

// `culprit show | head`: the reader has what it wanted.
bool reader_is_gone() {
  pollfd out{.fd = STDOUT_FILENO, .events = 0, .revents = 0};
  return ::poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

// A success whose words did not reach their reader is none.
int all_written(int code) {
  std::cout.flush();  // CLI11's
  const bool lost = std::fflush(stdout) != 0 || std::ferror(stdout) != 0 || !std::cout;
  if (!lost || code != 0 || reader_is_gone()) return code;
  std::fputs(
      "culprit: error: cannot write to standard output\nhint: is the disk full, or the reader gone? `culprit "
      "status` tells again what a bisection found\n",
      stderr);
  return static_cast<int>(base::ExitCode::infrastructure);
}

constexpr const char* k_no_memory =
    "culprit: error: out of memory\nhint: end what else uses it, or raise the limit (ulimit -v); `culprit "
    "resume` "
    "continues, no finished run is repeated\n";

// What no thread caught. Memory that runs out is the machine's doing, wherever it is met.
[[noreturn]] void on_uncaught() {
  try {
    if (std::current_exception()) std::rethrow_exception(std::current_exception());
  } catch (const std::bad_alloc&) {
    std::fputs(k_no_memory, stderr);
    ::_exit(static_cast<int>(base::ExitCode::infrastructure));
  } catch (...) {  // NOLINT(bugprone-empty-catch): abort tells of it
  }
  std::abort();
}

// `culprit bisect fixed`, for who types `git bisect fixed`.
bool may_say_term(const std::vector<std::string>& arguments) {
  if (arguments.size() < 2 || arguments.front() != "bisect") return false;
  return std::ranges::none_of(arguments, [](const std::string& word) {
    return word == "--manual" || word == "--config" || word.starts_with("--config=");
  });
}

int run(int argc, char** argv) {
  Typed words = typed({argv + 1, argv + argc});
  std::vector<std::string>& arguments = words.arguments;
  CommandLine line("culprit finds the commit that broke, or mended, something.",
                   std::string("culprit ") + k_version, k_exit_codes);
  add_commands(line);
  if (words.command.empty() && may_say_term(arguments) && command_of_term(arguments[1], arguments))
    arguments.erase(arguments.begin());
  if (!arguments.empty() && !arguments.front().starts_with("-") && !is_command(arguments.front())) {
    const auto meant = command_of_term(arguments.front(), arguments);
    if (!meant) return unknown_command(arguments.front(), arguments.size() == 1);
    arguments.front() = *meant;
  }
  return all_written(line.run(std::move(arguments), std::move(words.command), "bisect",
                              {"start", "run", "submit", "matrix"}));
}

}  // namespace
}  // namespace culprit::cli

int main(int argc, char** argv) {
  try {
    // A file that meets the limit of file sizes (ulimit -f) is a write that fails, as on a full disk. Children get
    // the signal's default back.
    std::signal(SIGXFSZ, SIG_IGN);
    std::set_terminate(culprit::cli::on_uncaught);
    culprit::cli::open_standard_streams();
    culprit::cli::forget_git_environment();
    return culprit::cli::run(argc, argv);
  } catch (const std::bad_alloc&) {
    std::fputs(culprit::cli::k_no_memory, stderr);
    return static_cast<int>(culprit::base::ExitCode::infrastructure);
  } catch (const std::system_error& e) {
    return culprit::cli::report_error(
        {.kind = culprit::base::ErrorKind::infra,
         .what = std::string("the machine got in the way: ") + e.what(),
         .context = {},
         .hint =
             "is it out of processes or memory? `culprit resume` continues, no finished run is repeated"});
  } catch (const std::exception& e) {
    std::fprintf(
        stderr,
        "culprit: internal error: %s\nhint: this is a bug of culprit; `culprit resume` continues from what "
        "was recorded\n",
        culprit::base::printable(e.what()).c_str());
    return static_cast<int>(culprit::base::ExitCode::internal);
  }
}
