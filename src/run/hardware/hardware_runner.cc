// One run: bring the machine home, install, follow the console, boot, copy the reproducer, run it, ask how it went.
//
// A guest of QEMU's can be trusted: it is made for the run, and what becomes of it is the kernel's doing. A machine has
// troubles of its own (network, power, disks, a boot loader that falls back), and none of them may become a verdict.
// So whatever is believed is seen twice. What runs is known by the command line that the machine itself tells. That the
// console works is known by marks that the machine writes into its kernel's log before and behind the reproducer: a run
// whose marks do not come out says nothing, however well it ended. And a machine that goes out of sight shows the bug
// only if the console has a report of it.
//
// The rejected way is to believe a machine that rebooted or fell silent: that is what syzkaller does for machines
// without power problems. `silent` asks for it where a bug leaves no other trace.

#include "run/hardware/hardware_runner.h"

#include <chrono>
#include <cmath>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/strings.h"
#include "run/guest/machine.h"
#include "run/hardware/machine_console.h"
#include "run/qemu/ending.h"

namespace culprit::run {
namespace {

using base::ErrorKind;
using base::fail;
using base::ProcessEnd;
using base::Result;
using model::RawRun;

constexpr int k_boots = 3;     // until somebody should look, where no kernel of a run was ever seen
constexpr int k_losses = 5;    // of one kernel in a row, until it is left aside as one that cannot be tested
constexpr int k_installs = 3;  // that fail in a row, until the machine is given up

std::string to_kmsg(const std::string& token, const char* mark) {
  return fmt::format("echo '<1>culprit:{}:{}' > /dev/kmsg", token, mark);
}

// Ends a token when what it watches says so.
class Watcher {
 public:
  Watcher(base::CancelToken& stop, std::function<bool()> is_over)
      : m_thread([&stop, is_over = std::move(is_over)](const std::stop_token& done) {
          while (!done.stop_requested() && !is_over()) std::this_thread::sleep_for(k_step);
          if (!done.stop_requested()) stop.cancel();
        }) {}

 private:
  std::jthread m_thread;
};

}  // namespace

struct HardwareRunner::Attempt {
  std::filesystem::path artifact;
  std::string name = random_token();   // of the run, for the command line
  std::string token = random_token();  // of the marks
  Environment environment{};           // of the user's lines
  std::string home{};                  // the boot of its own kernel in which it begins
  std::unique_ptr<MachineConsole> console{};
  Marks said{token};  // by the shell, which the console says as well
  RawRun run{};

