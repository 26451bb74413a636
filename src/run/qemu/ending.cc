#include "run/qemu/ending.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <string_view>

#include <fmt/format.h>

#include "base/strings.h"

namespace culprit::run {
namespace {

using base::ProcessEnd;
using model::RawRun;

// A small kernel with the initramfs boots in 48 MB, hangs in 32 and ends without a word in 24.
constexpr int k_least_memory_mib = 48;
constexpr int k_usual_memory_mib = 128;  // a distribution's kernel says nothing at all in 64 MB
constexpr auto k_too_little_memory = std::to_array<std::string_view>(
    {"System is deadlocked on memory", "Out of memory and no killable processes",
     "Initramfs unpacking failed", "initramfs image too large", "initrd extends beyond end of memory",
     "cannot allocate memory for"});

// The titles of a guest that is not where it should be and says nothing about it. The field has no words for them.
constexpr const char* k_boot_hangs = "hang while booting";
constexpr const char* k_boot_hangs_silently = "hang while booting, before the console";
constexpr const char* k_boot_ends = "sudden end while booting";
constexpr const char* k_shutdown_hangs = "hang while shutting down";
constexpr const char* k_shutdown_ends = "sudden end while shutting down";
constexpr const char* k_suspend_hangs = "hang while suspending or resuming";
constexpr const char* k_suspend_ends = "sudden end while suspending or resuming";
constexpr const char* k_suspend_fails = "suspending fails";

bool is_silent(std::string_view console) { return base::trim(console).empty(); }

// Why the kernel did not get to its first process, where the machine that it was given is the reason.
std::string why_no_boot(const GuestSeen& seen, const QemuOptions& options, std::string_view console) {
  const bool said_so = std::ranges::any_of(k_too_little_memory,
                                           [&](std::string_view words) { return console.contains(words); });
  const bool too_few = said_so || options.memory_mib < k_least_memory_mib;
  std::string why;
  if (seen.boot_expired)
    why = fmt::format("boot_timeout of {} is over", base::format_duration(options.boot_timeout_s));
  if (seen.boot_expired && is_silent(console))
    why += ", and nothing came on its console (CONFIG_SERIAL_8250_CONSOLE=y?)";
  if (too_few || (console.empty() && options.memory_mib < k_usual_memory_mib))
    why += fmt::format("{}{} MB {} too few to boot", why.empty() ? "" : "; ", options.memory_mib,
                       too_few ? "are" : "may be");
  return why;
}

// QEMU's own failure.
bool is_broken(const ProcessEnd& qemu) {
  return qemu.how == ProcessEnd::How::signaled || qemu.exit_code != 0;
}

void tell_broken(const ProcessEnd& qemu, RawRun& run) {
  run.end = RawRun::End::infra;
  const std::string words = base::printable(base::last_lines(qemu.errors, 3));
  run.infra_text = qemu.how == ProcessEnd::How::signaled
                       ? fmt::format("QEMU died of signal {}: {}", qemu.signal, words)
                       : fmt::format("QEMU failed with exit code {}: {}", qemu.exit_code, words);
}

void judge_reproducer(const GuestSeen& seen, const QemuOptions& options, RawRun& run) {
  const Marks& marks = seen.marks;
  run.booted = marks.ready();
  run.test_started = marks.started();
  run.test_start = marks.test_start(run.console, run.truncated);
  run.reason = marks.ready() ? marks.failed_check() : why_no_boot(seen, options, run.console);
  const std::string harness = options.reproducer.syz.empty() ? "" : harness_failure(run.console);
  if (!harness.empty()) {
    run.end = RawRun::End::infra;
    run.infra_text = fmt::format("the harness failed: {}", harness);
  } else if (marks.exit_code()) {
    judge_exit(marks, options.endless, run);
  } else if (!marks.failed_check().empty()) {
    run.end = RawRun::End::exited;
    run.exit_code = 1;
  } else if (marks.stuck() || seen.boot_expired || seen.test_expired) {
    run.end = RawRun::End::timed_out;
  } else if (is_broken(seen.qemu)) {
    tell_broken(seen.qemu, run);
  } else {
    run.end = RawRun::End::died;
  }
}

void end_well(RawRun& run) {
  run.end = RawRun::End::exited;
  run.exit_code = 0;
}

void die(const char* title, RawRun& run) {
  run.end = RawRun::End::died;
  run.reason = title;
}

void judge_boot(const GuestSeen& seen, RawRun& run) {
  const Marks& marks = seen.marks;
  run.booted = true;
  run.test_started = marks.failed_check().empty();
  run.reason = marks.failed_check();
  if (marks.ended()) {
    end_well(run);
    run.console.resize(marks.test_end(run.console));
  } else if (seen.boot_expired || seen.test_expired) {
    die(is_silent(run.console) ? k_boot_hangs_silently : k_boot_hangs, run);
  } else if (is_broken(seen.qemu)) {
    tell_broken(seen.qemu, run);
  } else {
    die(k_boot_ends, run);
  }
}

void judge_shutdown(const GuestSeen& seen, const QemuOptions& options, RawRun& run) {
  const Marks& marks = seen.marks;
  if (!marks.started()) return judge_reproducer(seen, options, run);
  run.test_start = marks.test_start(run.console, run.truncated);
  if (marks.panicked())
    die("", run);
  else if (marks.shut_down())
    end_well(run);
  else if (seen.test_expired)
    die(k_shutdown_hangs, run);
  else if (is_broken(seen.qemu))
    tell_broken(seen.qemu, run);
  else
    die(k_shutdown_ends, run);
}

void judge_suspend(const GuestSeen& seen, const QemuOptions& options, RawRun& run) {
  const Marks& marks = seen.marks;
  if (!marks.started()) return judge_reproducer(seen, options, run);
  run.test_start = marks.test_start(run.console, run.truncated);
  if (marks.exit_code() == 0)
    end_well(run);
  else if (marks.panicked())
    die("", run);
  else if (marks.exit_code())
    die(k_suspend_fails, run);
  else if (seen.test_expired)
    die(k_suspend_hangs, run);
  else if (is_broken(seen.qemu))
    tell_broken(seen.qemu, run);
  else
    die(k_suspend_ends, run);
}

}  // namespace

void judge_exit(const Marks& marks, bool endless, RawRun& run) {
  const int code = *marks.exit_code();
  if (marks.out_of_time()) {
    run.end = endless ? RawRun::End::exited : RawRun::End::timed_out;
    run.exit_code = endless ? 0 : -1;
    run.signal = endless ? 0 : SIGKILL;
  } else if (code > 128 && code <= 128 + 64) {
    run.end = RawRun::End::signaled;
    run.signal = code - 128;
  } else {
    run.end = RawRun::End::exited;
    run.exit_code = code;
  }
}

void judge(const GuestSeen& seen, const QemuOptions& options, RawRun& run) {
  switch (options.sought) {
    case Sought::boot:
      return judge_boot(seen, run);
    case Sought::shutdown:
      return judge_shutdown(seen, options, run);
    case Sought::suspend:
      return judge_suspend(seen, options, run);
    case Sought::reproducer:
      return judge_reproducer(seen, options, run);
  }
}

}  // namespace culprit::run
