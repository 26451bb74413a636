// How a run ends: exactly one of seven ways. What the subject does is data, never an Error.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace culprit::model {

// The reproducer ran to its end and nothing was reported.
struct Ok {};
// At least one report, or death by a signal. `title` is the first report's, or "SIGSEGV" and the like.
struct Crashed {
  std::string title;
};
// The revision does not compile, link or configure. `text` is the end of the build's output.
struct BuildBroken {
  std::string text;
};
// The kernel did not reach the ready mark. `title` is a report's where the console has one.
struct BootFailed {
  std::string title;
};
// Booted, but the basic check before the reproducer failed, or the command answered "skip" (125).
struct TestFailed {
  std::string title;
};
// The reproducer neither ended nor crashed within its time, where running on is not what it should do.
struct TimedOut {};
// The machine's fault, not the subject's: says nothing about the revision.
struct Infra {
  std::string text;
};

using RunOutcome = std::variant<Ok, Crashed, BuildBroken, BootFailed, TestFailed, TimedOut, Infra>;

// The alternatives of RunOutcome, in its order.
enum class OutcomeKind { ok, crashed, build_broken, boot_failed, test_failed, timed_out, infra };

OutcomeKind kind_of(const RunOutcome& outcome);
// "ok", "crashed", "build_broken", ...: the names in JSON and in the store.
std::string_view name_of(OutcomeKind kind);
// The title or text that the outcome carries; empty for those that carry none.
std::string_view text_of(const RunOutcome& outcome);
RunOutcome make_outcome(OutcomeKind kind, std::string text);

// How the lines of a guest's console begin that are the reproducer's output and not the kernel's words.
inline constexpr std::string_view k_reproducer_mark = "[reproducer] ";

// What a runner saw, before anybody reads the console.
struct RawRun {
  enum class End {
    exited,     // the command or the reproducer in the guest ended by itself: `exit_code`
    signaled,   // died by `signal`
    timed_out,  // stopped at its deadline
    died,       // a guest that ended without the exit mark: panic, reset, silent death
    infra,      // the runner's own machinery failed: `infra_text`
  };
  End end = End::infra;
  int exit_code = -1;
  int signal = 0;            // also of a reproducer that its guest stopped at the deadline, and could stop
  bool booted = true;        // the ready mark was seen (a process is always booted)
  bool test_started = true;  // the reproducer was started; where a command was not, the console says why
  // The byte offset in `console` at which the reproducer starts; what is before is boot.
  std::size_t test_start = 0;
  std::string console;     // everything printed, bounded: see `truncated`
  bool truncated = false;  // the middle was dropped, head and tail are kept
  // It went out of sight, in a way that the machine's own troubles have too: unless the console has a report, that is
  // the machine's fault, with `infra_text`.
  bool lost = false;
  std::string infra_text;
  std::string reason{};  // why a guest did not get to the reproducer, where more than its console is known
  double seconds = 0;
};

}  // namespace culprit::model
