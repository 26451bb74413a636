#include "run/stack/again.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "base/files.h"
#include "base/strings.h"
#include "model/run/process_verdict.h"

namespace culprit::run {
namespace {

namespace fs = std::filesystem;
using base::ProcessEnd;

// A crash that shows in every second run shows in one of three at 7 to 1. Rarer ones are not worth more runs: what they
// lack is a name.
constexpr int k_tries = 3;
// Stops at each thread, process and signal: a shell script that starts a thousand processes takes twice as long. A
// crash that needs another timing to show does not show.
constexpr double k_slower = 5;
constexpr double k_least_s = 20;
constexpr int k_not_traced = 254;  // stack_main.cc

// Beside the guard, with which it is installed.
base::Result<fs::path> find_program() {
  const fs::path guard = CULPRIT_TRY(base::find_guard());
  fs::path program = guard.parent_path() / "culprit-stack";
  if (::access(program.c_str(), X_OK) == 0) return program;
  return base::fail(base::ErrorKind::infra, "culprit-stack is not in " + guard.parent_path().string(),
                    "install culprit as a whole");
}

// Why tracing failed: what culprit-stack said last.
std::string reason_of(const std::string& output) {
  constexpr std::string_view k_mark = "\nculprit-stack: ";
  const std::size_t at = output.rfind(k_mark);
  return at == std::string::npos ? std::string() : std::string(base::trim(output.substr(at + k_mark.size())));
}

constexpr std::string_view k_no_stack = "[culprit] no stack: ";
constexpr std::string_view k_seen_again = "[culprit] seen when the command was run again:\n";

Explanation impossible(std::string why, std::string hint) {
  return {.text = fmt::format("{}{}\n", k_no_stack, why), .why_not = std::move(why), .hint = std::move(hint)};
}

// Where nobody may trace, the system may still write a core.
base::Result<Explanation> run_for_core(base::Command command, CrashedRun run, std::string why,
                                       const base::CancelToken& cancel) {
  command.argv.insert(command.argv.begin(),
                      {"/bin/sh", "-c", "ulimit -c unlimited 2>/dev/null; exec \"$@\"", "sh"});
  auto end = base::run_process(command, cancel);
  if (cancel.cancelled()) return base::fail(base::ErrorKind::interrupted, "the run was interrupted");
  if (end) {
    run.seconds = end->seconds;
    if (auto stacks = kept_stacks(run, cancel))
      return Explanation{.text = std::string(k_seen_again) + text_of(*stacks), .found = true};
  }
  return impossible(
      std::move(why),
      "in a container: --cap-add=SYS_PTRACE; with `kernel.yama.ptrace_scope` 3 nobody may trace");
}

}  // namespace

base::Result<Explanation> run_for_stack(base::Command command, const CrashedRun& run,
                                        const base::CancelToken& cancel) {
  auto program = find_program();
  if (!program) return impossible(program.error().what, program.error().hint);
  auto folder = base::TempDir::create("culprit-stack-");
  if (!folder) return impossible(folder.error().what, "make room for temporary files");
  const fs::path report = folder->path() / "report";
  const double most = std::max(k_least_s, k_slower * run.seconds);
  command.timeout_s = std::min(command.timeout_s.value_or(most), most);
  base::Command traced = command;
  traced.argv.insert(traced.argv.begin(), {program->string(), report.string(), std::to_string(run.signal)});
  // Whoever ran out of memory makes others wait.
  const int tries = run.signal == SIGKILL ? 1 : k_tries;
  for (int i = 0; i < tries; ++i) {
    auto end = base::run_process(traced, cancel);
    if (cancel.cancelled()) return base::fail(base::ErrorKind::interrupted, "the run was interrupted");
    if (!end) return impossible(end.error().what, end.error().hint);
    if (auto text = base::read_file(report); text && !text->empty())
      return Explanation{.text = std::string(k_seen_again) + *text, .found = !text->starts_with(k_no_stack)};
    if (end->how == ProcessEnd::How::exited && end->exit_code == k_not_traced)
      if (std::string why = reason_of(end->output); !why.empty())
        return run_for_core(std::move(command), run, std::move(why), cancel);
  }
  std::string why = fmt::format("the command did not crash in {}",
                                tries == 1 ? "a traced run" : fmt::format("{} traced runs", tries));
  return Explanation{.text = fmt::format("{}{}\n", k_no_stack, why), .why_not = std::move(why)};
}

}  // namespace culprit::run
