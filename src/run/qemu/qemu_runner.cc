// One run: write the initramfs, start QEMU with its serial port on our pipe, follow the console, and say how
// it ended.
//
// Two deadlines: the guest has to reach its ready mark within the boot timeout; from then on the guest itself
// ends the reproducer at its timeout, and the host waits some seconds longer before it ends the guest. A
// guest that printed a panic to its end, or the exit mark, has a few seconds to go away by itself: what is
// still on its way to the console belongs to the run. A watcher thread keeps these times, since a silent
// guest gives nobody else an occasion.
//
// Not told to panic on warnings: a report that is not fatal must not hide the ones after it.

#include "run/qemu/qemu_runner.h"

#include <sys/random.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <system_error>
#include <thread>

#include <fmt/format.h>

#include "base/files.h"
#include "base/process/subprocess.h"
#include "base/strings.h"
#include "run/qemu/initramfs.h"

namespace culprit::run {
namespace {

using base::ErrorKind;
using base::fail;
using model::RawRun;

constexpr double k_grace_s = 3;  // after a panic or the exit mark
// For the first boot under KVM, which takes a second or two where it works.
constexpr double k_kvm_trial_s = 20;
constexpr auto k_watch_step = std::chrono::milliseconds(50);

std::string random_token() {
  std::uint64_t bits = 0;
  if (::getrandom(&bits, sizeof bits, 0) != sizeof bits)
    bits = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  return fmt::format("{:016x}", bits);
}

// What the console's reader and the watcher share.
struct Watch {
  explicit Watch(std::string token) : marks(std::move(token)) {}

  std::mutex mutex;
  Marks marks;
  bool boot_expired = false;
  bool test_expired = false;
  std::chrono::steady_clock::time_point closing{};  // since when the guest has said its last
  base::CancelToken stop;
};

double seconds_since(std::chrono::steady_clock::time_point then) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - then).count();
}

// Ends the guest at its deadlines, and when `outer` is cancelled. Returns when `done`.
void keep_time(Watch& watch, const QemuOptions& options, double boot_timeout_s,
               const base::CancelToken& outer, std::stop_token done) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point started = Clock::now();
  Clock::time_point booted{};
  while (!done.stop_requested()) {
    std::this_thread::sleep_for(k_watch_step);
    const std::lock_guard lock(watch.mutex);
    if (watch.marks.ready() && booted == Clock::time_point{}) booted = Clock::now();
    if ((watch.marks.ended() || watch.marks.panicked()) && watch.closing == Clock::time_point{})
      watch.closing = Clock::now();
    watch.boot_expired = booted == Clock::time_point{} && seconds_since(started) > boot_timeout_s;
    watch.test_expired = booted != Clock::time_point{} && watch.closing == Clock::time_point{} &&
                         seconds_since(booted) > options.timeout_s + options.settle_s + options.margin_s;
    const bool overstayed = watch.closing != Clock::time_point{} && seconds_since(watch.closing) > k_grace_s;
    if (outer.cancelled() || watch.boot_expired || watch.test_expired || overstayed) {
      watch.stop.cancel();
      return;
    }
  }
}

// How the run ended, from what was seen of it. `end` is QEMU's.
void judge(const Watch& watch, const QemuOptions& options, const base::ProcessEnd& end, RawRun& run) {
  const Marks& marks = watch.marks;
  run.booted = marks.ready();
  run.test_started = marks.started();
  run.test_start = marks.test_start(run.console, run.truncated);
  if (marks.exit_code()) {
    const int code = *marks.exit_code();
    if (marks.out_of_time()) {
      run.end = options.endless ? RawRun::End::exited : RawRun::End::timed_out;
      run.exit_code = options.endless ? 0 : -1;
    } else if (code > 128 && code <= 128 + 64) {
      run.end = RawRun::End::signaled;
      run.signal = code - 128;
    } else {
      run.end = RawRun::End::exited;
      run.exit_code = code;
    }
  } else if (!marks.failed_check().empty()) {
    run.end = RawRun::End::exited;
    run.exit_code = 1;
  } else if (marks.stuck() || watch.boot_expired || watch.test_expired) {
    run.end = RawRun::End::timed_out;
  } else if (end.how == base::ProcessEnd::How::signaled || end.exit_code != 0) {
    run.end = RawRun::End::infra;
    run.infra_text = end.how == base::ProcessEnd::How::signaled
                         ? fmt::format("QEMU died of signal {}: {}", end.signal,
                                       base::printable(base::last_lines(end.errors, 3)))
                         : fmt::format("QEMU failed with exit code {}: {}", end.exit_code,
                                       base::printable(base::last_lines(end.errors, 3)));
  } else {
    run.end = RawRun::End::died;
  }
}

