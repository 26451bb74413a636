// Runs a kernel in QEMU. The guest is the kernel, an initramfs, the reproducer and, where one is asked for, a root;
// its serial console is all that is known of it.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "run/guest/machine.h"
#include "run/guest/root.h"
#include "run/qemu/accel.h"
#include "run/qemu/qemu_guest.h"
#include "run/qemu/qemu_reproducer.h"
#include "run/runner.h"
#include "run/snapshot/snapshots.h"

namespace culprit::run {

enum class AccelChoice { automatic, kvm, tcg };

struct QemuOptions {
  Sought sought = Sought::reproducer;
  ReproducerSource reproducer;  // of no account where something else is sought
  double timeout_s = 30;        // of the reproducer in the guest
  bool endless = false;  // to run until the timeout is what the reproducer should do: that counts as its end
  double settle_s = 0;   // wait after its end, for reports that come late
  int memory_mib = 128;  // of the guest
  int cpus = 2;          // of the guest
  bool require_cpus = false;  // fewer CPUs in the guest fail the check before the reproducer
  AccelChoice accel = AccelChoice::automatic;
  double boot_timeout_s = 120;  // from QEMU's start to the ready mark
  double margin_s = 15;         // beyond the guest's own time limit, before the host ends it
  std::string append;           // to the kernel's command line
  bool oops_panics = true;      // oops=panic: an oops ends the run
  std::vector<std::pair<std::string, std::string>> sysctls;
  std::string arch = "x86_64";                       // make's ARCH; a row of guest/machine.cc
  std::string root;                                  // see RootOptions
  bool root_initramfs = false;                       // likewise
  std::vector<std::string> modules;                  // to be loaded, by name; or k_all_modules
  bool network = false;                              // QEMU's user network
  std::string qemu;                                  // empty: the architecture's
  std::string cpu_model;                             // empty: host with KVM, else the machine's
  std::vector<std::string> qemu_args;                // after ours
  std::filesystem::path busybox;                     // a static one; empty: looked for in PATH
  std::size_t console_limit = std::size_t{4} << 20;  // bytes kept of a run's console: half head, half tail
  bool snapshots = false;  // further runs of a kernel restore a guest that was booted for an earlier one
  // How a run ended, in words; for comparing restored guests with booted ones.
  std::function<std::string(const model::RawRun&)> outcome_of;
  std::function<void(const std::string&)> note;  // tells the user something; from any thread
  double start_pause_s = 0.5;                    // before a QEMU that did not start is tried again; grows
  std::filesystem::path cache_dir;               // for what is known of KVM; empty: nothing is kept
};

// What stands in a console between the words of the guest that was saved and those of the one that was restored.
inline constexpr std::string_view k_restored_line =
    "[culprit] the guest above was saved here; what follows is of one that was restored from it\n";

// An artifact is a folder with `bzImage`, `Image` or, for booting through PVH, `vmlinux` (the first is preferred), and
// perhaps `modules.cpio`, an archive of /lib/modules.
class QemuRunner final : public Runner {
 public:
  // Compiles the reproducer, looks for QEMU and busybox, and decides on the acceleration.
  static base::Result<std::unique_ptr<QemuRunner>> create(QemuOptions options,
                                                          const base::CancelToken& cancel);

  base::Result<model::RawRun> run(const model::CommitId& commit, const std::filesystem::path& artifact,
                                  int number, int slot, const base::CancelToken& cancel) override;

  // How guests run now, and why; may change from KVM to TCG once.
  Accel accel() const;

 private:
  QemuRunner(QemuOptions options, const Machine& machine, Reproducer reproducer, GuestRoot root,
             std::string base, Accel accel);

  std::vector<std::string> command_line(const std::filesystem::path& artifact,
                                        const std::filesystem::path& initrd,
                                        const std::filesystem::path& folder, bool kvm,
                                        const Turn& turn) const;
  std::vector<std::string> devices() const;
  std::string init_archive(const std::string& token) const;
  base::Result<void> write_initrd(const std::filesystem::path& initrd, const std::filesystem::path& artifact,
                                  const std::string& token) const;
  bool may_snapshot() const;
  base::Result<model::RawRun> run_once(const std::filesystem::path& artifact, bool kvm, double boot_timeout_s,
                                       const Turn& turn, const base::CancelToken& cancel);
  base::Result<model::RawRun> run_surely(const std::filesystem::path& artifact, bool kvm,
                                         double boot_timeout_s, const Turn& turn,
                                         const base::CancelToken& cancel);
  base::Result<model::RawRun> run_in_turn(const std::filesystem::path& artifact, bool kvm,
                                          const base::CancelToken& cancel);

  QemuOptions m_options;
  const Machine& m_machine;
  GuestRoot m_root;
  std::string m_base;   // the archive that all runs share
  std::string m_repro;  // the archive with the reproducer
  std::vector<std::string> m_repro_argv;
  Snapshots m_snapshots;
  mutable std::mutex m_mutex;  // guards the two below
  Accel m_accel;
  bool m_kvm_proven = false;  // a guest has booted under KVM
};

}  // namespace culprit::run
