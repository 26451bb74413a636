// The blamed function is often a layer that only passes on what a driver or file system handed it, so its
// file is not yet the answer: the walk goes outward from it past files that are known to be such layers.
// Where every file is one, the first is as good as any.
#include "console/blame/guilty.h"

#include <algorithm>
#include <span>

#include "console/blame/source_path.h"
#include "console/stack/frame.h"
#include "console/stack/generic.h"
#include "console/stack/program_stack.h"

namespace culprit::console {
namespace {

using model::CrashReport;
using model::Frame;
using model::Stack;

// Prefixes of generic files. A prefix that ends in "/" is a directory.
constexpr std::string_view k_generic_files[] = {"mm/",
                                                "lib/",
                                                "arch/",
                                                "include/",
                                                "rust/",
                                                "virt/lib/",
                                                "trusty/",  // another system beside the kernel
                                                "kernel/locking/",
                                                "kernel/sched/",
                                                "kernel/printk/",
                                                "kernel/rcu/",
                                                "kernel/time/",
                                                "kernel/irq/",
                                                "kernel/entry/",
                                                "kernel/kcsan/",
                                                "kernel/debug/",
                                                "kernel/trace/trace_",
                                                "kernel/panic.c",
                                                "kernel/softirq.c",
                                                "kernel/workqueue.c",
                                                "kernel/kthread.c",
                                                "kernel/fork.c",
                                                "kernel/exit.c",
                                                "kernel/signal.c",
                                                "kernel/task_work.c",
                                                "kernel/notifier.c",
                                                "kernel/kcov.c",
                                                "kernel/stacktrace.c",
                                                "kernel/smp.c",
                                                "kernel/cpu.c",
                                                "kernel/stop_machine.c",
                                                "kernel/smpboot.c",
                                                "kernel/params.c",
                                                "kernel/resource.c",
                                                "kernel/hung_task.c",
                                                "kernel/watchdog",
                                                "kernel/async.c",
                                                "kernel/module",
                                                "net/socket.c",
                                                "net/core/dev.c",
                                                "net/core/sock.c",
                                                "net/core/skbuff.c",
                                                "net/core/datagram.c",
                                                "net/core/stream.c",
                                                "net/core/rtnetlink.c",
                                                "net/netlink/",
                                                "net/compat.c",
                                                "fs/read_write.c",
                                                "fs/namei.c",
                                                "fs/open.c",
                                                "fs/file_table.c",
                                                "fs/file.c",
                                                "fs/ioctl.c",
                                                "fs/inode.c",
                                                "fs/super.c",
                                                "fs/namespace.c",
                                                "fs/dcache.c",
                                                "fs/buffer.c",
                                                "fs/mpage.c",
                                                "fs/iomap/",
                                                "fs/splice.c",
                                                "fs/fs-writeback.c",
                                                "fs/readdir.c",
                                                "fs/stat.c",
                                                "fs/seq_file.c",
                                                "fs/kernfs/",
                                                "fs/sysfs/",
                                                "fs/proc/inode.c",
                                                "fs/proc/generic.c",
                                                "fs/libfs.c",
                                                "fs/direct-io.c",
                                                "fs/attr.c",
                                                "fs/exec.c",
                                                "fs/sync.c",
                                                "fs/xattr.c",
                                                "fs/compat_ioctl.c",
                                                "fs/debugfs/",
                                                "fs/fs_context.c",
                                                "fs/drop_caches.c",
                                                "fs/select.c",
                                                "block/",
                                                "drivers/base/",
                                                "drivers/usb/core/",
                                                "drivers/clocksource/",
                                                "drivers/irqchip/",
                                                "drivers/char/random.c",
                                                "drivers/hid/hid-core.c",
                                                "drivers/hid/usbhid/",
                                                "drivers/input/input.c",
                                                "drivers/virtio/",
                                                "drivers/scsi/scsi",
                                                "drivers/tty/tty_io.c",
                                                "drivers/tty/tty_ldisc",
                                                "security/security.c",
                                                "security/commoncap.c",
                                                "crypto/api.c",
                                                "crypto/algapi.c",
                                                "init/",
                                                "sound/core/pcm_lib.c",
                                                "sound/core/pcm_native.c"};

bool is_generic_file(std::string_view file) {
  file = kernel_path(file);
  if (file.ends_with(".h") || file.ends_with(".S")) return true;
  return std::ranges::any_of(k_generic_files, [&](std::string_view p) { return file.starts_with(p); });
}

bool explains(const Frame& f, bool program) {
  if (f.uncertain || f.file.empty()) return false;
  if (program) return !is_runtime_file(f.file) && !is_runtime_function(f.function);
  return !is_generic_file(f.file) && (families_of(f.function) & ~k_entry) == 0;
}

// The first frame that explains; one of a package that the program uses only where there is no other.
const Frame* first_specific(const Stack& stack, std::size_t from, bool program) {
  const Frame* package = nullptr;
  for (std::size_t i = from; i < stack.frames.size(); ++i) {
    const Frame& f = stack.frames[i];
    if (!explains(f, program)) continue;
    if (!program || !is_package_file(f.file)) return &f;
    if (package == nullptr) package = &f;
  }
  return package;
}

// The file of the blamed function, or of the first one that is no part of the reporting.
std::string file_of_blamed(const Stack& stack, std::string_view blamed) {
  const auto named = [](const Frame& f) {
    return !f.uncertain && !f.file.empty() && !f.file.ends_with(".h");
  };
  for (const Frame& f : stack.frames) {
    if (named(f) && base_name(f.function) == blamed) return std::string(kernel_path(f.file));
  }
  for (const Frame& f : stack.frames) {
    if (named(f) && (families_of(f.function) & k_reporting) == 0) return std::string(kernel_path(f.file));
  }
  return {};
}

// Index of the first frame below the clock interrupt that a stall was detected in; 0 where there is none.
std::size_t interrupted_frame(const Stack& stack) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < stack.frames.size(); ++i) {
    if ((families_of(stack.frames[i].function) & k_timer_tick) != 0) at = i + 1;
  }
  return at;
}