base::Result<std::filesystem::path> find_in_path(std::string_view program) {
  const char* path = std::getenv("PATH");
  for (const std::string_view folder : base::split(path ? path : "", ':')) {
    std::error_code none;
    auto candidate = std::filesystem::path(folder) / program;
    if (!folder.empty() && std::filesystem::exists(candidate, none)) return candidate;
  }
  return fail(ErrorKind::infra, fmt::format("{} is not in PATH", program));
}

// Contents of a busybox that runs in an otherwise empty root: it must not ask for a program interpreter.
base::Result<std::string> read_busybox(const std::filesystem::path& configured) {
  constexpr std::string_view hint = "the guest needs a static busybox: apt-get install busybox-static";
  auto path = configured.empty() ? find_in_path("busybox") : base::Result<std::filesystem::path>(configured);
  if (!path) return fail(ErrorKind::infra, path.error().what, std::string(hint));
  auto contents = base::read_file(*path);
  if (!contents) return contents;
  if (contents->find("/ld-linux") != std::string::npos || contents->find("/ld-musl") != std::string::npos)
    return fail(ErrorKind::infra, fmt::format("{} is not linked statically", path->string()),
                std::string(hint));
  return contents;
}

base::Result<Accel> choose_accel(const QemuOptions& options, const base::CancelToken& cancel) {
  if (options.accel == AccelChoice::kvm) return Accel{.kvm = true, .why = "asked for"};
  if (options.accel == AccelChoice::tcg) return Accel{.kvm = false, .why = "asked for"};
  return probe_accel(
      options.qemu, options.cache_dir.empty() ? options.cache_dir : options.cache_dir / "accel.json", cancel);
}

}  // namespace

QemuRunner::QemuRunner(QemuOptions options, Reproducer reproducer, std::string base, Accel accel)
    : m_options(std::move(options)),
      m_base(std::move(base)),
      m_repro_argv(std::move(reproducer.argv)),
      m_accel(std::move(accel)) {
  CpioWriter cpio;
  cpio.add_file("repro", reproducer.contents, 0755);
  m_repro = std::move(cpio).finish();
}

base::Result<std::unique_ptr<QemuRunner>> QemuRunner::create(QemuOptions options,
                                                             const base::CancelToken& cancel) {
  auto version = base::run_tool({.argv = {options.qemu, "--version"}, .timeout_s = 30}, cancel);
  if (!version) {
    if (version.error().what.starts_with("cannot start '"))
      version.error().hint = "guests run in QEMU: apt-get install qemu-system-x86";
    return std::unexpected(std::move(version.error()));
  }
  auto busybox = read_busybox(options.busybox);
  if (!busybox) return std::unexpected(std::move(busybox.error()));
  auto reproducer = prepare_reproducer(options.reproducer, cancel);
  if (!reproducer) return std::unexpected(std::move(reproducer.error()));
  auto accel = choose_accel(options, cancel);
  if (!accel) return std::unexpected(std::move(accel.error()));
  return std::unique_ptr<QemuRunner>(
      new QemuRunner(std::move(options), std::move(*reproducer), base_archive(*busybox), std::move(*accel)));
}

Accel QemuRunner::accel() const {
  const std::lock_guard lock(m_mutex);
  return m_accel;
}

std::vector<std::string> QemuRunner::command_line(const std::filesystem::path& artifact,
                                                  const std::filesystem::path& initrd, bool kvm) const {
  std::error_code none;
  const auto kernel =
      std::filesystem::exists(artifact / "bzImage", none) ? artifact / "bzImage" : artifact / "vmlinux";
  const std::string cpu = !m_options.cpu_model.empty() ? m_options.cpu_model : kvm ? "host" : "qemu64";
  // A KASAN report must not silence the next one. Under TCG on a busy host the timer check of a boot fails by
  // chance (KVM guests skip it by themselves). Both words take no value: with one, a kernel that does not
  // know them puts them into init's environment instead of among its arguments.
  // The whole topology is spelled out: without ACPI a kernel finds its CPUs in the MP tables, which list
  // sockets. The kernel's own arguments must end before "--": what follows is init's.
  std::vector<std::string> argv = {m_options.qemu,
                                   "-M",
                                   "q35",
                                   "-accel",
                                   kvm ? "kvm" : "tcg,thread=multi",
                                   "-cpu",
                                   cpu,
                                   "-m",
                                   fmt::format("{}", m_options.memory_mib),
                                   "-smp",
                                   fmt::format("{0},sockets={0},cores=1,threads=1", m_options.cpus),
                                   "-nodefaults",
                                   "-no-user-config",
                                   "-display",
                                   "none",
                                   "-no-reboot",
                                   "-chardev",
                                   "stdio,id=console,signal=off",
                                   "-serial",
                                   "chardev:console",
                                   "-kernel",
                                   kernel.string(),
                                   "-initrd",
                                   initrd.string(),
                                   "-append",
                                   fmt::format("console=ttyS0 panic=-1 reboot=t{} printk.devkmsg=on "
                                               "printk.time=1 kasan_multi_shot=1{} {} rdinit=/bin/sh "
                                               "-- /init.sh",
                                               m_options.oops_panics ? " oops=panic" : "",
                                               kvm ? "" : " no_timer_check=1", m_options.append)};
  argv.insert(argv.end(), m_options.qemu_args.begin(), m_options.qemu_args.end());
  return argv;
}

