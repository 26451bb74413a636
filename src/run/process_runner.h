// Runs a user's command against a revision's worktree: the runner for any project that is no kernel.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/process/subprocess.h"
#include "run/runner.h"

namespace culprit::run {

struct ProcessRunnerOptions {
  // The program and its arguments, no shell. A program of PATH, an absolute path, or a path relative to the
  // worktree; ProcessRunner says what happens to a file that the worktree has not.
  std::vector<std::string> command{};
  std::filesystem::path subdirectory{};  // where in the worktree it runs; empty: its top
  // Where the user stood; empty: nothing is looked for outside the worktree.
  std::filesystem::path user_directory{};
  std::optional<double> timeout_s{};                               // none: a run may take for ever
  std::size_t output_limit = std::size_t{16} << 20;                // bytes kept of a run's output
  std::vector<std::pair<std::string, std::string>> environment{};  // on top of culprit's own
  bool stacks = true;  // of what crashes without one, and of what does not end
};

// The command sees CULPRIT_COMMIT (the full id), CULPRIT_RUN (the run's number) and CULPRIT_SLOT.
//
// `git bisect run ./test.sh` works with a script that is not part of the history, since it stays in the one
// checkout. Here the worktree is another folder, so that each word that is the relative path of a file which
// the user's folder has and the worktree has not is taken from there (`timeout 5 ./test.sh`,
// `env X=1 python3 test.py`), options and a program of PATH excepted; so is the file in `--file=x` and in
// `tests/x.py::test_y`. The command runs in the worktree in any
// case.
//
// A revision without `subdirectory` answers skip (125). Errors: the command cannot be started, cancellation.
class ProcessRunner final : public Runner {
 public:
  explicit ProcessRunner(ProcessRunnerOptions options);

  base::Result<model::RawRun> run(const model::CommitId& commit, const std::filesystem::path& artifact,
                                  int number, int slot, const base::CancelToken& cancel) override;

  // From a core file of the run where the system keeps them, else by tracing the command (run/stack).
  base::Result<Explanation> explain(const model::CommitId& commit, const std::filesystem::path& artifact,
                                    const model::RawRun& run, int signal, int number, int slot,
                                    const base::CancelToken& cancel) override;

 private:
  base::Command command_for(const model::CommitId& commit, const std::filesystem::path& folder, int number,
                            int slot) const;
  std::vector<std::string> command_in(const std::filesystem::path& folder) const;

  ProcessRunnerOptions m_options;
};

}  // namespace culprit::run