  // It is over, and nobody can tell whether that is the kernel's doing.
  void lose(const std::string& why) {
    run.end = RawRun::End::died;
    run.lost = true;
    run.infra_text = why;
  }
};

HardwareRunner::HardwareRunner(HardwareOptions options, Reproducer reproducer)
    : m_options(std::move(options)), m_machine(m_options.commands), m_reproducer(std::move(reproducer)) {}

Result<std::unique_ptr<HardwareRunner>> HardwareRunner::create(HardwareOptions options,
                                                               const base::CancelToken& cancel) {
  Reproducer reproducer;
  options.reproducer.in_root = true;
  if (options.sought == Sought::reproducer)
    reproducer = CULPRIT_TRY(prepare_reproducer(options.reproducer, cancel));
  auto runner =
      std::unique_ptr<HardwareRunner>(new HardwareRunner(std::move(options), std::move(reproducer)));
  CULPRIT_TRY_IN(runner->m_machine.greet(cancel), "machine");
  CULPRIT_TRY_IN(runner->check_console(cancel), "machine");
  return runner;
}

Result<void> HardwareRunner::check_console(const base::CancelToken& cancel) const {
  const MachineCommands& commands = m_machine.commands();
  const std::string token = random_token();
  MachineConsole console(m_machine, {}, token, m_options.console_limit);
  const auto until =
      std::chrono::steady_clock::now() + std::chrono::duration<double>(commands.console_timeout_s);
  ProcessEnd wrote;
  // What was said before the console command was up is not seen.
  while (std::chrono::steady_clock::now() < until) {
    wrote = CULPRIT_TRY(m_machine.shell(to_kmsg(token, "ready"), "", commands.shell_timeout_s, cancel));
    if (console.wait_for(&Marks::ready, commands.pause_s, cancel)) return {};
  }
  const std::string why = !wrote.ok() ? fmt::format("writing to /dev/kmsg ended with {}", told_end(wrote))
                          : console.ended().empty() ? std::string("`console` does not show it")
                                                    : fmt::format("`console` ended with {}", console.ended());
  return fail(
      ErrorKind::usage,
      fmt::format("what the machine writes to its kernel's log does not come here within {}: {}",
                  base::format_duration(commands.console_timeout_s), why),
      "`console` of [machine] prints what the kernel says, for as long as it runs; `shell` is root's");
}

Result<bool> HardwareRunner::install(Attempt& attempt, const base::CancelToken& cancel) {
  const MachineCommands& commands = m_machine.commands();
  const ProcessEnd end =
      CULPRIT_TRY(m_machine.line(commands.install, commands.install_timeout_s, attempt.environment, cancel));
  if (end.ok()) {
    m_not_installed = 0;
    return true;
  }
  m_doubted = true;
  const std::string why = "the kernel cannot be installed: " + told_end(end);
  if (++m_not_installed == k_installs)
    return fail(ErrorKind::infra, fmt::format("{} ({} times in a row)", why, k_installs),
                "`install` of [machine] says it; look at the machine, and `culprit resume` goes on");
  attempt.lose(why);
  return false;
}

Result<bool> HardwareRunner::boot(Attempt& attempt, const base::CancelToken& cancel) {
  const MachineCommands& commands = m_machine.commands();
  base::CancelToken stop(cancel);
  std::string ordered;  // how the order ended; one that takes the connection with it need not
  std::jthread order([&] {
    const auto end = m_machine.line(commands.boot, commands.power_timeout_s, attempt.environment, stop);
    ordered = end ? told_end(*end) : std::string();
  });
  const auto is_another_boot = [&](const Answer& a) {
    return a.who != Answer::Who::nobody && a.boot != attempt.home;
  };
  const auto answer = m_machine.wait_for(is_another_boot, commands.boot_timeout_s, cancel,
                                         [&] { return attempt.console->has_said_its_last(); });
  stop.cancel();
  order.join();
  if (!answer) return std::unexpected(answer.error());
  if (answer->run == attempt.name) {
    m_came_up = true;
    return true;
  }
  m_doubted = true;
  const bool another = is_another_boot(*answer);
  const std::string why =
      another ? std::string("the machine came up with another kernel than the one that was to be booted")
              : fmt::format("the machine did not come up with the kernel within {}{}",
                            base::format_duration(commands.boot_timeout_s),
                            ordered.empty() ? "" : fmt::format(" (`boot`: {})", ordered));
  attempt.lose(why);
  const bool panicked = attempt.console->is(&Marks::panicked);
  if (m_options.sought == Sought::boot) {
    attempt.run.lost = !m_options.silence_is_crash || another;
    attempt.run.reason = panicked ? "" : "hang while booting";
  } else {
    attempt.run.booted = attempt.run.test_started = false;
    attempt.run.reason = panicked ? "" : why;
  }
  return false;
}

// A run that was lost says nothing; one kernel with which all are is left aside, which is no verdict either. Where no kernel
// of a run was ever seen, it is the set-up.
Result<void> HardwareRunner::count_losses(Attempt& attempt) {
  if (speaks(attempt.run.console, attempt.name)) m_came_up = true;
  if (!attempt.run.lost) {
    m_losses.erase(attempt.artifact);
    return {};
  }
  m_doubted = true;
  const int losses = ++m_losses[attempt.artifact];
  if (!m_came_up && losses >= k_boots)
    return fail(
        ErrorKind::infra, fmt::format("no kernel came up in {} boots: {}", k_boots, attempt.run.infra_text),
        "`boot` of [machine] must put $CULPRIT_APPEND into the kernel's command line; see docs/kernel.md");
  if (losses < k_losses) return {};
  m_losses.erase(attempt.artifact);
  attempt.run.test_started = attempt.run.lost = false;
  attempt.run.reason = fmt::format("{} ({} runs in a row)", attempt.run.infra_text, k_losses);
  return {};
}

Result<bool> HardwareRunner::carry_over(Attempt& attempt, const base::CancelToken& cancel) const {
  const std::string place = m_options.reproducer.place;
  std::vector<GuestFile> files = m_reproducer.files;
  files.push_back({place + "/run.sh", script(attempt.token), 0755});
  for (const GuestFile& file : files) {
    const std::string path = base::shell_quote(file.path);
    const std::string line = fmt::format(
        "mkdir -p {0} && cat > {1} && chmod {2:o} {1}",
        base::shell_quote(std::filesystem::path(file.path).parent_path().string()), path, file.mode);
    const ProcessEnd end =
        CULPRIT_TRY(m_machine.shell(line, file.contents, m_machine.commands().install_timeout_s, cancel));
    if (end.ok()) continue;
    attempt.lose(fmt::format("{} cannot be copied to the machine: {}", file.path, told_end(end)));
    if (attempt.console->is(&Marks::panicked)) attempt.run.lost = attempt.run.test_started = false;
    return false;
  }
  return true;
}

// The machine's side, for its /bin/sh. What may outlive the script does not hold its output open.
std::string HardwareRunner::script(const std::string& token) const {
  std::string out = fmt::format(R"(say() {{
  echo "<1>culprit:{0}:$*" > /dev/kmsg
  echo "culprit:{0}:$*"
}}
cd {1} || exit 1
)",
                                token, base::shell_quote(m_options.reproducer.place));
  for (const std::string& module : m_options.modules)
    if (module != k_all_modules)
      out += fmt::format(
          "why=$(modprobe {0} 2>&1) || {{ say \"check-failed the module {0} cannot be loaded: $why\"; exit; "
          "}}\n",
          module);
  out += fmt::format(R"(say start
setsid {0} < /dev/null 2>&1 &
pid=$!
(
  sleep {1}
  say timeout
  kill -KILL -- -$pid
  sleep 2
  say stuck
) < /dev/null > /dev/null 2>&1 &
timer=$!
wait $pid
code=$?
kill $timer
)",
                     base::shell_quote(m_reproducer.argv), static_cast<int>(std::ceil(m_options.timeout_s)));
  if (m_options.settle_s > 0) out += fmt::format("sleep {}\n", m_options.settle_s);
  return out + "say exit $code\n";
}

