// For most reports the blamed function is the first one on the crash stack that is not generic. A stall is
// different: the interrupted instruction is anywhere in the loop that does not end, so each run of one bug
// would have another title. What stays the same is the operation that was started: the function that the
// innermost dispatcher (system call entry, work queue, timer, ioctl and socket layers) called.
// Functions that many subsystems call (k_shared) are passed over where the report is of an object that somebody
// handed them: a bad access, a leak, a counter. An assertion in one says what was broken there, lockdep and a
// hang where: these keep it.
#include "console/blame/blame.h"

#include <algorithm>

#include "console/stack/frame.h"
#include "console/stack/generic.h"
#include "console/stack/managed_frames.h"
#include "console/stack/program_stack.h"
#include "console/stack/recursion.h"

namespace culprit::console {
namespace {

using model::Frame;
using model::StackKind;

bool is_named(std::string_view function) { return (families_of(function) & k_named) != 0; }

// With k_named in `generic`, functions of that family explain whatever others they are of.
bool is_generic(std::string_view function, Families generic) {
  const Families families = families_of(function);
  if ((families & generic & k_named) != 0) return false;
  return (families & generic) != 0;
}

bool explains(const Frame& frame, Families generic) {
  if (frame.uncertain || frame.function.empty() || is_generic(frame.function, generic)) return false;
  return !frame
              .inlined;  // what is inlined where is the compiler's choice, and consoles without places lack it
}

// Families that may not be blamed for a report of this kind. An inline function asserts something of what it was
// given: there the service that it became a part of is as little at fault as for a bad access.
Families families_passed_over(const Rule& rule, bool in_header) {
  static constexpr std::string_view k_own_place[] = {"WARNING", "BUG",          "ASSERT",
                                                     "LOCKDEP", "HANG",         "LOCK-ORDER",
                                                     "PANIC",   "ATOMIC_SLEEP", "REFCOUNT_WARNING"};
  static constexpr std::string_view k_of_objects[] = {"warning/odebug", "bug/bad-page-state"};
  const bool of_object = std::ranges::find(k_of_objects, rule.id) != std::end(k_of_objects);
  const bool own_place = std::ranges::find(k_own_place, rule.type) != std::end(k_own_place);
  if (own_place && !of_object && !in_header) return rule.generic | (rule.type == "LOCKDEP" ? k_named : 0);
  // The scheduler and the clock tick were given nothing by whom they interrupted.
  const Families bystanders = own_place ? 0 : k_scheduling | k_timer_tick;
  return (rule.generic & ~bystanders) | k_shared | k_named;
}

// Does a function explain nothing by its name?
using ByName = bool (*)(std::string_view function);

const Frame* first_explaining(std::span<const Frame> frames, const Rule& rule, Families passed_over,
                              ByName skipped = nullptr) {
  const Frame* inner = nullptr;  // the last certain one
  for (const Frame& f : frames) {
    // What KUnit calls is a test, though its name may begin with the service's that it tests.
    if (inner != nullptr && f.function == "kunit_try_run_case") return inner;
    if (!f.uncertain && !f.inlined && !f.function.empty()) inner = &f;
    if (!explains(f, passed_over) || matches_any(rule.skip, f.function)) continue;
    if (skipped == nullptr || !skipped(f.function)) return &f;
  }
  return nullptr;
}

std::string name_of(const Frame& frame) { return std::string(base_name(frame.function)); }

// The first stack that can be the crash's own.
std::size_t crash_stack(std::span<const WalkedStack> stacks) {
  for (std::size_t i = 0; i < stacks.size(); ++i) {
    if (stacks[i].stack.kind == StackKind::crash && !stacks[i].stack.frames.empty()) return i;
  }
  return SIZE_MAX;
}

// Does what must not sleep wait for a lock? A service takes its own wherever it is called: in whose context that is
// not allowed is its caller's affair.
bool sleeps_for_lock(std::span<const Frame> frames, const Rule& rule) {
  if (rule.type != "ATOMIC_SLEEP") return false;
  for (const Frame& f : frames) {
    if (f.uncertain || f.function.empty()) continue;
    if (matches_any("mutex_lock* __mutex_lock* down_* rt_mutex_lock* ww_mutex_lock*", f.function))
      return true;
    if (!is_generic(f.function, rule.generic)) return false;
  }
  return false;
}

// A check of the context that a trap's own code fails: the first such function.
const Frame* first_of_trap(std::span<const Frame> frames, const Rule& rule) {
  if (rule.type != "LOCKDEP" && rule.type != "ATOMIC_SLEEP") return nullptr;
  for (const Frame& f : frames) {
    if (!f.uncertain && !f.inlined && (families_of(f.function) & k_fault) != 0) return &f;
  }
  return nullptr;
}

// Of a stack that ends in a trap: where the processor came in, which is all that it says.
const Frame* entry_of_trap(std::span<const Frame> frames) {
  for (std::size_t i = frames.size(); i-- > 0;) {
    // RISC-V's entry lets the handler return to a function's very start.
    if (frames[i].inlined || (frames[i].uncertain && frames[i].offset != 0)) continue;
    return (families_of(frames[i].function) & k_fault) != 0 ? &frames[i] : nullptr;
  }
  return nullptr;
}

Blamed from_stack(const Rule& rule, std::span<const WalkedStack> stacks, bool in_header) {
  Blamed result;
  const Families passed_over = families_passed_over(rule, in_header);
  for (std::size_t i = 0; i < stacks.size(); ++i) {
    const WalkedStack& s = stacks[i];
    if (s.stack.kind != StackKind::crash) continue;
    if (s.certain_frames > 0) result.has_stack = true;
    if (result.function.empty()) {
      const Families own = sleeps_for_lock(s.stack.frames, rule) ? k_shared : 0;
      const Frame* f = first_explaining(s.stack.frames, rule, passed_over | own);
      // A service, or RCU's own functions, or those of a fault, rather than nothing.
      for (const Families known : {k_shared, k_shared | k_rcu | k_fault}) {
        if (f == nullptr) f = first_explaining(s.stack.frames, rule, passed_over & ~known);
      }
      if (f == nullptr) f = first_of_trap(s.stack.frames, rule);
      if (f == nullptr && s.headed) f = entry_of_trap(s.stack.frames);
      if (f != nullptr) {
        result.function = name_of(*f);
        result.stack = i;
      }
    }
    if (result.has_stack) break;
  }
  return result;
}

// A CPU that waits for another one is not where the loop is, and all such waits are one.
bool waits_for_other_cpu(std::string_view function) {
  return base_name(function).starts_with("smp_call_function");
}

// The frames that an interrupt (the clock tick, an NMI) hit: what is below the last frame of the tick.
std::span<const Frame> interrupted_frames(const WalkedStack& s) {
  const std::vector<Frame>& frames = s.stack.frames;
  const auto is_interrupt = [&](std::size_t i) {
    const std::string_view f = base_name(frames[i].function);
    return f.find("apic_timer_interrupt") != std::string_view::npos || f.starts_with("el1_irq") ||
           f.starts_with("el1h_64_irq") || f == "__irq_svc" || f.ends_with("call_function_interrupt") ||
           f.starts_with("asm_sysvec_call_function") || f == "reschedule_interrupt" ||
           f == "timer_interrupt" || f == "decrementer_common" ||
           // s390, RISC-V, MIPS, LoongArch
           f == "ext_int_handler" || f == "io_int_handler" || f == "handle_exception" || f == "handle_int" ||
           f == "handle_vint" || f == "plat_irq_dispatch";
  };
  for (std::size_t i = 0; i + 1 < frames.size(); ++i) {
    if (!is_interrupt(i)) continue;
    while (i + 1 < frames.size() && (is_interrupt(i) || frames[i].uncertain)) ++i;
    return std::span(frames).subspan(i);
  }
  if (s.program_counter) return frames;
  return {};
}

// Frames of what runs in an interrupt, above what it hit.
std::span<const Frame> frames_of_interrupt(const WalkedStack& s, std::span<const Frame> interrupted) {
  if (interrupted.empty()) return {};
  return std::span(s.stack.frames)
      .first(static_cast<std::size_t>(interrupted.data() - s.stack.frames.data()));
}

// A processor that idles stalls nobody: what stalls is what an interrupt does.
bool idles(std::string_view function) {
  static constexpr std::string_view k_idle[] = {
      "do_idle",       "cpu_startup_entry", "cpu_idle",
      "default_idle",  "default_idle_call", "arch_call_rest_init",
      "rest_init",     "start_secondary",   "secondary_start_kernel",
      "cpu_idle_loop", "cpuidle_idle_call", "smp_callin",
      "start_kernel"};
  return std::ranges::find(k_idle, base_name(function)) != std::end(k_idle);
}

// What the innermost dispatcher called; nullptr where the frames explain nothing.
const Frame* started_operation(std::span<const Frame> frames, const Rule& rule) {
  const Frame* last = nullptr;
  const Frame* dispatcher = nullptr;  // one that called nothing that explains
  for (const Frame& f : frames) {
    if (f.uncertain || f.function.empty()) continue;
    if (waits_for_other_cpu(f.function)) return &f;
    if (is_dispatcher(f.function)) {
      if (last != nullptr) return last;
      if (f.function.ends_with("_compat_ioctl")) last = &f;  // calls another ioctl, or does its work itself
      if (dispatcher == nullptr && (families_of(f.function) & k_entry) == 0) dispatcher = &f;
    } else if (explains(f, rule.generic | k_entry)) {
      last = &f;
    }
  }
  return last != nullptr ? last : dispatcher;
}

Blamed from_stall(const Rule& rule, std::span<const WalkedStack> stacks) {
  Blamed result;
  for (std::size_t i = 0; i < stacks.size(); ++i) {
    const std::span<const Frame> frames = interrupted_frames(stacks[i]);
    if (frames.empty() || stacks[i].answer) continue;
    result.has_stack = true;
    const Frame* f = started_operation(frames, rule);
    if (f != nullptr && idles(f->function)) {
      if (const Frame* above = started_operation(frames_of_interrupt(stacks[i], frames), rule)) f = above;
    }
    if (f != nullptr) {
      result.function = name_of(*f);
      result.stack = i;
      return result;
    }
  }
  if (result.has_stack) return result;
  // ARM's processors cannot be made to say where they are: the task of the one that stalls is dumped from where it
  // was last switched to. (Others dump what is left on its stack.)
  for (std::size_t i = 0; i < stacks.size(); ++i) {
    const model::Stack& stack = stacks[i].stack;
    if (!stack.heading.contains("running task") || stacks[i].certain_frames < 2) continue;
    if (stack.frames.front().function != "__switch_to") continue;
    if (const Frame* f = started_operation(stacks[i].stack.frames, rule)) {
      result.has_stack = true;
      result.function = name_of(*f);
      result.stack = i;
      return result;
    }
  }
  return result;
}

// A neighbour that watches (buddy, PowerPC's) has the CPU that hangs print its stack.
Blamed from_lockup(const Rule& rule, std::span<const WalkedStack> stacks) {
  Blamed result;
  for (const StackKind kind : {StackKind::crash, StackKind::other_cpu}) {
    for (std::size_t i = 0; i < stacks.size(); ++i) {
      const WalkedStack& s = stacks[i];
      if (s.stack.kind != kind || s.stack.frames.empty()) continue;
      result.has_stack = true;
      if (const Frame* f = started_operation(s.stack.frames, rule)) {
        result.function = name_of(*f);
        result.stack = i;
        return result;
      }
    }
    if (result.has_stack) break;
  }
  return result;
}

Blamed from_overflow(const Rule& rule, std::span<const WalkedStack> stacks) {
  Blamed result;
  for (std::size_t i = 0; i < stacks.size(); ++i) {
    const WalkedStack& s = stacks[i];
    if (s.stack.kind != StackKind::crash || s.certain_frames == 0) continue;
    result.has_stack = true;
    const std::span<const Frame> frames = s.stack.frames;
    const Frame* f = nullptr;
    // Where the recursion fills all that is printed, who started it is not seen.
    const auto dispatches = [](const Frame& frame) {
      return !frame.uncertain && is_dispatcher(frame.function);
    };
    if (std::ranges::none_of(frames, dispatches))
      f = recursing(frames, [&](const Frame& frame) { return explains(frame, rule.generic | k_shared); });
    if (f == nullptr) f = started_operation(frames.subspan(s.program_counter ? 1 : 0), rule);
    if (f != nullptr) {
      result.function = name_of(*f);
      result.stack = i;
    }
    return result;
  }
  return result;
}

// Does a function's name say that it waits or takes a lock? Many do for their own subsystem, which no table of
// services has; whoever called it is what hangs. The network's lock is what everybody hangs on.
bool waits_by_name(std::string_view function) {
  const std::string_view name = base_name(function);
  if (name.starts_with("rtnl_lock")) return false;
  for (const std::string_view part : {"wait", "completion", "rwsem", "_slowlock", "_down_"}) {
    if (name.contains(part)) return true;
  }
  return name.ends_with("_lock") || name.contains("_lock_");
}

Blamed from_hang(const Rule& rule, std::span<const WalkedStack> stacks) {
  Blamed result;
  for (std::size_t i = 0; i < stacks.size(); ++i) {
    const WalkedStack& s = stacks[i];
    if (s.stack.kind != StackKind::crash && s.stack.kind != StackKind::hung_task) continue;
    if (s.certain_frames == 0) continue;
    result.has_stack = true;
    const bool waits = !rule.title.contains("stall");
    const Frame* f = first_explaining(s.stack.frames, rule, rule.generic, waits ? waits_by_name : nullptr);
    if (f == nullptr) f = first_explaining(s.stack.frames, rule, rule.generic);
    if (f != nullptr) {
      result.function = name_of(*f);
      result.stack = i;
    }
    return result;
  }
  return result;
}

Blamed from_first(const Rule& rule, std::span<const WalkedStack> stacks) {
  Blamed result;
  const Families passed_over = families_passed_over(rule, false);
  for (std::size_t i = 0; i < stacks.size(); ++i) {
    if (stacks[i].certain_frames == 0) continue;
    result.has_stack = true;
    if (const Frame* f = first_explaining(stacks[i].stack.frames, rule, passed_over)) {
      result.function = name_of(*f);
      result.stack = i;
      return result;
    }
    if (stacks[i].stack.kind == StackKind::crash) break;
  }
  return result;
}

// The first function of a program's own in a stack; else the first of a package that it uses. Of a stack that ran
// over, the one that recurs.
std::string own_function(const model::Stack& stack, bool ran_over) {
  const auto is_runtime = [](const Frame& f) {
    return f.function.empty() || is_runtime_function(f.function) || is_runtime_file(f.file) ||
           is_runtime_module(f.module);
  };
  if (ran_over) {
    if (const Frame* f = recursing(stack.frames, [&](const Frame& frame) { return !is_runtime(frame); }))
      return f->function;
  }
  const Frame* package = nullptr;
  for (const Frame& f : stack.frames) {
    if (is_runtime(f)) continue;
    if (!is_package_file(f.file)) return f.function;
    if (package == nullptr) package = &f;
  }
  return package != nullptr ? package->function : std::string();
}

// Without symbols: the first file of a stack that is no library of the system.
std::string own_module(const model::Stack& stack) {
  for (const Frame& f : stack.frames) {
    const std::string_view name = base_of_path(f.module);
    if (name.empty() || name.starts_with("lib") || name.starts_with("ld-") || name.contains(' ')) continue;
    return std::string(name.substr(0, name.find(':')));  // "ring:x86_64"
  }
  return {};
}

Blamed from_program(const Rule& rule, std::span<const WalkedStack> stacks, std::string_view head_function,
                    bool ran_over) {
  Blamed result;
  for (const StackKind kind : {StackKind::crash, StackKind::lock_taken}) {
    for (std::size_t i = 0; i < stacks.size() && result.function.empty(); ++i) {
      if (stacks[i].stack.kind != kind) continue;
      result.has_stack = true;
      result.function = own_function(stacks[i].stack, ran_over);
      result.stack = i;
    }
  }
  if (result.function.empty()) result.function = head_function;
  if (result.function.empty() && rule.blame == Blame::user && result.stack < stacks.size())
    result.function = own_module(stacks[result.stack].stack);
  if (rule.blame != Blame::user_pair || result.function.empty()) return result;
  for (const WalkedStack& s : stacks) {
    const StackKind kind = s.stack.kind;
    if (kind != StackKind::other_cpu && kind != StackKind::lock_taken && kind != StackKind::dependency)
      continue;
    std::string other = own_function(s.stack, false);
    if (other.empty() || (kind != StackKind::other_cpu && other == result.function)) continue;
    if (other < result.function) std::swap(other, result.function);
    if (other != result.function) result.function += " / " + other;
    break;
  }
  return result;
}

}  // namespace

Blamed blame(const Rule& rule, std::span<const WalkedStack> stacks, std::string_view head_function,
             Circumstance circumstance) {
  const bool in_header = circumstance == Circumstance::in_header;
  const bool head_explains = !head_function.empty() && (families_of(head_function) & rule.generic) == 0;
  switch (rule.blame) {
    case Blame::none: {
      Blamed result;
      result.stack = crash_stack(stacks);
      result.has_stack = result.stack != SIZE_MAX;
      return result;
    }
    case Blame::stack:
      return from_stack(rule, stacks, in_header);
    case Blame::stack_or_head: {
      Blamed result = from_stack(rule, stacks, in_header);
      if (result.function.empty() && head_explains) result.function = base_name(head_function);
      return result;
    }
    case Blame::lock: {  // the sites are weighed where they are read
      Blamed result = from_stack(rule, stacks, in_header);
      if (!head_function.empty() && !is_named(result.function)) result.function = base_name(head_function);
      return result;
    }
    case Blame::head: {
      Blamed result = from_stack(rule, stacks, in_header);
      if (head_explains) result.function = base_name(head_function);
      return result;
    }
    case Blame::stall:
      return from_stall(rule, stacks);
    case Blame::hang:
      return from_hang(rule, stacks);
    case Blame::lockup:
      return from_lockup(rule, stacks);
    case Blame::overflow:
      return from_overflow(rule, stacks);
    case Blame::first_stack: {
      Blamed result = from_first(rule, stacks);
      // The lock validator says where a lock was taken before it prints its own stack: without, it is cut off.
      if (rule.lockdep) result.has_stack = crash_stack(stacks) != SIZE_MAX;
      if (result.function.empty()) result.function = head_function;
      return result;
    }
    case Blame::user:
    case Blame::user_pair:
    case Blame::user_or_head:
    case Blame::user_or_file:
    case Blame::user_if_any:
      return from_program(rule, stacks, head_function, circumstance == Circumstance::overflow);
  }
  return {};
}

std::vector<std::string> common_names(std::string_view function) {
  if (function.starts_with("smp_call_function_")) return {"smp_call_function"};
  // The flavours of one wait; that for tasks' grace periods is something else, and generic.
  for (const std::string_view wait : {"synchronize_rcu_", "_synchronize_rcu_", "synchronize_sched"}) {
    if (function.starts_with(wait)) return {"synchronize_rcu"};
  }
  for (const std::string_view wrapper :
       {"__x64_", "__ia32_", "__x32_", "__arm64_", "__s390x_", "__s390_", "__riscv_", "__powerpc_"}) {
    for (const std::string_view kind : {"compat_sys_", "sys_"}) {
      if (!function.starts_with(wrapper) || !function.substr(wrapper.size()).starts_with(kind)) continue;
      return {std::string(function.substr(wrapper.size()))};
    }
  }
  for (const std::string_view body : {"__se_sys_", "__do_sys_", "__se_compat_sys_", "__do_compat_sys_"}) {
    if (!function.starts_with(body)) continue;
    const std::string name(function.substr(body.size()));
    return {name, "sys_" + name};
  }
  for (const std::string_view old : {"compat_SyS_", "SyS_", "SYSC_", "ksys_", "sys_"}) {
    if (function.starts_with(old)) return {std::string(function.substr(old.size()))};
  }
  return {};
}

}  // namespace culprit::console
