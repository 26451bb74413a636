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

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <system_error>
#include <thread>

#include <fmt/format.h>

#include "base/archive/cpio.h"
#include "base/files.h"
#include "base/process/subprocess.h"
#include "base/strings.h"
#include "base/unique_fd.h"
#include "run/guest/elf.h"
#include "run/qemu/ending.h"
#include "run/qemu/guest_console.h"
#include "run/qemu/guest_setup.h"
#include "run/snapshot/qmp.h"
#include "run/snapshot/reseed.h"

namespace culprit::run {
namespace {

using base::ErrorKind;
using base::fail;
using model::RawRun;

constexpr double k_grace_s = 3;   // after a panic or the exit mark
constexpr int k_start_tries = 4;  // of a QEMU that ends before its guest has said anything
// For the first boot under KVM, which takes a second or two where it works.
constexpr double k_kvm_trial_s = 20;
// A distribution's kernel and what it allocates while booting.
constexpr int k_kernel_mib = 96;
constexpr auto k_watch_step = std::chrono::milliseconds(50);
// A guest that waits for its go costs a run's time.
constexpr auto k_conduct_step = std::chrono::milliseconds(5);
constexpr double k_say_again_s = 0.5;
// From QEMU's start to the start of the reproducer: some tenths of a second where all is well.
constexpr double k_restore_s = 30;
constexpr std::size_t k_longest_temp = 50;  // of 107 that a socket's path may have
constexpr std::size_t k_pipe_size = std::size_t{64} << 10;
// Of QEMU's own output: whether there was any is all that is asked, the console is put together elsewhere.
constexpr std::size_t k_line_of_output = 4096;

// In a run's folder.
constexpr const char* k_port = "output";
constexpr const char* k_socket = "qmp";
constexpr const char* k_cannot_hold =
    "guests cannot be saved: the kernel drives one serial port only, or its random generator cannot be given "
    "a new "
    "key (before 4.17)";

// What the console's reader and the watcher share.
struct Watch {
  Watch(const std::string& run_token, std::size_t limit)
      : token(run_token), marks(run_token), console(limit, "culprit:" + run_token + ":output") {}

  // The next bytes of the kernel's port.
  void kernel_says(std::string_view bytes) {
    const std::lock_guard lock(mutex);
    if (keeps_boot) boot += bytes;
    marks.see(bytes);
    console.kernel_says(bytes);
  }

  bool is_held() {
    const std::lock_guard lock(mutex);
    return marks.held();
  }

  const std::string token;
  std::mutex mutex;  // guards what follows
  Marks marks;
  GuestConsole console;
  std::string boot;  // what the kernel has printed, while a snapshot of it is wanted
  bool keeps_boot = false;
  bool boot_expired = false;
  bool test_expired = false;
  std::chrono::steady_clock::time_point closing{};  // since when the guest has said its last
  base::CancelToken stop;
};

double seconds_since(std::chrono::steady_clock::time_point then) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - then).count();
}

// Ends the guest at its deadlines, and when `outer` is cancelled. Returns when `done`. A guest that was restored has booted
// before, and what it has `boot_timeout_s` for is to start the reproducer.
void keep_time(Watch& watch, const QemuOptions& options, double boot_timeout_s, bool is_restored,
               const base::CancelToken& outer, const std::stop_token& done) {
  using Steady = std::chrono::steady_clock;
  const Steady::time_point started = Steady::now();
  Steady::time_point booted{};
  while (!done.stop_requested()) {
    std::this_thread::sleep_for(k_watch_step);
    const std::lock_guard lock(watch.mutex);
    const bool is_up = is_restored ? watch.marks.started() : watch.marks.ready();
    if (is_up && booted == Steady::time_point{}) booted = Steady::now();
    const bool shut_down = options.sought == Sought::shutdown && watch.marks.shut_down();
    if ((watch.marks.ended() || watch.marks.panicked() || shut_down) && watch.closing == Steady::time_point{})
      watch.closing = Steady::now();
    watch.boot_expired = booted == Steady::time_point{} && seconds_since(started) > boot_timeout_s;
    watch.test_expired = booted != Steady::time_point{} && watch.closing == Steady::time_point{} &&
                         seconds_since(booted) > options.timeout_s + options.settle_s + options.margin_s;
    const bool overstayed = watch.closing != Steady::time_point{} && seconds_since(watch.closing) > k_grace_s;
    if (outer.cancelled() || watch.boot_expired || watch.test_expired || overstayed) {
      watch.stop.cancel();
      return;
    }
  }
}

