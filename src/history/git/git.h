// git as a tool: every call of the program goes through here, with an environment that makes its answers
// depend on the repository and not on who asks.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/process/cancel.h"
#include "base/process/subprocess.h"
#include "base/result.h"

namespace culprit::history {

// Calls git for one repository. The variables that would lead git elsewhere (GIT_DIR, GIT_INDEX_FILE, ...: a
// hook or an alias may have set them) are taken out of its environment; messages are in English; nothing is
// prompted for; no hook, garbage collection or file system monitor is started; no index is refreshed by the
// way.
class Git {
 public:
  // The repository at `git_dir`, without a work tree, or with `work_tree` if that is not empty. An empty
  // `git_dir` lets git look for the repository of `work_tree` itself. `cancel` outlives the object.
  Git(std::filesystem::path git_dir, std::filesystem::path work_tree, const base::CancelToken& cancel);

  // Sets a variable for every later call.
  void set_env(std::string name, std::string value);
  // Adds `-c entry` ("core.commitGraph=false") to every later call.
  void set_config(std::string entry);
  // Ends every later call after so long; then it is an error, ErrorKind::repository.
  void set_timeout(double seconds);

  // Runs `git ARGS`; how it ends is data. Errors: git cannot be started; ErrorKind::interrupted.
  base::Result<base::ProcessEnd> run(std::vector<std::string> args, std::string input = {}) const;
  // Standard output of `git ARGS`; an exit code other than 0 is ErrorKind::repository with git's own message.
  base::Result<std::string> output(std::vector<std::string> args, std::string input = {}) const;
  // The same for an answer of one value that may hold newlines: without the last newline.
  base::Result<std::string> value(std::vector<std::string> args) const;
  // As output(), but hands standard output over in pieces and keeps nothing of it.
  base::Result<void> stream(std::vector<std::string> args, std::string input,
                            std::function<void(std::string_view)> on_output) const;

  const std::filesystem::path& git_dir() const { return m_git_dir; }
  const base::CancelToken& cancel() const { return *m_cancel; }

 private:
  // Where it is started, and writes.
  const std::filesystem::path& place() const;
  base::Command command(std::vector<std::string> args, std::string input) const;

  std::filesystem::path m_git_dir;
  std::filesystem::path m_work_tree;
  std::vector<std::pair<std::string, std::string>> m_env;
  std::vector<std::string> m_config;
  std::optional<double> m_timeout_s;
  const base::CancelToken* m_cancel;
};

// The message in git's standard error: its last "fatal:" or "error:" line without that word, else its last
// line.
std::string git_message(std::string_view errors);

// The error for a git command that did not end with exit code 0; interrupted where it was cancelled. A
// deadline that passed is told without its length. Infra where the machine failed git: a full disk (`where` is on
// it), a limit, no memory.
base::Error git_failure(std::string_view subcommand, const base::ProcessEnd& end,
                        const std::filesystem::path& where = {});

// What git's -z option gives: the parts of `text` that end with a NUL.
std::vector<std::string_view> nul_records(std::string_view text);

}  // namespace culprit::history
