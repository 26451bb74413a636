#include "model/run/detectors.h"

#include <algorithm>

namespace culprit::model {

std::span<const Detector> detectors() {
  using enum DetectorId;
  static const std::vector<Detector> rows = {
      // The lock validator is selected by each of several options. Its first report turns it off
      // (debug_locks_off), and with it the checks that ask it what is held.
      {.id = lockdep,
       .option = "PROVE_LOCKING",
       .sees = "lock order",
       .variant = "no-lockdep",
       .options = {"PROVE_LOCKING", "DEBUG_LOCK_ALLOC", "LOCK_STAT", "DEBUG_WW_MUTEX_SLOWPATH"},
       .types = {"LOCKDEP"},
       .silences = {lockdep, prove_rcu}},
      // Silent after its first report, unless kasan_multi_shot is given.
      {.id = kasan,
       .option = "KASAN",
       .sees = "memory errors",
       .variant = "no-kasan",
       .options = {"KASAN"},
       .types = {"KASAN"},
       .titles = {"KASAN: "},
       .silences = {kasan}},
      {.id = kmsan,
       .option = "KMSAN",
       .sees = "uninitialized memory",
       .variant = "no-kmsan",
       .options = {"KMSAN"},
       .types = {"KMSAN"},
       .titles = {"KMSAN: "}},
      {.id = kcsan,
       .option = "KCSAN",
       .sees = "data races",
       .variant = "no-kcsan",
       .options = {"KCSAN"},
       .types = {"KCSAN"},
       .titles = {"KCSAN: "}},
      {.id = kfence,
       .option = "KFENCE",
       .sees = "a sample of memory errors",
       .variant = "no-kfence",
       .options = {"KFENCE"},
       .types = {"KFENCE"},
       .titles = {"KFENCE: "}},
      {.id = ubsan,
       .option = "UBSAN",
       .sees = "undefined behaviour",
       .variant = "no-ubsan",
       .options = {"UBSAN"},
       .types = {"UBSAN", "MEMORY_SAFETY_UBSAN"},
       .titles = {"UBSAN: "}},
      {.id = atomic_sleep,
       .option = "DEBUG_ATOMIC_SLEEP",
       .sees = "sleeping in atomic context",
       .variant = "no-atomic-sleep-checks",
       .options = {"DEBUG_ATOMIC_SLEEP"},
       .types = {"ATOMIC_SLEEP"},
       .titles = {"BUG: sleeping function called from invalid context"}},
      {.id = hung_task,
       .option = "DETECT_HUNG_TASK",
       .sees = "hung tasks",
       .variant = "no-hang-checks",
       .options = {"DETECT_HUNG_TASK", "WQ_WATCHDOG"},
       .types = {"HANG"}},
      {.id = kmemleak,
       .option = "DEBUG_KMEMLEAK",
       .sees = "memory leaks",
       .variant = "no-leak-checks",
       .options = {"DEBUG_KMEMLEAK"},
       .types = {"LEAK"}},
      // Their reports share a type with others': no variant without them is offered.
      {.id = prove_rcu, .option = "PROVE_RCU", .sees = "RCU usage"},
      {.id = preempt, .option = "DEBUG_PREEMPT", .sees = "per-CPU accesses in preemptible code"},
      {.id = objects, .option = "DEBUG_OBJECTS", .sees = "object lifetimes", .titles = {"WARNING: ODEBUG"}},
  };
  return rows;
}

const Detector* find_detector(DetectorId id) {
  const auto at = std::ranges::find(detectors(), id, &Detector::id);
  return at == detectors().end() ? nullptr : &*at;
}

}  // namespace culprit::model
