// What runs inside the guest: its init, the marks by which it tells the host where it is, and how the host
// reads them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "run/guest/root.h"

namespace culprit::run {

// Where the bug that is sought shows.
enum class Sought {
  reproducer,  // while the reproducer runs; what happened before is never the bug
  boot,        // from the kernel's first words until its first process is ready (and `settle` after it)
  shutdown,    // from the order to power off until the guest is gone
  suspend,     // from the order to suspend to RAM until the guest runs again (and `settle` after it)
};

// Among a guest's modules: all that were built are there, and those of the guest's devices are loaded.
inline constexpr const char* k_all_modules = "all";

// What the guest's init is to do.
struct GuestPlan {
  std::string token;                                         // of this run: see Marks
  std::vector<std::pair<std::string, std::string>> sysctls;  // "kernel.hung_task_timeout_secs" -> "5"
  std::vector<std::string> argv;                             // the reproducer's command line
  double timeout_s = 60;  // the reproducer is killed then, by the guest; rounded up to whole seconds
  double settle_s = 0;    // wait after its end, for reports that come late
  int required_cpus = 0;  // fewer CPUs fail the check before the reproducer; 0: any number will do
  Sought sought = Sought::reproducer;  // only `reproducer` starts one
  std::vector<std::string> modules{};  // to be loaded; in the guest they lie in /lib/modules
  RootKind root =
      RootKind::none;    // with one, what is in /inject is put into it and the reproducer runs there
  bool network = false;  // bring up eth0
  bool holds = false;  // wait for the host's go before the reproducer, where the guest can (see hold_script)
};

// The shell script that is the guest's first process. Needs busybox at /bin/busybox.
std::string init_script(const GuestPlan& plan);
// The archive's part that all runs share: folders, the console's device node, busybox and its names.
std::string base_archive(std::string_view busybox);

// What the host says to a guest that waits: its own random numbers and time. `is_fresh`: the guest was booted.
std::string go_line(const std::string& token, bool is_fresh);

// A token for Marks that no other run has: 16 hexadecimal digits.
std::string random_token();

// A run's console as far as it has come. Marks hold a token that the reproducer cannot know, so that nothing
// that it prints is taken for one; they may stand anywhere in a line, since the kernel's lines get in
// between.
class Marks {
 public:
  explicit Marks(std::string token) : m_prefix("culprit:" + std::move(token) + ":") {}

  // Looks at the next piece of the console; pieces may be cut anywhere.
  void see(std::string_view chunk);

  bool ready() const { return m_ready; }          // the kernel booted and init runs
  bool started() const { return m_started; }      // the reproducer is about to start
  bool held() const { return m_held; }            // the guest waits for the host's go
  bool ended() const { return m_ended; }          // the reproducer ended, or was stopped
  bool panicked() const { return m_panicked; }    // a panic was printed to its end
  bool shut_down() const { return m_shut_down; }  // the kernel's last words of an orderly end were printed
  bool out_of_time() const { return m_out_of_time; }  // ended by the guest's time limit
  bool stuck() const { return m_stuck; }              // ... and could not be killed
  std::optional<int> exit_code() const {
    return m_exit_code;
  }  // as the guest's shell saw it: 128+N for a signal
  const std::string& failed_check() const { return m_failed_check; }  // empty: none

  // Where in `console` the reproducer's part begins: after the start mark's line; its size where the mark is
  // not in it. Where the middle was dropped and the mark with it, the first byte after the gap.
  std::size_t test_start(std::string_view console, bool truncated) const;
  // Where it ends: behind the exit mark's line; the console's size where the mark is not in it.
  std::size_t test_end(std::string_view console) const;

 private:
  void see_line(std::string_view line);

  std::string m_prefix;
  std::string m_line;  // the unfinished last line, bounded
  bool m_ready = false;
  bool m_started = false;
  bool m_held = false;
  bool m_ended = false;
  bool m_panicked = false;
  bool m_shut_down = false;
  bool m_out_of_time = false;
  bool m_stuck = false;
  std::optional<int> m_exit_code;
  std::string m_failed_check;
};

}  // namespace culprit::run
