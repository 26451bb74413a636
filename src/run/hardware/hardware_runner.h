// Runs a kernel on a machine that stands somewhere, by the commands that its user gave.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "run/hardware/machine_controls.h"
#include "run/qemu/qemu_guest.h"
#include "run/qemu/qemu_reproducer.h"
#include "run/runner.h"

namespace culprit::run {

struct HardwareOptions {
  MachineCommands commands;
  Sought sought = Sought::reproducer;  // or the boot
  ReproducerSource reproducer;         // of no account where the boot is sought
  double timeout_s = 30;               // of the reproducer, on the machine
  bool endless = false;                // to run until then is what it should do
  double settle_s = 0;                 // wait after its end, for reports that come late
  double margin_s = 15;                // beyond the machine's own time limit, before it is taken for lost
  std::vector<std::string> modules;    // to be loaded, by name; or k_all_modules
  std::string append;                  // to the kernel's command line
  bool silence_is_crash = false;       // a machine that is lost without a word shows the bug
  std::size_t console_limit = std::size_t{4} << 20;
};

// An artifact is as QemuRunner has it. There is one machine: runs wait for each other. Each begins in the machine's own
// kernel; where it does not come back to that by itself, it is switched off and on. A run in which the machine goes out of
// sight, without a report on its console, is the machine's fault; a kernel of which five runs in a row end so cannot be
// tested.
class HardwareRunner final : public Runner {
 public:
  // Prepares the reproducer, and looks whether the machine answers and its console speaks.
  static base::Result<std::unique_ptr<HardwareRunner>> create(HardwareOptions options,
                                                              const base::CancelToken& cancel);

  base::Result<model::RawRun> run(const model::CommitId& commit, const std::filesystem::path& artifact,
                                  int number, int slot, const base::CancelToken& cancel) override;

  // Leaves the machine as it was found: in its own kernel. Called when no run is under way, also after an
  // interruption; nothing where it was not touched.
  base::Result<void> leave(const base::CancelToken& cancel);

 private:
  // One run, as far as it has come.
  struct Attempt;

  HardwareRunner(HardwareOptions options, Reproducer reproducer);

  base::Result<void> check_console(const base::CancelToken& cancel) const;
  // The steps of a run; false: it is over, and the attempt says how.
  base::Result<bool> install(Attempt& attempt, const base::CancelToken& cancel);
  base::Result<bool> boot(Attempt& attempt, const base::CancelToken& cancel);
  base::Result<bool> carry_over(Attempt& attempt, const base::CancelToken& cancel) const;
  base::Result<void> reproduce(Attempt& attempt, const base::CancelToken& cancel) const;
  base::Result<void> settle_boot(Attempt& attempt, const base::CancelToken& cancel) const;
  base::Result<void> find_out(Attempt& attempt, const base::CancelToken& cancel) const;
  void judge(Attempt& attempt) const;
  base::Result<void> count_losses(Attempt& attempt);
  // What runs the reproducer on the machine, and says how it went.
  std::string script(const std::string& token) const;

  HardwareOptions m_options;
  MachineControls m_machine;
  Reproducer m_reproducer;
  std::mutex m_mutex;                             // the machine's
  bool m_touched = false;                         // something was installed or booted
  bool m_doubted = false;                         // boot its own kernel anew before the next run
  bool m_came_up = false;                         // a kernel of a run has, once
  int m_not_installed = 0;                        // installations that failed in a row
  std::map<std::filesystem::path, int> m_losses;  // of an artifact's runs, in a row
};

}  // namespace culprit::run