enum class Accept { specific_path, any_path, any_name };

// "dir/name.c:12" in the text: a path with a directory (if asked for), an ending and a line.
std::string file_in(std::string_view text, Accept accept) {
  for (std::size_t colon = text.find(':'); colon != std::string_view::npos;
       colon = text.find(':', colon + 1)) {
    if (colon + 1 >= text.size() || text[colon + 1] < '0' || text[colon + 1] > '9') continue;
    std::size_t begin = colon;
    while (begin > 0 && begin + 200 > colon) {
      const char c = text[begin - 1];
      const bool path = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                        c == '_' || c == '-' || c == '.' || c == '/' || c == '+';
      if (!path) break;
      --begin;
    }
    const std::string_view file = text.substr(begin, colon - begin);
    static constexpr std::string_view k_endings[] = {".c",   ".h",   ".S",   ".rs", ".cc",
                                                     ".cpp", ".cxx", ".hpp", ".go"};
    const bool source = std::ranges::any_of(k_endings, [&](std::string_view e) { return file.ends_with(e); });
    if (!source) continue;
    if (accept == Accept::any_name && is_runtime_file(file)) continue;
    if (accept == Accept::any_name) return std::string(file);
    const std::string_view path = kernel_path(file);
    if (path.find('/') == std::string_view::npos || path.starts_with('/')) continue;
    if (accept == Accept::any_path || !is_generic_file(path)) return std::string(path);
  }
  return {};
}

}  // namespace

std::string guilty_file(const CrashReport& report, std::size_t stack, bool program, std::string_view said) {
  const auto file_of = [&](const Frame& f) { return program ? f.file : std::string(kernel_path(f.file)); };
  const bool any_file = std::ranges::any_of(report.stacks, [](const Stack& s) {
    return std::ranges::any_of(s.frames, [](const Frame& f) { return !f.file.empty(); });
  });
  if (any_file && stack < report.stacks.size()) {
    const std::size_t from = program ? 0 : interrupted_frame(report.stacks[stack]);
    if (const Frame* f = first_specific(report.stacks[stack], from, program)) return file_of(*f);
  }
  for (const Stack& s : any_file ? std::span(report.stacks) : std::span<const Stack>()) {
    if (const Frame* f = first_specific(s, 0, program)) return file_of(*f);
  }
  if (program) return file_in(report.text, Accept::any_name);
  std::string file = file_in(said, Accept::specific_path);
  if (file.empty() && stack < report.stacks.size()) file = file_of_blamed(report.stacks[stack], report.frame);
  return file.empty() ? file_in(said, Accept::any_path) : file;
}

}  // namespace culprit::console
