// Child processes under supervision: a deadline, bounded output, and nothing left behind.
//
// Every child runs below `culprit-guard`, a process that adopts all of the child's descendants and kills them
// when the child ends, when its deadline passes, when it is cancelled, or when this process dies, however it
// dies.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/process/cancel.h"
#include "base/result.h"

namespace culprit::base {

struct Command {
  std::vector<std::string> argv{};                         // argv[0] is looked up in PATH
  std::filesystem::path cwd{};                             // empty: this process's
  std::vector<std::pair<std::string, std::string>> env{};  // set on top of this process's environment
  std::string input{};                                     // standard input; empty: /dev/null
  std::optional<double> timeout_s{};                       // none: no deadline
  // Where the child may write: these files and folders, and nowhere else (Landlock). Empty: wherever this process may.
  // Where the kernel has no Landlock, it cannot be started: can_confine() (confine.h) tells beforehand.
  std::vector<std::filesystem::path> writable{};
  std::size_t output_limit = std::size_t{16} << 20;  // bytes kept of the output: half head, half tail
  bool merge_stderr = true;                          // one stream, in order; else ProcessEnd::errors
  // Sees every chunk of the output as it comes; false ends the child (ProcessEnd::stopped). May be empty.
  std::function<bool(std::string_view chunk)> on_output{};
};

struct ProcessEnd {
  enum class How { exited, signaled, timed_out, cancelled, stopped };
  How how = How::exited;
  int exit_code = 0;     // exited
  int signal = 0;        // signaled
  std::string output{};  // bounded by output_limit: where bytes were dropped, a line says how many
  std::string errors{};  // standard error where it was not merged
  bool truncated = false;
  double seconds = 0;
  double cpu_seconds = 0;       // user and system time of the whole tree
  std::size_t peak_memory = 0;  // bytes, of the largest process of the tree

  bool ok() const { return how == How::exited && exit_code == 0; }
};

// Runs `command` to its end, which is data. Blocks; safe to call from several threads. Errors: the program
// cannot be started (ErrorKind::infra, with the reason and a hint), no process can be made, or the tree was
// ended from outside while the token was not cancelled (ErrorKind::interrupted).
Result<ProcessEnd> run_process(const Command& command, const CancelToken& cancel);

// Does the end say nothing of the child, since it came of an interruption? So it is where the token is
// cancelled and the child did not succeed. A child that died of a signal that asks to end may have got it
// together with culprit: then this waits, at most 100 ms, for the token.
bool came_of_interruption(const ProcessEnd& end, const CancelToken& cancel);

// run_process for the tools that culprit itself calls (git, make): an end other than exit code 0 is an error
// that holds the command and the last lines of what it said. Yields standard output.
Result<std::string> run_tool(const Command& command, const CancelToken& cancel);

// Where culprit-guard is: $CULPRIT_GUARD, else beside this executable, else in ../libexec/culprit of it.
Result<std::filesystem::path> find_guard();

// Children carry CULPRIT_SESSION=<tag> in their environment. Kills every process of this machine that still
// carries `tag` (culprit and a guard were killed, say) and returns how many there were.
std::size_t kill_strays(std::string_view tag);
// The same for any variable: kills whatever was started with `name`=`value`, both not empty.
std::size_t kill_all_with(std::string_view name, std::string_view value);
// The tag that later children of this process carry. Set once, before any child.
void set_session_tag(std::string tag);

}  // namespace culprit::base
