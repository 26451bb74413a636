// What runs on the machine is asked of the machine: the kernel's command line holds the name of the run for which it
// was booted. A boot loader that falls back, a machine that rebooted by itself, a kernel that an earlier culprit left
// running are all told by that; versions and build stamps are not, since revisions share them.
//
// An order by the network may take the connection with it, so that how `reboot` and `boot` end is not asked; what the
// machine answers afterwards is. How the orders to the switch end is.

#include "run/hardware/machine_controls.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "base/strings.h"

namespace culprit::run {
namespace {

using base::ErrorKind;
using base::fail;
using base::ProcessEnd;
using base::Result;

constexpr int k_power_tries = 3;  // of one order to the switch
constexpr int k_home_tries = 3;   // power cycles until a machine is given up
constexpr std::size_t k_output_limit = std::size_t{64} << 10;

// ssh(1)'s, for a machine that is there and does not let us in.
constexpr auto k_turned_away = std::to_array<std::string_view>(
    {"Permission denied", "Host key verification failed", "Too many authentication failures"});

bool turns_us_away(std::string_view words) {
  return std::ranges::any_of(k_turned_away, [&](std::string_view sign) { return words.contains(sign); });
}

void sleep_for(double seconds, const base::CancelToken& cancel) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (std::chrono::steady_clock::now() < until && !cancel.cancelled()) std::this_thread::sleep_for(k_step);
}

Result<ProcessEnd> supervised(base::Command command, const base::CancelToken& cancel) {
  command.output_limit = k_output_limit;
  ProcessEnd end = CULPRIT_TRY(base::run_process(command, cancel));
  if (base::came_of_interruption(end, cancel))
    return fail(ErrorKind::interrupted, "interrupted while the machine was in use");
  return end;
}

Answer answer_of(const ProcessEnd& end) {
  if (!end.ok()) return {.who = Answer::Who::nobody, .words = told_end(end)};
  Answer answer{.who = Answer::Who::own, .boot = std::string(base::last_lines(base::trim(end.output), 1))};
  const std::size_t at = end.output.find(k_run_mark);
  if (at == std::string::npos) return answer;
  const std::size_t begin = at + k_run_mark.size();
  answer.who = Answer::Who::ours;
  answer.run = end.output.substr(begin, end.output.find_first_of(" \r\n", begin) - begin);
  return answer;
}

}  // namespace

std::string told_end(const ProcessEnd& end) {
  std::string how;
  switch (end.how) {
    case ProcessEnd::How::exited:
      how = fmt::format("exit code {}", end.exit_code);
      break;
    case ProcessEnd::How::signaled:
      how = fmt::format("signal {}", end.signal);
      break;
    case ProcessEnd::How::timed_out:
      how = fmt::format("its time of {} was over", base::format_duration(end.seconds));
      break;
    case ProcessEnd::How::cancelled:
    case ProcessEnd::How::stopped:
      how = "it was stopped";
      break;
  }
  const std::string words = base::printable(base::trim(base::last_lines(base::trim(end.output), 1)));
  return words.empty() ? how : how + ": " + words;
}

Result<ProcessEnd> MachineControls::shell(const std::string& line, const std::string& input, double timeout_s,
                                          const base::CancelToken& cancel,
                                          const std::function<bool(std::string_view)>& on_output) const {
  base::Command command{
      .argv = m_commands.shell, .cwd = m_commands.folder, .input = input, .timeout_s = timeout_s};
  command.argv.push_back(line);
  command.on_output = on_output;
  return supervised(std::move(command), cancel);
}

Result<ProcessEnd> MachineControls::line(const std::string& text, std::optional<double> timeout_s,
                                         const Environment& environment, const base::CancelToken& cancel,
                                         const std::function<bool(std::string_view)>& on_output) const {
  return supervised({.argv = {"/bin/sh", "-c", text},
                     .cwd = m_commands.folder,
                     .env = environment,
                     .timeout_s = timeout_s,
                     .on_output = on_output},
                    cancel);
}

Result<Answer> MachineControls::ask(const base::CancelToken& cancel) const {
  return answer_of(CULPRIT_TRY(
      shell("cat /proc/cmdline /proc/sys/kernel/random/boot_id", "", m_commands.shell_timeout_s, cancel)));
}

