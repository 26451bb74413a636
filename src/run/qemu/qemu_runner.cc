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
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <system_error>
#include <thread>

#include <fmt/format.h>

#include "base/files.h"
#include "base/process/subprocess.h"
#include "base/strings.h"
#include "base/unique_fd.h"
#include "run/qemu/guest_console.h"
#include "run/qemu/initramfs.h"

namespace culprit::run {
namespace {

using base::ErrorKind;
using base::fail;
using model::RawRun;

constexpr double k_grace_s = 3;   // after a panic or the exit mark
constexpr int k_start_tries = 4;  // of a QEMU that ends before its guest has said anything
// A small kernel with the initramfs boots in 48 MB, hangs in 32 and ends without a word in 24.
constexpr int k_least_memory_mib = 48;
constexpr int k_usual_memory_mib = 128;  // a distribution's kernel says nothing at all in 64 MB
constexpr auto k_too_little_memory = std::to_array<std::string_view>(
    {"System is deadlocked on memory", "Out of memory and no killable processes",
     "Initramfs unpacking failed", "initramfs image too large", "initrd extends beyond end of memory",
     "cannot allocate memory for"});
// For the first boot under KVM, which takes a second or two where it works.
constexpr double k_kvm_trial_s = 20;
constexpr auto k_watch_step = std::chrono::milliseconds(50);
constexpr std::size_t k_pipe_size = std::size_t{64} << 10;
// Of QEMU's own output: whether there was any is all that is asked, the console is put together elsewhere.
constexpr std::size_t k_line_of_output = 4096;

std::string random_token() {
  std::uint64_t bits = 0;
  if (::getrandom(&bits, sizeof bits, 0) != sizeof bits)
    bits = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  return fmt::format("{:016x}", bits);
}

// What the console's reader and the watcher share.
struct Watch {
  Watch(const std::string& token, std::size_t limit)
      : marks(token), console(limit, "culprit:" + token + ":output") {}