std::string QemuRunner::initramfs(const std::string& token) const {
  const GuestPlan plan{.token = token,
                       .sysctls = m_options.sysctls,
                       .argv = m_repro_argv,
                       .timeout_s = m_options.timeout_s,
                       .settle_s = m_options.settle_s,
                       .required_cpus = m_options.require_cpus ? m_options.cpus : 0};
  CpioWriter cpio;
  cpio.add_file("init.sh", init_script(plan), 0644);
  return m_base + m_repro + std::move(cpio).finish();
}

base::Result<RawRun> QemuRunner::run_once(const std::filesystem::path& artifact, bool kvm,
                                          double boot_timeout_s, const base::CancelToken& cancel) const {
  auto folder = base::TempDir::create("culprit-guest-");
  if (!folder) return std::unexpected(std::move(folder.error()));
  const auto initrd = folder->path() / "initrd";
  const std::string token = random_token();
  if (auto written = base::write_file_atomically(initrd, initramfs(token)); !written)
    return std::unexpected(std::move(written.error()));

  Watch watch(token);
  base::Command command{.argv = command_line(artifact, initrd, kvm),
                        .output_limit = m_options.console_limit,
                        .merge_stderr = false,
                        .on_output = [&watch](std::string_view chunk) {
                          const std::lock_guard lock(watch.mutex);
                          watch.marks.see(chunk);
                          return true;
                        }};
  base::Result<base::ProcessEnd> end = [&] {
    std::jthread watcher(
        [&](std::stop_token done) { keep_time(watch, m_options, boot_timeout_s, cancel, done); });
    return base::run_process(command, watch.stop);
  }();
  if (!end) return std::unexpected(std::move(end.error()));
  if (cancel.cancelled() || (!watch.stop.cancelled() && base::came_of_interruption(*end, cancel)))
    return fail(ErrorKind::interrupted, "interrupted while a guest ran");
  // QEMU takes SIGTERM for an order to power off, and exits with 0.
  if (end->how == base::ProcessEnd::How::exited && end->errors.contains("terminating on signal"))
    return fail(ErrorKind::interrupted, "a guest was ended from outside");
  if (end->how == base::ProcessEnd::How::exited && end->exit_code != 0 && end->output.empty())
    return fail(ErrorKind::infra,
                fmt::format("QEMU cannot start: {}", base::trim(base::printable(end->errors))),
                "`culprit doctor` checks QEMU and KVM");

  RawRun run;
  run.console = std::move(end->output);
  run.truncated = end->truncated;
  run.seconds = end->seconds;
  judge(watch, m_options, *end, run);
  return run;
}

base::Result<RawRun> QemuRunner::run(const model::CommitId& /*commit*/, const std::filesystem::path& artifact,
                                     int /*number*/, int /*slot*/, const base::CancelToken& cancel) {
  bool kvm = false;
  bool trial = false;  // no guest has booted under KVM so far, and nobody insists on it
  {
    const std::lock_guard lock(m_mutex);
    kvm = m_accel.kvm;
    trial = kvm && !m_kvm_proven && m_options.accel == AccelChoice::automatic;
  }
  const double boot_timeout_s =
      trial ? std::min(m_options.boot_timeout_s, k_kvm_trial_s) : m_options.boot_timeout_s;
  auto run = run_once(artifact, kvm, boot_timeout_s, cancel);
  const bool interrupted = !run && run.error().kind == ErrorKind::interrupted;
  if (!trial || interrupted || cancel.cancelled()) return run;
  if (run && run->booted) {
    const std::lock_guard lock(m_mutex);
    m_kvm_proven = true;
    return run;
  }
  auto again = run_once(artifact, false, m_options.boot_timeout_s, cancel);
  if (again && again->booted) {
    const std::lock_guard lock(m_mutex);
    m_accel = {.kvm = false, .why = "a kernel that boots under TCG did not boot under KVM"};
    if (!m_options.cache_dir.empty()) distrust_kvm(m_options.cache_dir / "accel.json", m_accel.why);
  }
  return again;
}

}  // namespace culprit::run
