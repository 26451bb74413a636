// A crash report as a value: what one report on a console says, in the structure that identity and people
// need.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culprit::model {

// One line of a stack.
struct Frame {
  std::string function;       // without offset, compiler suffix kept ("foo.part.0")
  std::uint64_t offset = 0;   // from the function's start; 0 where the console has none
  std::uint64_t size = 0;     // of the function; 0 where the console has none
  std::uint64_t address = 0;  // 0 where the console has none
  std::string file;           // as printed or symbolized: "mm/shmem.c"; empty where unknown
  std::uint32_t line = 0;     // 1-based; 0 where unknown
  std::string module;         // "[ext4]" without brackets; empty for the kernel image itself
  bool inlined = false;       // marked [inline]
  bool uncertain = false;     // marked "?": found on the stack, perhaps not called
};

enum class StackKind {
  crash,
  allocation,
  free,
  lock_taken,
  dependency,
  hung_task,
  other_cpu,
  creation,
  other
};
std::string_view name_of(StackKind kind);  // "crash", "allocation", ...

struct Stack {
  StackKind kind = StackKind::crash;
  std::string heading;        // the console line that introduces it, trimmed; may be empty
  std::vector<Frame> frames;  // innermost first
};

// KASAN, KCSAN, KMSAN, and user-space sanitizers: the access at fault.
struct BadAccess {
  bool is_write = false;
  std::uint32_t size = 0;  // bytes; 0 where unknown
  std::uint64_t address = 0;
  std::string object;  // slab cache or object kind: "kmalloc-64", "stack", "global"; empty where unknown
};

enum class LockdepKind {
  recursive,
  circular,
  inconsistent_state,
  irq_inversion,
  bad_unlock_balance,
  suspicious_rcu,
  invalid_wait_context,
  held_at_return_to_user,
  held_at_exit,
  freed_held_lock,
  nested_lock_not_held,
  limit_reached,
  other
};
std::string_view name_of(LockdepKind kind);  // "recursive", "circular", ...

struct HeldLock {
  std::string lock_class;  // "&mm->mmap_sem", subclass suffix kept: "&pipe->mutex/1"
  Frame taken_at;
};

struct LockdepInfo {
  LockdepKind kind = LockdepKind::other;
  std::vector<std::string> classes;  // those the report is about, in the order in which it names them
  std::vector<HeldLock> held;
  std::vector<std::string> chain;  // the dependency chain's classes, in the order printed (#2, #1, #0)
};

struct CrashReport {
  std::string title;                    // "possible deadlock in shmem_fallocate"
  std::vector<std::string> alt_titles;  // other wordings under which the same crash is known
  std::string type;                     // "LOCKDEP", "HANG", ...; "UNKNOWN" where no type is known
  std::string frame;                    // the function blamed; empty where none
  std::string guilty_file;              // "mm/shmem.c"; empty where none
  std::string rule;                     // id of the console rule that found it
  bool corrupted = false;               // truncated or interleaved beyond trust
  std::string corrupted_reason;
  bool suppressed = false;  // out-of-memory noise and the like
  bool fatal = false;       // the kernel or program could not go on after it
  std::size_t start = 0;    // byte offsets in the console: [start, end)
  std::size_t end = 0;
  std::string text;  // the report's lines, prefixes removed
  std::string task;  // "syz-executor.3"; empty where unknown
  std::int64_t pid = -1;
  int cpu = -1;
  std::string context;  // printk caller id ("T123", "C0"); empty where the console has none
  std::vector<Stack> stacks;
  std::size_t blamed_stack = SIZE_MAX;  // index of the stack that decided `frame`; SIZE_MAX where none did
  std::optional<BadAccess> access;
  std::optional<LockdepInfo> lockdep;
};

// Everything that one console says.
struct ConsoleReading {
  std::vector<CrashReport> reports;  // in the console's order
  bool panicked = false;
};

}  // namespace culprit::model