  std::mutex mutex;
  Marks marks;
  GuestConsole console;
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

// Why the kernel did not get to its first process, where the machine that it was given is the reason.
std::string why_no_boot(const Watch& watch, const QemuOptions& options, std::string_view console) {
  const bool said_so = std::ranges::any_of(k_too_little_memory,
                                           [&](std::string_view words) { return console.contains(words); });
  const bool too_few = said_so || options.memory_mib < k_least_memory_mib;
  std::string why;
  if (watch.boot_expired)
    why = fmt::format("boot_timeout of {} is over", base::format_duration(options.boot_timeout_s));
  if (too_few || (console.empty() && options.memory_mib < k_usual_memory_mib))
    why += fmt::format("{}{} MB {} too few to boot", why.empty() ? "" : "; ", options.memory_mib,
                       too_few ? "are" : "may be");
  return why;
}

// A pipe with a name, open for reading; it has a writer all the time, so that it never ends.
base::Result<base::UniqueFd> open_pipe(const std::filesystem::path& path) {
  if (::mkfifo(path.c_str(), 0600) != 0)
    return std::unexpected(base::file_error("make the pipe", path, errno));
  base::UniqueFd fd(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return std::unexpected(base::file_error("open", path, errno));
  return fd;
}

// Takes what the reproducer prints, until all of it is there when `done`.
void listen(Watch& watch, int fd, std::stop_token done) {
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

// A file's name within a list of QEMU's.
std::string with_commas_doubled(const std::string& path) {
  std::string out;
  for (const char c : path) out.append(c == ',' ? 2 : 1, c);
  return out;
}

// How the run ended, from what was seen of it. `end` is QEMU's.
void judge(const Watch& watch, const QemuOptions& options, const base::ProcessEnd& end, RawRun& run) {
  const Marks& marks = watch.marks;
  run.booted = marks.ready();
  run.test_started = marks.started();
  run.test_start = marks.test_start(run.console, run.truncated);
  run.reason = marks.ready() ? marks.failed_check() : why_no_boot(watch, options, run.console);
  if (marks.exit_code()) {
    const int code = *marks.exit_code();
    if (marks.out_of_time()) {
      run.end = options.endless ? RawRun::End::exited : RawRun::End::timed_out;
      run.exit_code = options.endless ? 0 : -1;
      run.signal = options.endless ? 0 : SIGKILL;
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
                                                  const std::filesystem::path& initrd,
                                                  const std::filesystem::path& port, bool kvm) const {
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
                                   "-chardev",
                                   "file,id=reproducer,path=" + with_commas_doubled(port.string()),
                                   "-serial",
                                   "chardev:reproducer",
                                   "-kernel",
                                   kernel.string(),
                                   "-initrd",
                                   initrd.string(),
                                   "-append",
                                   fmt::format("console=ttyS0 panic=-1 reboot=t{} printk.devkmsg=on "
                                               "console_msg_format=syslog "
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
  const auto folder = CULPRIT_TRY(base::TempDir::create("culprit-guest-"));
  const auto port = folder.path() / "output";  // of the reproducer
  const base::UniqueFd reader = CULPRIT_TRY(open_pipe(port));
  const auto initrd = folder.path() / "initrd";
  const std::string token = random_token();
  if (auto written = base::write_file_atomically(initrd, initramfs(token)); !written)
    return std::unexpected(std::move(written.error()));

  Watch watch(token, m_options.console_limit);
  base::Command command{.argv = command_line(artifact, initrd, port, kvm),
                        .output_limit = k_line_of_output,
                        .merge_stderr = false,
                        .on_output = [&watch](std::string_view chunk) {
                          const std::lock_guard lock(watch.mutex);
                          watch.marks.see(chunk);
                          watch.console.kernel_says(chunk);
                          return true;
                        }};
  base::Result<base::ProcessEnd> end = [&] {
    std::jthread listener([&](std::stop_token done) { listen(watch, reader.get(), done); });
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
  const bool is_killed = end->how == base::ProcessEnd::How::signaled;
  if (end->output.empty() &&
      (is_killed || (end->how == base::ProcessEnd::How::exited && end->exit_code != 0)))
    return fail(ErrorKind::infra,
                is_killed ? fmt::format("QEMU died of signal {} before its guest said anything", end->signal)
                          : fmt::format("QEMU cannot start: {}", base::trim(base::printable(end->errors))),
                "`culprit doctor` checks QEMU and KVM");

  RawRun run;
  watch.console.finish();
  run.console = watch.console.text();
  run.truncated = watch.console.truncated();
  run.seconds = end->seconds;
  judge(watch, m_options, *end, run);
  return run;
}

// A QEMU that does not start may find memory, a port or a process the next time.
base::Result<RawRun> QemuRunner::run_surely(const std::filesystem::path& artifact, bool kvm,
                                            double boot_timeout_s, const base::CancelToken& cancel) const {
  std::chrono::duration<double> pause(m_options.start_pause_s);
  for (int tries = 1;; ++tries) {
    auto run = run_once(artifact, kvm, boot_timeout_s, cancel);
    if (run || run.error().kind != ErrorKind::infra || cancel.cancelled()) return run;
    if (tries == k_start_tries)
      return std::unexpected(std::move(run.error()).in(fmt::format("tried {} times", tries)));
    const auto until = std::chrono::steady_clock::now() + pause;
    while (std::chrono::steady_clock::now() < until && !cancel.cancelled())
      std::this_thread::sleep_for(k_watch_step);
    pause *= 2;
  }
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
  auto run = run_surely(artifact, kvm, boot_timeout_s, cancel);
  const bool interrupted = !run && run.error().kind == ErrorKind::interrupted;
  if (!trial || interrupted || cancel.cancelled()) return run;
  if (run && run->booted) {
    const std::lock_guard lock(m_mutex);
    m_kvm_proven = true;
    return run;
  }
  auto again = run_surely(artifact, false, m_options.boot_timeout_s, cancel);
  if (again && again->booted) {
    const std::lock_guard lock(m_mutex);
    m_accel = {.kvm = false, .why = "a kernel that boots under TCG did not boot under KVM"};
    if (!m_options.cache_dir.empty()) distrust_kvm(m_options.cache_dir / "accel.json", m_accel.why);
  }
  return again;
}

}  // namespace culprit::run
