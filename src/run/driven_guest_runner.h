// A guest that a command of the user's drives (vng, a script around QEMU): its output is the guest's console.
#pragma once

#include <memory>
#include <utility>

#include "run/runner.h"

namespace culprit::run {

// Runs the command by the runner that it wraps and takes what the console says for the run, as of culprit's own guests.
// Of the exit code only 125 counts (skip); a command on whose output no kernel speaks did not boot one.
class DrivenGuestRunner final : public Runner {
 public:
  explicit DrivenGuestRunner(std::unique_ptr<Runner> command) : m_command(std::move(command)) {}

  base::Result<model::RawRun> run(const model::CommitId& commit, const std::filesystem::path& artifact,
                                  int number, int slot, const base::CancelToken& cancel) override;

 private:
  std::unique_ptr<Runner> m_command;
};

}  // namespace culprit::run