Result<void> HardwareRunner::reproduce(Attempt& attempt, const base::CancelToken& cancel) const {
  MachineConsole& console = *attempt.console;
  base::CancelToken stop(cancel);
  const double most = m_options.timeout_s + m_options.settle_s + m_options.margin_s;
  const Result<ProcessEnd> end = [&] {
    const Watcher watcher(stop, [&] { return console.has_said_its_last(); });
    return m_machine.shell("exec sh " + base::shell_quote(m_options.reproducer.place + "/run.sh"), "", most,
                           stop, [&](std::string_view chunk) {
                             attempt.said.see(chunk);
                             console.reproducer_says(chunk);
                             return !attempt.said.ended();
                           });
  }();
  if (cancel.cancelled()) return fail(ErrorKind::interrupted, "interrupted while the machine ran");
  if (!end && end.error().kind != ErrorKind::interrupted) return std::unexpected(end.error());
  if (!attempt.said.ended() && !console.is(&Marks::ended)) return find_out(attempt, cancel);
  if (console.wait_for(&Marks::ended, m_machine.commands().console_timeout_s, cancel)) return {};
  if (console.is(&Marks::panicked)) return find_out(attempt, cancel);
  const std::string words = console.ended();
  attempt.lose("the machine's console fell silent" + (words.empty() ? "" : ": it ended with " + words));
  return {};
}

// The connection is gone, and the reproducer's end was not seen.
Result<void> HardwareRunner::find_out(Attempt& attempt, const base::CancelToken& cancel) const {
  const MachineConsole& console = *attempt.console;
  attempt.lose("the machine went out of sight while the reproducer ran");
  Answer answer;
  if (!console.is(&Marks::panicked))
    answer = CULPRIT_TRY(m_machine.wait_for([](const Answer& a) { return a.who != Answer::Who::nobody; },
                                            m_machine.commands().boot_timeout_s, cancel,
                                            [&] { return console.has_said_its_last(); }));
  // Without the mark of the start nobody knows what was before it, nor that the console would have shown a report.
  if (!console.is(&Marks::started)) return {};
  if (console.is(&Marks::panicked)) {
    attempt.run.lost = false;
    return {};
  }
  if (answer.run == attempt.name) {
    attempt.run.infra_text = "the connection to the machine was lost while the reproducer ran";
    return {};
  }
  if (m_options.silence_is_crash) attempt.run.lost = false;
  if (answer.who == Answer::Who::nobody) return {};
  attempt.run.reason = "the machine rebooted by itself";
  attempt.run.infra_text = attempt.run.reason + " while the reproducer ran, and its console has no report";
  return {};
}

