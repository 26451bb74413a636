// A machine that stands somewhere, by the commands that its user gave: power, a shell on it, its own kernel.
#pragma once

#include <chrono>
#include <cstddef>
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

namespace culprit::run {

// How a machine is handled. All but `shell` are lines for this computer's /bin/sh.
struct MachineCommands {
  std::vector<std::string>
      shell;            // with one more word, a line for the machine's shell: runs that on the machine
  std::string console;  // prints what the kernel says for as long as it runs
  std::string install;  // puts a kernel onto the machine, which runs its own one then
  std::string boot;     // boots what was installed, once
  std::string reboot;   // boots the machine's own kernel; empty: `reboot` in its shell
  std::string power_off;
  std::string power_on;
  std::string restore;            // at the end, in the machine's own kernel; empty: nothing is to be done
  std::filesystem::path folder;   // where the lines are run
  double shell_timeout_s = 30;    // of one small command on the machine
  double console_timeout_s = 30;  // until the console shows what was written to it
  double install_timeout_s = 300;
  double boot_timeout_s = 300;  // until the machine answers
  double power_timeout_s = 60;  // of each order that concerns power or rebooting, and of `restore`
  double pause_s = 1;           // between two tries
};

// A name for a run in the kernel's command line, by which it is known what the machine has booted.
inline constexpr std::string_view k_run_mark = "culprit.run=";
// Between two looks at whether it is time.
inline constexpr auto k_step = std::chrono::milliseconds(50);

// What answers at the machine.
struct Answer {
  enum class Who { nobody, own, ours };
  Who who = Who::nobody;
  std::string run{};    // the name of the run whose kernel it is; empty: its own kernel, or nobody
  std::string boot{};   // another one after each boot
  std::string words{};  // of the shell, where nobody answers
};

using Environment = std::vector<std::pair<std::string, std::string>>;

// The machine's own kernel is whichever has no mark of a run in its command line. A machine that does not answer is
// switched off and on. Errors: interruptions, and a machine (or its switch) with which nothing can be done.
class MachineControls {
 public:
  explicit MachineControls(MachineCommands commands) : m_commands(std::move(commands)) {}

  const MachineCommands& commands() const { return m_commands; }

  // Asks once.
  base::Result<Answer> ask(const base::CancelToken& cancel) const;
  // Asks until `wanted` or `seconds` are over, or `enough` says so; the last answer.
  base::Result<Answer> wait_for(
      const std::function<bool(const Answer&)>& wanted, double seconds, const base::CancelToken& cancel,
      const std::function<bool()>& enough = [] { return false; }) const;
  // One line in the machine's shell, its input given; how it ended. Ends early when `on_output` says so.
  base::Result<base::ProcessEnd> shell(const std::string& line, const std::string& input, double timeout_s,
                                       const base::CancelToken& cancel,
                                       const std::function<bool(std::string_view)>& on_output = {}) const;
  // One of the user's lines on this computer; how it ended. Without a deadline it is for the token to end it.
  base::Result<base::ProcessEnd> line(const std::string& text, std::optional<double> timeout_s,
                                      const Environment& environment, const base::CancelToken& cancel,
                                      const std::function<bool(std::string_view)>& on_output = {}) const;

  // Its own kernel runs then and answers; which boot of it. `anew`: it is booted in any case.
  base::Result<std::string> bring_home(bool anew, const base::CancelToken& cancel) const;
  // The first contact: like bring_home, but a machine that does not answer is at first only switched on, and one
  // that turns us away is the user's error.
  base::Result<void> greet(const base::CancelToken& cancel) const;
  base::Result<void> power_cycle(const base::CancelToken& cancel) const;

 private:
  base::Result<void> order(const char* name, const std::string& text, const base::CancelToken& cancel) const;
  // Nobody, where it did not in time.
  base::Result<Answer> comes_home(const std::string& before, const base::CancelToken& cancel) const;

  MachineCommands m_commands;
};

// How a command ended and what it said last, for people: "exit code 1: no space left on device".
std::string told_end(const base::ProcessEnd& end);

}  // namespace culprit::run
