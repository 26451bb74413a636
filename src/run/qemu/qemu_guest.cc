// The guest's side of a run, and how the host follows it.
//
// QEMU's exit code is 0 for a panic, an oops, a clean reboot and a silent death alike, so the console has to
// tell how far a run came: init prints a mark when it runs (the kernel booted), when it starts the
// reproducer, and when the reproducer has ended. A run without the last mark died. Marks are written to
// /dev/kmsg where there is one: a printk record is never torn by another, while what goes to /dev/console
// shares the line with the kernel's messages. The exit mark goes both ways, since without it a run counts as
// a death.
//
// What the reproducer prints must not be taken for the kernel's words, so that it has a serial port of its own,
// which stands in the place of the console too for whoever opens that in the guest. What it writes to /dev/kmsg
// is told by its facility, which the kernel prints when it is told to (since 4.16). Out of reach stays what a
// reproducer writes to the first port through a device node that it makes itself.
//
// The rejected way is an exit device (isa-debug-exit): it needs I/O port access from user space, which many
// configurations lack, and says nothing of how far the boot came.

#include "run/qemu/qemu_guest.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

#include "base/archive/cpio.h"
#include "base/strings.h"
#include "run/qemu/guest_setup.h"
#include "run/snapshot/reseed.h"

namespace culprit::run {
namespace {

constexpr std::array k_applets = {
    "cat",      "chmod",  "cp",       "date",   "dd",     "dmesg", "echo",  "env",    "false",
    "grep",     "head",   "kill",     "ln",     "ls",     "mkdir", "mknod", "mount",  "mv",
    "ps",       "rm",     "sed",      "seq",    "setsid", "sh",    "sleep", "sync",   "tail",
    "test",     "touch",  "stty",     "true",   "umount", "uname", "wc",    "reboot", "nproc",
    "poweroff", "chroot", "modprobe", "insmod", "lsmod",  "ip",    "find",  "sort"};

// The longest unfinished line that is kept: a mark is far shorter, and a flood may have no newline.
constexpr std::size_t k_tail_limit = 8192;

// "<12>[    1.0] ...": a record of the facility of user space.
bool is_of_kmsg(std::string_view line) {
  const std::size_t close = line.find(">[");
  const auto priority = close == std::string_view::npos || line[0] != '<'
                            ? std::nullopt
                            : base::parse_number<int>(line.substr(1, close - 1));
  return priority && *priority >= 8;
}

// kernel/reboot.c, since 3.12; the mark of a halt where the machine cannot be switched off is the last one.
constexpr auto k_last_words = std::to_array<std::string_view>(
    {"reboot: Restarting system", "reboot: machine restart", "reboot: Power down", "reboot: System halted",
     "reboot: Power off not available"});

bool is_last_word(std::string_view line) {
  return !is_of_kmsg(line) &&
         std::ranges::any_of(k_last_words, [&](std::string_view words) { return line.contains(words); });
}

std::string sysctl_line(const std::string& key, const std::string& value) {
  std::string path = "/proc/sys/" + key;
  for (char& c : path)
    if (c == '.') c = '/';
  return fmt::format("[ -e {1} ] || finish check-failed {2}\necho {0} > {1} || finish check-failed {3}\n",
                     base::shell_quote(value), base::shell_quote(path),
                     base::shell_quote(fmt::format("no such sysctl: {}", key)),
                     base::shell_quote(fmt::format("the sysctl {} cannot be set to {}", key, value)));
}

std::string settle_line(const GuestPlan& plan) {
  return plan.settle_s > 0 ? fmt::format("sleep {}\n", plan.settle_s) : "";
}

constexpr const char* k_bind_in_root =
    "  mount -o bind /dev/ttyS1 /sysroot/dev/console\n  mount -o bind /dev/ttyS1 /sysroot/dev/ttyS0\n";

// Through the firmware (S3): QEMU's clock does not wake a guest from a lighter sleep. What a kernel answers
// that cannot sleep at all is none of the bug; one that tries and fails says so by its exit code.
constexpr const char* k_suspend = R"(clock=/sys/class/rtc/rtc0/wakealarm
grep -q mem /sys/power/state 2> /dev/null ||
  finish check-failed "the guest cannot suspend: SUSPEND and ACPI are missing"
[ -w $clock ] || finish check-failed "nothing would wake the guest: RTC_CLASS and RTC_DRV_CMOS are missing"
{ grep -q deep /sys/power/mem_sleep && echo deep > /sys/power/mem_sleep; } 2> /dev/null ||
  finish check-failed "the guest has no suspend to RAM (S3), only lighter sleep, from which nothing wakes it"
say start
echo +3 > $clock
echo mem > /sys/power/state || finish exit 1
)";

// The reproducer on a port of its own, ended at its time limit.
std::string reproducer_part(const GuestPlan& plan) {
  return fmt::format(R"(out=/dev/console
if {{ echo culprit:{0}:output > /dev/ttyS1; }} 2> /dev/null; then
  out=/dev/ttyS1
  exec 9> /dev/ttyS1
  stty -F /dev/ttyS1 raw -echo
  mount -o bind /dev/ttyS1 /dev/console
  mount -o bind /dev/ttyS1 /dev/ttyS0
{3}fi 2> /dev/null
say start
setsid {4}{1} < /dev/null > $out 2>&1 9>&- &
pid=$!
(
  sleep {2}
  say timeout
  kill -KILL -- -$pid
  sleep 2
  finish stuck
) &
timer=$!
wait $pid
code=$?
kill $timer
)",
                     plan.token, base::shell_quote(plan.argv), static_cast<int>(std::ceil(plan.timeout_s)),
                     plan.root == RootKind::none ? "" : k_bind_in_root, enter_root(plan)) +
         settle_line(plan) + "finish exit $code\n";
}

}  // namespace