Result<void> HardwareRunner::settle_boot(Attempt& attempt, const base::CancelToken& cancel) const {
  const MachineCommands& commands = m_machine.commands();
  std::string line = to_kmsg(attempt.token, "exit 0");
  if (m_options.settle_s > 0) line = fmt::format("sleep {}; {}", m_options.settle_s, line);
  const ProcessEnd end =
      CULPRIT_TRY(m_machine.shell(line, "", commands.shell_timeout_s + m_options.settle_s, cancel));
  if (!attempt.console->wait_for(&Marks::ended, commands.console_timeout_s, cancel))
    attempt.lose("the machine's console does not show the end of its boot; the shell: " + told_end(end));
  return {};
}

// What the console and the marks make of it, where it was not lost before.
void HardwareRunner::judge(Attempt& attempt) const {
  MachineConsole& console = *attempt.console;
  console.close();
  RawRun& run = attempt.run;
  const Marks& marks = console.marks();
  run.truncated = console.truncated();
  run.console = of_one_kernel(console.text(), attempt.name, "culprit:" + attempt.token + ":start");
  if (m_options.sought == Sought::reproducer) run.test_start = marks.test_start(run.console, run.truncated);
  const std::string harness = m_options.reproducer.syz.empty() ? std::string() : harness_failure(run.console);
  if (run.end != RawRun::End::infra || !marks.ended()) return;
  if (!harness.empty()) {
    run.infra_text = "the harness failed: " + harness;
  } else if (m_options.sought == Sought::boot) {
    run.end = RawRun::End::exited;
    run.exit_code = 0;
    run.console.resize(marks.test_end(run.console));
  } else if (!marks.failed_check().empty()) {
    run.test_started = false;
    run.reason = marks.failed_check();
    run.end = RawRun::End::exited;
    run.exit_code = 1;
  } else if (!marks.started()) {
    run.infra_text = "the machine's console lost the mark of the reproducer's start";
  } else if (marks.exit_code()) {
    judge_exit(marks, m_options.endless, run);
  } else {
    run.end = RawRun::End::timed_out;  // it could not be killed
  }
}

Result<RawRun> HardwareRunner::run(const model::CommitId& commit, const std::filesystem::path& artifact,
                                   int number, int /*slot*/, const base::CancelToken& cancel) {
  const std::lock_guard lock(m_mutex);
  const auto began = std::chrono::steady_clock::now();
  Attempt attempt{.artifact = artifact};
  const auto modules = artifact / k_modules_archive;
  std::error_code none;
  attempt.environment = {
      {"CULPRIT_KERNEL", kernel_in(artifact).string()},
      {"CULPRIT_CONFIG", (artifact / "config").string()},
      {"CULPRIT_MODULES", std::filesystem::exists(modules, none) ? modules.string() : std::string()},
      {"CULPRIT_COMMIT", commit.hex()},
      {"CULPRIT_RUN", std::to_string(number)},
      {"CULPRIT_APPEND",
       fmt::format("{}{} printk.time=1 printk.devkmsg=on console_msg_format=syslog{}{}", k_run_mark,
                   attempt.name, m_options.append.empty() ? "" : " ", m_options.append)}};
  m_touched = true;
  attempt.home = CULPRIT_TRY(m_machine.bring_home(m_doubted, cancel));
  m_doubted = false;
  if (!CULPRIT_TRY(install(attempt, cancel))) return std::move(attempt.run);
  attempt.console = std::make_unique<MachineConsole>(m_machine, attempt.environment, attempt.token,
                                                     m_options.console_limit);
  const bool is_up = CULPRIT_TRY(boot(attempt, cancel));
  if (is_up && m_options.sought == Sought::boot)
    CULPRIT_TRY(settle_boot(attempt, cancel));
  else if (is_up && CULPRIT_TRY(carry_over(attempt, cancel)))
    CULPRIT_TRY(reproduce(attempt, cancel));
  judge(attempt);
  CULPRIT_TRY(count_losses(attempt));
  attempt.run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return std::move(attempt.run);
}

Result<void> HardwareRunner::leave(const base::CancelToken& cancel) {
  const std::lock_guard lock(m_mutex);
  if (!std::exchange(m_touched, false)) return {};
  const MachineCommands& commands = m_machine.commands();
  CULPRIT_TRY_IN(m_machine.bring_home(m_doubted, cancel), "leaving the machine");
  if (commands.restore.empty()) return {};
  const ProcessEnd end = CULPRIT_TRY(m_machine.line(commands.restore, commands.power_timeout_s, {}, cancel));
  if (end.ok()) return {};
  return fail(ErrorKind::infra, "`restore` of [machine] fails: " + told_end(end),
              "the machine is in its own kernel; what was installed is left on it");
}

}  // namespace culprit::run