// A pipe with a name, open for both; it has a writer all the time, so that it never ends.
base::Result<base::UniqueFd> open_pipe(const std::filesystem::path& path) {
  if (::mkfifo(path.c_str(), 0600) != 0)
    return std::unexpected(base::file_error("make the pipe", path, errno));
  base::UniqueFd fd(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return std::unexpected(base::file_error("open", path, errno));
  return fd;
}

// Takes what the reproducer prints, until all of it is there when `done`.
void listen(Watch& watch, int fd, const std::stop_token& done) {
  std::vector<char> buffer(k_pipe_size);
  for (;;) {
    const bool last = done.stop_requested();
    pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
    ::poll(&wait, 1, last ? 0 : static_cast<int>(k_watch_step.count()));
    const ssize_t size = ::read(fd, buffer.data(), buffer.size());
    if (size > 0) {
      const std::lock_guard lock(watch.mutex);
      watch.console.reproducer_says({buffer.data(), static_cast<std::size_t>(size)});
    } else if (last) {
      return;
    }
  }
}

// The host's part where a guest waits for its go: has it saved, or waits until it is restored. Returns when the reproducer
// has started, or when `done`. An error is for Snapshots; the guest goes on.
base::Result<void> conduct(Watch& watch, const Turn& turn, const std::filesystem::path& socket, int input,
                           const std::stop_token& done) {
  const auto sees = [&watch](bool (Marks::*mark)() const) {
    const std::lock_guard lock(watch.mutex);
    return (watch.marks.*mark)();
  };
  const auto is_over = [&] { return done.stop_requested() || sees(&Marks::started); };
  while (!sees(&Marks::held)) {
    if (is_over()) return {};
    std::this_thread::sleep_for(k_conduct_step);
  }
  base::Result<void> result;
  if (turn.saved || turn.restored) {
    auto qmp = Qmp::connect(socket, is_over);
    if (!qmp)
      result = std::unexpected(std::move(qmp.error()));
    else
      result = turn.saved ? qmp->save(turn.saved->state()) : qmp->wait_until_running();
  }
  {
    const std::lock_guard lock(watch.mutex);
    watch.keeps_boot = false;
    if (turn.saved) turn.saved->console = std::exchange(watch.boot, {});
  }
  for (auto said = std::chrono::steady_clock::time_point{}; !is_over();) {
    if (seconds_since(said) > k_say_again_s) {
      const std::string line = go_line(watch.token, !turn.restored);
      (void)!::write(input, line.data(), line.size());  // one that is not taken is said again
      said = std::chrono::steady_clock::now();
    }
    std::this_thread::sleep_for(k_conduct_step);
  }
  return result;
}

// A file's name within a list of QEMU's.
std::string with_commas_doubled(const std::string& path) {
  std::string out;
  for (const char c : path) out.append(c == ',' ? 2 : 1, c);
  return out;
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
base::Result<std::string> read_busybox(const QemuOptions& options, const Machine& machine) {
  const std::string hint =
      is_native(machine) ? std::string("the guest needs a static busybox: apt-get install busybox-static")
                         : fmt::format(
                               "`busybox` in [vm] names one for {0}: apt-get download busybox-static:{0} "
                               "(dpkg --add-architecture {0} first), dpkg-deb -x it into a folder",
                               machine.arch);
  auto path = options.busybox.empty() ? find_in_path("busybox")
                                      : base::Result<std::filesystem::path>(options.busybox);
  if (!path) return fail(ErrorKind::infra, path.error().what, hint);
  auto contents = base::read_file(*path);
  if (!contents) return contents;
  if (contents->find("/ld-linux") != std::string::npos || contents->find("/ld-musl") != std::string::npos)
    return fail(ErrorKind::infra, fmt::format("{} is not linked statically", path->string()), hint);
  if (const auto arch = architecture_of(*path); arch && !runs_on(*arch, std::string(machine.arch)))
    return fail(
        ErrorKind::infra,
        fmt::format("{} is a program for {}, and the guest is {}", path->string(), *arch, machine.arch),
        hint);
  return contents;
}

// An initramfs is in memory twice while it is unpacked.
base::Result<void> check_memory(const GuestRoot& root, const QemuOptions& options) {
  if (root.kind != RootKind::initramfs) return {};
  const auto mib = static_cast<int>(root.bytes >> 20);
  const int least = 2 * mib + k_kernel_mib;
  if (options.memory_mib >= least) return {};
  return fail(
      ErrorKind::usage,
      fmt::format("the root is too large for the guest's memory: {} MiB of files in {} MiB", mib,
                  options.memory_mib),
      fmt::format(R"(as initramfs it needs `memory = "{}M"` in [vm]; root_as = "squashfs" needs less)",
                  least));
}

base::Result<Accel> choose_accel(const QemuOptions& options, const Machine& machine,
                                 const base::CancelToken& cancel) {
  if (!is_native(machine))
    return Accel{.kvm = false,
                 .why = fmt::format("guests are {}, which this machine is not: TCG", machine.arch)};
  if (options.accel == AccelChoice::kvm) return Accel{.kvm = true, .why = "asked for"};
  if (options.accel == AccelChoice::tcg) return Accel{.kvm = false, .why = "asked for"};
  return probe_accel(
      options.qemu, options.cache_dir.empty() ? options.cache_dir : options.cache_dir / "accel.json", cancel);
}

// Tells where snapshots that were asked for cannot be.
void settle_snapshots(QemuOptions& options, const Machine& machine) {
  if (!options.note) options.note = [](const std::string&) {};
  if (!options.outcome_of)
    options.outcome_of = [](const RawRun& run) {
      return fmt::format("{} {} {}", static_cast<int>(run.end), run.exit_code, run.signal);
    };
  if (!options.snapshots || options.sought != Sought::reproducer) return;
  std::error_code none;
  std::string why;
  if (!machine.has_second_port)
    why = fmt::format("guests for {} have one serial port", machine.arch);
  else if (reseed_program().empty())
    why = "this culprit was built for another machine";
  else if (std::filesystem::temp_directory_path(none).string().size() > k_longest_temp)
    why = "the path of the temporary folder is too long for a socket";
  if (why.empty()) return;
  options.snapshots = false;
  options.note("every guest is booted, none restored from a snapshot: " + why);
}

// A QEMU that does not start.
base::Error cannot_start(const base::ProcessEnd& end) {
  base::Error error{
      .kind = ErrorKind::infra, .what = {}, .context = {}, .hint = "`culprit doctor` checks QEMU and KVM"};
  error.what = end.how == base::ProcessEnd::How::signaled
                   ? fmt::format("QEMU died of signal {} before its guest said anything", end.signal)
                   : fmt::format("QEMU cannot start: {}", base::trim(base::printable(end.errors)));
  if (end.errors.contains("Is another process using the image"))
    error.hint = "the root's image is in use: end what has it open, or give the guest a copy";
  return error;
}

}  // namespace

QemuRunner::QemuRunner(QemuOptions options, const Machine& machine, Reproducer reproducer, GuestRoot root,
                       std::string base, Accel accel)
    : m_options(std::move(options)),
      m_machine(machine),
      m_root(std::move(root)),
      m_base(std::move(base)),
      m_repro_argv(std::move(reproducer.argv)),
      m_snapshots(m_options.outcome_of, m_options.note),
      m_accel(std::move(accel)) {
  base::CpioWriter cpio;
  // What is injected is put in its place once the guest has mounted what may lie over it.
  const bool in_root = m_root.kind != RootKind::none;
  if (in_root) cpio.add_directory("inject");
  for (const GuestFile& file : reproducer.files) {
    const bool is_own = !in_root && file.path == k_repro_path;
    const std::string path = (is_own ? "" : "inject") + file.path;
    const std::string_view name = base::strip_prefix(path, "/").value_or(path);
    cpio.add_parents_of(name);
    cpio.add_file(name, file.contents, file.mode);
  }
  m_repro = std::move(cpio).finish();
}

base::Result<std::unique_ptr<QemuRunner>> QemuRunner::create(QemuOptions options,
                                                             const base::CancelToken& cancel) {
  const Machine& machine = *CULPRIT_TRY(find_machine(options.arch));
  if (options.qemu.empty()) options.qemu = machine.qemu;
  auto version = base::run_tool({.argv = {options.qemu, "--version"}, .timeout_s = 30}, cancel);
  if (!version) {
    if (version.error().what.starts_with("cannot start '"))
      version.error().hint = fmt::format("guests run in QEMU: apt-get install {}", machine.package);
    return std::unexpected(std::move(version.error()));
  }
  auto busybox = read_busybox(options, machine);
  if (!busybox) return std::unexpected(std::move(busybox.error()));
  const RootOptions root_options{.root = options.root,
                                 .initramfs = options.root_initramfs,
                                 .arch = options.arch,
                                 .cache_dir = options.cache_dir};
  GuestRoot root = CULPRIT_TRY(prepare_root(root_options, cancel));
  CULPRIT_TRY(check_memory(root, options));
  base::Result<Reproducer> reproducer = Reproducer{};
  options.reproducer.in_root = root.kind != RootKind::none;
  options.reproducer.arch = options.arch;
  options.reproducer.harness.cache_dir = options.cache_dir;
  if (options.sought == Sought::reproducer) reproducer = prepare_reproducer(options.reproducer, cancel);
  if (!reproducer) return std::unexpected(std::move(reproducer.error()));
  settle_snapshots(options, machine);
  auto accel = choose_accel(options, machine, cancel);
  if (!accel) return std::unexpected(std::move(accel.error()));
  return std::unique_ptr<QemuRunner>(new QemuRunner(std::move(options), machine, std::move(*reproducer),
                                                    std::move(root), base_archive(*busybox),
                                                    std::move(*accel)));
}

Accel QemuRunner::accel() const {
  const std::lock_guard lock(m_mutex);
  return m_accel;
}

std::vector<std::string> QemuRunner::command_line(const std::filesystem::path& artifact,
                                                  const std::filesystem::path& initrd,
                                                  const std::filesystem::path& folder, bool kvm,
                                                  const Turn& turn) const {
  const std::string cpu = !m_options.cpu_model.empty() ? m_options.cpu_model
                          : kvm                        ? "host"
                                                       : std::string(m_machine.cpu);
  // A KASAN report must not silence the next one. Under TCG on a busy host the timer check of a boot fails by
  // chance (KVM guests skip it by themselves). Both words take no value: with one, a kernel that does not
  // know them puts them into init's environment instead of among its arguments.
  // The whole topology is spelled out where a kernel without ACPI finds its CPUs in the MP tables. The kernel's own
  // arguments must end before "--": what follows is init's.
  std::vector<std::string> argv = {m_options.qemu};
  argv.insert(argv.end(), m_machine.arguments.begin(), m_machine.arguments.end());
  const std::vector<std::string> common = {
      "-accel",
      kvm ? "kvm" : "tcg,thread=multi",
      "-cpu",
      cpu,
      "-m",
      fmt::format("{}", m_options.memory_mib),
      "-smp",
      fmt::format(fmt::runtime(m_machine.sockets ? "{0},sockets={0},cores=1,threads=1" : "{0}"),
                  m_options.cpus),
      "-nodefaults",
      "-no-user-config",
      "-display",
      "none",
      "-no-reboot",
      "-chardev",
      "stdio,id=console,signal=off",
      "-serial",
      "chardev:console",
      "-chardev",
      fmt::format("{},id=reproducer,path={}", may_snapshot() ? "pipe" : "file",
                  with_commas_doubled((folder / k_port).string())),
      "-serial",
      "chardev:reproducer",
      "-kernel",
      kernel_in(artifact).string(),
      "-initrd",
      initrd.string(),
      "-append",
      fmt::format("console={} panic=-1 {}{} printk.devkmsg=on "
                  "console_msg_format=syslog "
                  "printk.time=1 kasan_multi_shot=1{}{} {} rdinit=/bin/sh "
                  "-- /init.sh",
                  m_machine.console, m_machine.append, m_options.oops_panics ? " oops=panic" : "",
                  kvm ? "" : " no_timer_check=1",
                  m_options.sought == Sought::suspend ? " no_console_suspend=1" : "", m_options.append)};
  argv.insert(argv.end(), common.begin(), common.end());
  const auto ours = devices();
  argv.insert(argv.end(), ours.begin(), ours.end());
  argv.insert(argv.end(), m_options.qemu_args.begin(), m_options.qemu_args.end());
  if (turn.saved || turn.restored)
    argv.insert(argv.end(), {"-qmp", fmt::format("unix:{},server=on,wait=off",
                                                 with_commas_doubled((folder / k_socket).string()))});
  if (turn.restored)
    argv.insert(argv.end(),
                {"-incoming", "exec:exec cat " + base::shell_quote(turn.restored->state().string())});
  return argv;
}

// What the guest has besides its ports.
std::vector<std::string> QemuRunner::devices() const {
  std::vector<std::string> argv;
  const auto add = [&](std::string option, std::string value) {
    argv.push_back(std::move(option));
    argv.push_back(std::move(value));
  };
  if (m_root.kind == RootKind::squashfs || m_root.kind == RootKind::image) {
    // What a guest writes goes into a file of QEMU's own, which is gone with it.
    add("-drive", fmt::format("if=none,id=root,format={},file={},{}", m_root.format,
                              with_commas_doubled(m_root.file.string()),
                              m_root.kind == RootKind::image ? "snapshot=on" : "readonly=on"));
    add("-device", "virtio-blk-pci,drive=root");
  } else if (m_root.kind == RootKind::host) {
    add("-fsdev", "local,id=root,path=/,security_model=none,readonly=on,multidevs=remap");
    add("-device", "virtio-9p-pci,fsdev=root,mount_tag=root");
  }
  if (m_options.network) {
    add("-netdev", "user,id=net");
    add("-device", "virtio-net-pci,netdev=net,romfile=");
  }
  return argv;
}

std::string QemuRunner::init_archive(const std::string& token) const {
  const GuestPlan plan{.token = token,
                       .sysctls = m_options.sysctls,
                       .argv = m_repro_argv,
                       .timeout_s = m_options.timeout_s,
                       .settle_s = m_options.settle_s,
                       .required_cpus = m_options.require_cpus ? m_options.cpus : 0,
                       .sought = m_options.sought,
                       .modules = m_options.modules,
                       .root = m_root.kind,
                       .network = m_options.network,
                       .holds = may_snapshot()};
  base::CpioWriter cpio;
  if (plan.holds) cpio.add_file(std::string_view(k_reseed_path).substr(1), reseed_program(), 0755);
  cpio.add_file("init.sh", init_script(plan), 0644);
  return std::move(cpio).finish();
}

// The parts one behind the other; those that are files already are never in memory.
base::Result<void> QemuRunner::write_initrd(const std::filesystem::path& initrd,
                                            const std::filesystem::path& artifact,
                                            const std::string& token) const {
  std::ofstream out(initrd, std::ios::binary);
  out << m_base << m_repro << init_archive(token);
  std::vector<std::filesystem::path> files;
  if (m_root.kind == RootKind::initramfs) files.push_back(m_root.file);
  if (!m_options.modules.empty()) files.push_back(artifact / k_modules_archive);
  std::error_code none;
  for (const std::filesystem::path& file : files)
    if (std::filesystem::exists(file, none)) out << std::ifstream(file, std::ios::binary).rdbuf();
  out.close();
  if (out.fail()) return std::unexpected(base::file_error("write", initrd, errno));
  return {};
}

bool QemuRunner::may_snapshot() const {
  return m_options.snapshots && m_options.sought == Sought::reproducer;
}

base::Result<RawRun> QemuRunner::run_once(const std::filesystem::path& artifact, bool kvm,
                                          double boot_timeout_s, const Turn& turn,
                                          const base::CancelToken& cancel) {
  const auto folder = CULPRIT_TRY(base::TempDir::create("culprit-guest-"));
  const auto port = folder.path() / k_port;  // of the reproducer
  const bool holds = may_snapshot();  // then the port is two pipes, of which QEMU adds the ends of the names
  const base::UniqueFd reader = CULPRIT_TRY(open_pipe(port.string() + (holds ? ".out" : "")));
  base::UniqueFd input;
  if (holds) input = CULPRIT_TRY(open_pipe(port.string() + ".in"));
  const std::string token = turn.restored ? turn.restored->token : random_token();
  if (turn.saved) turn.saved->token = token;
  const auto initrd = turn.restored ? turn.restored->initrd()
                      : turn.saved  ? turn.saved->initrd()
                                    : folder.path() / "initrd";
  if (!turn.restored) CULPRIT_TRY(write_initrd(initrd, artifact, token));

  Watch watch(token, m_options.console_limit);
  watch.keeps_boot = turn.saved != nullptr;
  if (turn.restored) watch.kernel_says(turn.restored->console + std::string(k_restored_line));
  base::Command command{.argv = command_line(artifact, initrd, folder.path(), kvm, turn),
                        .output_limit = k_line_of_output,
                        .merge_stderr = false,
                        .on_output = [&watch](std::string_view chunk) {
                          watch.kernel_says(chunk);
                          return true;
                        }};
  base::Result<void> conducted;
  base::Result<base::ProcessEnd> end = [&] {
    std::jthread listener([&](const std::stop_token& done) { listen(watch, reader.get(), done); });
    std::jthread watcher([&](const std::stop_token& done) {
      keep_time(watch, m_options, boot_timeout_s, turn.restored != nullptr, cancel, done);
    });
    std::jthread conductor;
    if (holds)
      conductor = std::jthread([&](const std::stop_token& done) {
        conducted = conduct(watch, turn, folder.path() / k_socket, input.get(), done);
        if (turn.saved && watch.is_held() && conducted) m_snapshots.saved(artifact, turn);
      });
    return base::run_process(command, watch.stop);
  }();
  if (!end) return std::unexpected(std::move(end.error()));
  if (cancel.cancelled() || (!watch.stop.cancelled() && base::came_of_interruption(*end, cancel)))
    return fail(ErrorKind::interrupted, "interrupted while a guest ran");
  // QEMU takes SIGTERM for an order to power off, and exits with 0.
  if (end->how == base::ProcessEnd::How::exited && end->errors.contains("terminating on signal"))
    return fail(ErrorKind::interrupted, "a guest was ended from outside");
  const bool is_killed = end->how == base::ProcessEnd::How::signaled;
  if (end->output.empty() &&
      (is_killed || (end->how == base::ProcessEnd::How::exited && end->exit_code != 0)))
    return std::unexpected(cannot_start(*end));

  RawRun run;
  watch.console.finish();
  run.console = watch.console.text();
  run.truncated = watch.console.truncated();
  run.seconds = end->seconds;
  judge({.marks = watch.marks,
         .boot_expired = watch.boot_expired,
         .test_expired = watch.test_expired,
         .qemu = *end},
        m_options, run);
  if (turn.saved && run.test_started && (!conducted || !watch.marks.held()))
    m_snapshots.failed(artifact, turn, !conducted ? conducted.error().what : k_cannot_hold);
  return run;
}

// A QEMU that does not start may find memory, a port or a process the next time.
base::Result<RawRun> QemuRunner::run_surely(const std::filesystem::path& artifact, bool kvm,
                                            double boot_timeout_s, const Turn& turn,
                                            const base::CancelToken& cancel) {
  std::chrono::duration<double> pause(m_options.start_pause_s);
  for (int tries = 1;; ++tries) {
    auto run = run_once(artifact, kvm, boot_timeout_s, turn, cancel);
    if (run || run.error().kind != ErrorKind::infra || cancel.cancelled()) return run;
    if (tries == k_start_tries)
      return std::unexpected(std::move(run.error()).in(fmt::format("tried {} times", tries)));
    const auto until = std::chrono::steady_clock::now() + pause;
    while (std::chrono::steady_clock::now() < until && !cancel.cancelled())
      std::this_thread::sleep_for(k_watch_step);
    pause *= 2;
  }
}

// By a snapshot, where there is one that may be used. Whatever is wrong with that, the guest is booted instead.
base::Result<RawRun> QemuRunner::run_in_turn(const std::filesystem::path& artifact, bool kvm,
                                             const base::CancelToken& cancel) {
  if (!may_snapshot()) return run_surely(artifact, kvm, m_options.boot_timeout_s, {}, cancel);
  Turn turn = m_snapshots.next(artifact);
  if (turn.restored) {
    auto run = run_once(artifact, kvm, k_restore_s, turn, cancel);
    if ((run && run->test_started) || cancel.cancelled()) {
      if (run) m_snapshots.ended(artifact, turn, *run);
      return run;
    }
    if (!run && run.error().kind == ErrorKind::interrupted) return run;
    m_snapshots.failed(
        artifact, turn,
        !run ? run.error().what
        : run->reason.empty()
            ? fmt::format("a restored guest did not start the reproducer within {:g} s", k_restore_s)
            : run->reason);
    turn = {};
  }
  auto run = run_surely(artifact, kvm, m_options.boot_timeout_s, turn, cancel);
  if (run) m_snapshots.ended(artifact, turn, *run);
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
  if (!trial) return run_in_turn(artifact, kvm, cancel);
  auto run = run_surely(artifact, kvm, std::min(m_options.boot_timeout_s, k_kvm_trial_s), {}, cancel);
  const bool interrupted = !run && run.error().kind == ErrorKind::interrupted;
  if (interrupted || cancel.cancelled()) return run;
  if (run && run->booted) {
    const std::lock_guard lock(m_mutex);
    m_kvm_proven = true;
    return run;
  }
  auto again = run_surely(artifact, false, m_options.boot_timeout_s, {}, cancel);
  if (again && again->booted) {
    const std::lock_guard lock(m_mutex);
    m_accel = {.kvm = false, .why = "a kernel that boots under TCG did not boot under KVM"};
    if (!m_options.cache_dir.empty()) distrust_kvm(m_options.cache_dir / "accel.json", m_accel.why);
  }
  return again;
}

}  // namespace culprit::run
