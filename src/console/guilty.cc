#include "console/guilty.h"

#include "console/generic.h"

namespace culprit::console {
namespace {

bool is_generic_file(std::string_view file) {
  static constexpr std::string_view k_prefixes[] = {
      "mm/", "kernel/locking/", "kernel/sched/", "kernel/printk/", "kernel/rcu/", "kernel/time/", "kernel/panic.c", "kernel/workqueue.c",
      "kernel/kthread.c", "kernel/softirq.c", "kernel/kcov.c", "kernel/kcsan/", "kernel/entry/", "kernel/fork.c", "kernel/exit.c",
      "kernel/task_work.c", "kernel/notifier.c", "lib/", "arch/", "include/", "./include/", "./arch/", "rust/"};
  for (const std::string_view p : k_prefixes) {
    if (file.starts_with(p)) return true;
  }
  return file.ends_with(".h");
}

}  // namespace

std::string guilty_file(const model::CrashReport& report) {
  std::string fallback;
  for (const model::Stack& stack : report.stacks) {
    for (const model::Frame& f : stack.frames) {
      if (f.uncertain || f.file.empty()) continue;
      if (fallback.empty() && families_of(f.function) == 0) fallback = f.file;
      if (!is_generic_file(f.file) && (families_of(f.function) & ~k_entry) == 0) return f.file;
    }
  }
  return fallback;
}

}  // namespace culprit::console