Result<Answer> MachineControls::wait_for(const std::function<bool(const Answer&)>& wanted, double seconds,
                                         const base::CancelToken& cancel,
                                         const std::function<bool()>& enough) const {
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  for (;;) {
    Answer answer = CULPRIT_TRY(ask(cancel));
    if (wanted(answer) || enough() || std::chrono::steady_clock::now() >= until) return answer;
    sleep_for(m_commands.pause_s, cancel);
  }
}

Result<void> MachineControls::order(const char* name, const std::string& text,
                                    const base::CancelToken& cancel) const {
  for (int tries = 1;; ++tries) {
    const ProcessEnd end = CULPRIT_TRY(line(text, m_commands.power_timeout_s, {}, cancel));
    if (end.ok()) return {};
    if (tries == k_power_tries)
      return fail(ErrorKind::infra,
                  fmt::format("{} of [machine] fails, tried {} times: {}", name, tries, told_end(end)),
                  "the machine may not be in its own kernel; `culprit resume` goes on");
    sleep_for(m_commands.pause_s, cancel);
  }
}

Result<void> MachineControls::power_cycle(const base::CancelToken& cancel) const {
  CULPRIT_TRY(order("power_off", m_commands.power_off, cancel));
  sleep_for(m_commands.pause_s, cancel);
  return order("power_on", m_commands.power_on, cancel);
}

// In another boot than `before`.
Result<Answer> MachineControls::comes_home(const std::string& before, const base::CancelToken& cancel) const {
  const auto is_home = [&](const Answer& answer) {
    return answer.who == Answer::Who::own && answer.boot != before;
  };
  Answer answer = CULPRIT_TRY(wait_for(is_home, m_commands.boot_timeout_s, cancel));
  return is_home(answer) ? answer : Answer{.words = answer.words};
}

Result<std::string> MachineControls::bring_home(bool anew, const base::CancelToken& cancel) const {
  Answer answer = CULPRIT_TRY(ask(cancel));
  if (answer.who == Answer::Who::nobody) {
    sleep_for(m_commands.pause_s, cancel);
    answer = CULPRIT_TRY(ask(cancel));
  }
  if (answer.who == Answer::Who::own && !anew) return answer.boot;
  const std::string before = answer.boot;
  if (answer.who != Answer::Who::nobody) {
    if (m_commands.reboot.empty())
      CULPRIT_TRY(shell("sync; reboot", "", m_commands.power_timeout_s, cancel));
    else
      CULPRIT_TRY(line(m_commands.reboot, m_commands.power_timeout_s, {}, cancel));
    answer = CULPRIT_TRY(comes_home(before, cancel));
    if (answer.who == Answer::Who::own) return answer.boot;
  }
  for (int tries = 0; tries < k_home_tries; ++tries) {
    CULPRIT_TRY(power_cycle(cancel));
    answer = CULPRIT_TRY(comes_home(before, cancel));
    if (answer.who == Answer::Who::own) return answer.boot;
  }
  return fail(ErrorKind::infra,
              answer.words.empty()
                  ? std::string("the machine does not boot its own kernel any more, whatever is done to it")
                  : fmt::format("the machine does not come back, after {} power cycles: {}", k_home_tries,
                                answer.words),
              "look at it; `culprit resume` goes on. Behind a power cycle it must boot its own kernel");
}

Result<void> MachineControls::greet(const base::CancelToken& cancel) const {
  const Answer answer = CULPRIT_TRY(ask(cancel));
  if (answer.who == Answer::Who::nobody) {
    if (turns_us_away(answer.words))
      return fail(ErrorKind::usage, fmt::format("the machine lets nobody in: {}", answer.words),
                  "`shell` of [machine] must work without a question: ssh -o BatchMode=yes root@machine");
    CULPRIT_TRY(order("power_on", m_commands.power_on, cancel));
    if (CULPRIT_TRY(comes_home("", cancel)).who == Answer::Who::own) return {};
  }
  CULPRIT_TRY(bring_home(false, cancel));
  return {};
}

}  // namespace culprit::run
