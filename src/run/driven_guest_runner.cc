#include "run/driven_guest_runner.h"

#include <string_view>

#include <re2/re2.h>

namespace culprit::run {
namespace {

using model::RawRun;

constexpr int k_skip = 125;  // git bisect run's

// "[    0.000000] Linux version 6.1.0": a time stamp of printk's, as no program's output has it.
bool a_kernel_speaks(std::string_view console) {
  static const RE2 stamp(R"((?m)^(?:<\d+>)?\[ *\d+\.\d{6}\](?:\[ *[TC]\d+\])? )");
  return RE2::PartialMatch(console, stamp);
}

}  // namespace

base::Result<RawRun> DrivenGuestRunner::run(const model::CommitId& commit,
                                            const std::filesystem::path& artifact, int number, int slot,
                                            const base::CancelToken& cancel) {
  RawRun run = CULPRIT_TRY(m_command->run(commit, artifact, number, slot, cancel));
  if (run.end == RawRun::End::infra) return run;
  if (run.end == RawRun::End::exited && run.exit_code == k_skip) {
    run.test_started = false;
    run.reason = "the command answers skip (125)";
  } else if (!a_kernel_speaks(run.console)) {
    run.booted = false;
    run.reason = "no kernel speaks on the command's output (vng: --verbose)";
  } else if (run.end == RawRun::End::timed_out) {
    run.signal = 0;  // the command was stopped, not a reproducer in the guest
  }
  return run;
}

}  // namespace culprit::run
