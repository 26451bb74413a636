// `git bisect run` ends at every code above 127, since a shell reports a death by signal N as 128+N and git
// takes that for a broken script. Here a death is what is looked for, so 129-159 are read as the standard
// signals 1-31 (signal(7)). The numbers above belong to real-time signals, which nobody dies of by accident,
// while 255 is what ssh, perl's die and `exit -1` give: they end the bisection, as with git, unless the console says
// that a program died (engine/classify.cc).

#include "model/run/process_verdict.h"

#include <csignal>
#include <cstring>

#include <fmt/format.h>

namespace culprit::model {
namespace {

constexpr int k_skip = 125;
constexpr std::string_view k_answered_skip = "the command answered skip (exit code 125)";
constexpr int k_shell_signal_base = 128;
constexpr int k_last_standard_signal = 31;

base::Result<RunOutcome> exit_verdict(int code) {
  if (code == 0) return Ok{};
  if (code == k_skip) return TestFailed{std::string(k_answered_skip)};
  if (code > 0 && code < k_shell_signal_base) return Crashed{fmt::format("exit code {}", code)};
  const int signal = code - k_shell_signal_base;
  if (signal >= 1 && signal <= k_last_standard_signal) return Crashed{signal_name(signal)};
  return base::fail(
      base::ErrorKind::usage,
      fmt::format("the command ended with exit code {}, which ends a bisection", code),
      "let it end with 0 for good, 1-124, 126 or 127 for bad, 125 for a revision that cannot be "
      "tested, or by the signal it dies of (128+N from a shell)");
}

}  // namespace

std::string signal_name(int signal) {
  if (const char* name = ::sigabbrev_np(signal)) return std::string("SIG") + name;
  if (signal == SIGRTMIN) return "SIGRTMIN";
  if (signal > SIGRTMIN && signal <= SIGRTMAX) return fmt::format("SIGRTMIN+{}", signal - SIGRTMIN);
  return fmt::format("signal {}", signal);
}

bool is_skip(std::string_view text) {
  return text == k_answered_skip || text.starts_with(k_no_test_ran) || text.ends_with(k_did_not_run);
}

bool is_process_death(std::string_view title) {
  return title.starts_with("exit code ") || title.starts_with("SIG");
}

base::Result<RunOutcome> process_verdict(const RawRun& run) {
  if (!run.test_started && run.end == RawRun::End::exited) return TestFailed{run.console};
  switch (run.end) {
    case RawRun::End::exited:
      return exit_verdict(run.exit_code);
    case RawRun::End::signaled:
      return Crashed{signal_name(run.signal)};
    case RawRun::End::timed_out:
      return TimedOut{};
    case RawRun::End::died:
      return Infra{"the run ended without saying how"};  // a guest's end: no process has it
    case RawRun::End::infra:
      break;
  }
  return Infra{run.infra_text};
}

}  // namespace culprit::model