std::string init_script(const GuestPlan& plan) {
  // A driver's start is a part of the boot where that is sought.
  const std::string modules = modules_script(plan);
  std::string script = fmt::format(R"(export PATH=/bin HOME=/ TERM=dumb
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
say() {{
  {{ [ -c /dev/kmsg ] && echo "<1>culprit:{0}:$*" > /dev/kmsg; }} || echo "culprit:{0}:$*"
}}
finish() {{
  say "$@"
  echo "culprit:{0}:$*"
  sync
  reboot -f
}}
{1}cpus=$(nproc)
say ready "$cpus" CPUs
{2}[ -r /proc/self/stat ] || finish check-failed /proc cannot be mounted
)",
                                   plan.token, plan.sought == Sought::boot ? modules : "",
                                   plan.sought == Sought::boot ? "" : modules);
  if (plan.required_cpus > 0)
    script += fmt::format("[ \"$cpus\" -ge {0} ] || finish check-failed the guest has $cpus of {0} CPUs\n",
                          plan.required_cpus);
  for (const auto& [key, value] : plan.sysctls) script += sysctl_line(key, value);
  switch (plan.sought) {
    case Sought::boot:
      return script + settle_line(plan) + "finish exit 0\n";
    case Sought::shutdown:
      return script + root_script(plan) + network_script(plan) + "say start\nsync\npoweroff -f\n";
    case Sought::suspend:
      return script + root_script(plan) + network_script(plan) + k_suspend + settle_line(plan) +
             "finish exit 0\n";
    case Sought::reproducer:
      break;
  }
  const bool early = holds_before_root(plan.root);
  return script + (early ? hold_script(plan) : "") + root_script(plan) + network_script(plan) +
         (early ? "" : hold_script(plan)) + reproducer_part(plan);
}

std::string go_line(const std::string& token, bool is_fresh) {
  // The first byte after a restore is lost, and of a line that was begun nothing is known.
  std::string seed;
  while (seed.size() < k_seed_digits) seed += random_token();
  return fmt::format("\n\n{}go {} {} {}\n", token, seed,
                     std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()),
                     is_fresh ? "fresh" : "restored");
}

std::string random_token() {
  std::uint64_t bits = 0;
  if (::getrandom(&bits, sizeof bits, 0) != sizeof bits)
    bits = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  return fmt::format("{:016x}", bits);
}

std::string base_archive(std::string_view busybox) {
  base::CpioWriter cpio;
  for (const char* folder : {"bin", "sbin", "dev", "proc", "sys", "tmp", "run", "etc", "root", "lib"})
    cpio.add_directory(folder);
  cpio.add_character_device("dev/console", 5, 1);
  cpio.add_character_device("dev/kmsg", 1, 11);
  cpio.add_character_device("dev/null", 1, 3, 0666);
  cpio.add_file("bin/busybox", busybox, 0755);
  // Where the kernel itself looks for it.
  cpio.add_symlink("sbin/modprobe", "/bin/busybox");
  for (const char* applet : k_applets) cpio.add_symlink(fmt::format("bin/{}", applet), "busybox");
  return std::move(cpio).finish();
}

void Marks::see(std::string_view chunk) {
  while (!chunk.empty()) {
    const std::size_t newline = chunk.find('\n');
    m_line += chunk.substr(0, newline);
    if (newline == std::string_view::npos) {
      if (m_line.size() > k_tail_limit) m_line.erase(0, m_line.size() - k_tail_limit / 2);
      return;
    }
    see_line(m_line);
    m_line.clear();
    chunk.remove_prefix(newline + 1);
  }
}

void Marks::see_line(std::string_view line) {
  if (is_last_word(line)) m_shut_down = true;
  if (line.find("---[ end Kernel panic") != std::string_view::npos && !is_of_kmsg(line)) m_panicked = true;
  const std::size_t at = line.find(m_prefix);
  if (at == std::string_view::npos) return;
  const std::string_view mark = base::trim(line.substr(at + m_prefix.size()));
  if (mark.starts_with("ready")) m_ready = true;
  if (mark == "start") m_started = true;
  if (mark == "hold") m_held = true;
  if (mark == "timeout") m_out_of_time = true;
  if (mark == "stuck") m_ended = m_stuck = true;
  if (const auto check = base::strip_prefix(mark, "check-failed ")) {
    m_failed_check = std::string(*check);
    m_ended = true;
  }
  if (const auto code = base::strip_prefix(mark, "exit ")) {
    m_exit_code = base::parse_number<int>(*code);
    m_ended = m_exit_code.has_value();
  }
}

std::size_t Marks::test_start(std::string_view console, bool truncated) const {
  const std::string mark = m_prefix + "start";
  if (const std::size_t at = console.find(mark); at != std::string_view::npos)
    return std::min(console.find('\n', at), console.size() - 1) + 1;
  if (!m_started || !truncated) return console.size();
  const std::size_t gap = console.find("[culprit: ");
  return gap == std::string_view::npos ? console.size()
                                       : std::min(console.find('\n', gap), console.size() - 1) + 1;
}

std::size_t Marks::test_end(std::string_view console) const {
  const std::size_t at = console.find(m_prefix + "exit ");
  return at == std::string_view::npos ? console.size()
                                      : std::min(console.find('\n', at), console.size() - 1) + 1;
}

}  // namespace culprit::run
