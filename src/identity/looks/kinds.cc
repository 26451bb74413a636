// A title is a fixed phrase and a place ("possible deadlock in vfs_fallocate", "kernel BUG at
// mm/slab.c:LINE!"). The phrases are few and come from two sides: the kernel's own words, which changed over
// time (BUG became WARNING in the lock validator of 4.12), and the words that tools give to what they saw
// from outside ("no output from test machine"). So a table of beginnings is enough; a grammar would not read
// more of it.
//
// The numbers are log-odds, chosen by what kernel developers accept as one bug when they comment on
// bisections, and ordered by two questions: how rare is the kind among all crashes (a shared rare kind says
// much, a shared WARNING little), and is the place part of the bug (the line of a WARN is, the instruction at
// which a stall is noticed is not). They are coarse on purpose: what decides close cases is how crashes are
// spread over revisions (learning.cc).
#include "identity/looks/kinds.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "identity/looks/tuning.h"

namespace culprit::identity {
namespace {

constexpr auto k_traits = std::to_array<KindTraits>({
    {Kind::other, "another failure", 0.0, 3.0, 2.0},
    {Kind::use_after_free, "a use after free", 1.0, 3.0, 1.5},
    {Kind::out_of_bounds, "an access out of bounds", 1.0, 3.0, 1.5},
    {Kind::invalid_free, "an invalid free", 1.2, 3.0, 1.5},
    {Kind::null_access, "an access through a null pointer", 1.0, 3.0, 1.7},
    {Kind::wild_access, "a wild memory access", 0.6, 3.0, 1.6},
    {Kind::corrupted_data, "corrupted data", 0.8, 3.0, 1.5},
    {Kind::uninitialized, "a use of uninitialized memory", 0.8, 3.0, 1.8},
    {Kind::lifetime, "an object's lifetime gone wrong", 1.0, 3.0, 1.8},
    {Kind::lock_order, "a possible deadlock", 0.9, 3.0, 1.7},
    {Kind::irq_state, "an inconsistent lock state", 1.2, 3.0, 1.7},
    {Kind::unlock_balance, "a bad unlock balance", 2.0, 3.0, 1.7},
    {Kind::rcu_usage, "a suspicious use of RCU", 0.9, 3.0, 2.2},
    {Kind::wait_context, "a lock in a wrong context", 1.2, 3.0, 1.8},
    {Kind::lock_kept, "a lock that is never released", 1.8, 3.0, 1.5},
    {Kind::lock_freed, "a held lock that is freed", 1.8, 3.0, 1.5},
    {Kind::nested_lock, "a wrongly nested lock", 1.8, 3.0, 1.5},
    {Kind::lock_setup, "a lock that was never set up", 1.0, 3.0, 1.8},
    {Kind::atomic_sleep, "a sleep in atomic context", 0.8, 3.0, 2.0},
    {Kind::preemptible, "a per-CPU access in preemptible code", 1.0, 3.0, 2.0},
    {Kind::task_hung, "a hung task", 2.1, 2.5, 0.8},
    {Kind::stall, "a stall", 2.0, 2.0, 0.5},
    {Kind::device_wait, "a device that is never let go", 3.5, 1.0, 0.0},
    {Kind::silence, "a machine that fell silent", 3.0, 0.5, 0.0},
    {Kind::warning, "a warning", 0.4, 3.4, 3.2},
    {Kind::bug, "a failed assertion", 0.8, 3.4, 2.8},
    {Kind::stack_overflow, "a stack overflow", 2.6, 1.5, 0.2},
    {Kind::leak, "a memory leak", 0.8, 3.0, 1.7},
    {Kind::data_race, "a data race", 0.4, 3.4, 3.0},
    {Kind::undefined, "undefined behaviour", 0.8, 3.0, 2.5},
    {Kind::info_leak, "a leak of kernel memory to user space", 1.0, 3.0, 1.8},
    {Kind::arithmetic, "a division error", 1.8, 3.0, 2.0},
    {Kind::panic, "a panic", 0.5, 3.0, 3.0},
    {Kind::lockdep_limit, "the lock validator out of space", 3.5, 1.0, 0.0, true},
    {Kind::out_of_memory, "memory running out", 3.5, 0.5, 0.0, true},
    {Kind::tool, "a failure of the test tool", 2.5, 1.0, 0.5, true},
    {Kind::exit_code, "a failure", 3.2, 1.5, 0.0},
    // A small program is one file: what that says (k_file) is taken back. e^(-1 + 0.5 - 2.2 + 0.7), 12 %.
    {Kind::signal, "a death by a signal", 0.5, 3.5, 2.2},
    {Kind::time_out, "a run that did not end", 3.5, 1.0, 2.0},
});
static_assert(std::ranges::is_sorted(k_traits, {}, &KindTraits::kind));

// "in", "at" and the place follow the words.
constexpr auto k_rows = std::to_array<TitleRow>({
    // KASAN, KFENCE, and what KASAN calls by the bytes it found
    {"KASAN: use-after-free", Kind::use_after_free},
    {"KASAN: slab-use-after-free", Kind::use_after_free},
    {"KASAN: maybe wild-memory-access", Kind::wild_access},
    {"KASAN: null-ptr-deref", Kind::null_access},
    {"KASAN: maybe null-ptr-deref", Kind::null_access},
    {"KASAN: double-free", Kind::invalid_free},
    {"KASAN: invalid-free", Kind::invalid_free},
    {"KASAN: wild-memory-access", Kind::wild_access},
    {"KASAN: user-memory-access", Kind::wild_access},
    {"KASAN: invalid-access", Kind::use_after_free},  // hardware tags: cannot tell freed from beyond
    {"KASAN: ", Kind::out_of_bounds},  // slab-, stack-, global-, vmalloc-, alloca-out-of-bounds
    {"KFENCE: use-after-free", Kind::use_after_free},
    {"KFENCE: invalid free", Kind::invalid_free},
    {"KFENCE: out-of-bounds", Kind::out_of_bounds},
    {"KFENCE: memory corruption", Kind::out_of_bounds},
    {"KFENCE: ", Kind::wild_access},
    {"KMSAN: kernel-infoleak", Kind::info_leak},
    {"KMSAN: kernel-usb-infoleak", Kind::info_leak},
    {"KMSAN: kernel-network-infoleak", Kind::info_leak},
    {"KMSAN: use-after-free", Kind::use_after_free},
    {"KMSAN: ", Kind::uninitialized},
    {"KCSAN: ", Kind::data_race},
    {"UBSAN: array-index-out-of-bounds", Kind::out_of_bounds},
    {"UBSAN: array index out of bounds", Kind::out_of_bounds},  // from its trap
    {"UBSAN: ", Kind::undefined},
    // faults
    {"general protection fault", Kind::wild_access},
    {"BUG: unable to handle kernel NULL pointer dereference", Kind::null_access},
    {"BUG: kernel NULL pointer dereference", Kind::null_access},
    {"BUG: unable to handle kernel paging request", Kind::wild_access},
    {"BUG: unable to handle page fault", Kind::wild_access},
    {"BUG: unable to handle", Kind::wild_access},
    {"Unable to handle kernel NULL pointer", Kind::null_access},
    {"Unable to handle kernel", Kind::wild_access},
    {"stack segment fault", Kind::wild_access},
    {"Unhandled fault", Kind::wild_access},
    {"Internal error", Kind::wild_access},
    {"Kernel unaligned instruction access", Kind::wild_access},
    {"Unhandled kernel unaligned access", Kind::wild_access},
    {"Kernel ale access", Kind::wild_access},
    {"Reserved instruction in kernel code", Kind::wild_access},
    {"Low-address protection", Kind::wild_access},
    {"Break instruction in kernel code", Kind::bug},
    {"FP exception in kernel code", Kind::arithmetic},
    {"Arithmetic fault", Kind::arithmetic},       // Alpha
    {"Illegal fpe exception", Kind::arithmetic},  // OpenRISC
    {"Unaligned Access in", Kind::wild_access},
    {"Data bus error", Kind::wild_access},
    {"Instruction bus error", Kind::wild_access},
    {"Oops in", Kind::wild_access},
    {"Fatal trap: ", Kind::wild_access},
    {"bad-access in", Kind::wild_access},
    {"invalid opcode", Kind::bug},
    {"int3", Kind::corrupted_data},
    {"control protection fault", Kind::corrupted_data},
    {"CFI failure", Kind::corrupted_data},
    {"divide error", Kind::arithmetic},
    // data that no longer makes sense
    {"BUG: corrupted list", Kind::corrupted_data},
    {"BUG: bad usercopy", Kind::out_of_bounds},
    {"BUG: Bad page", Kind::corrupted_data},
    {"BUG: slab error", Kind::corrupted_data},
    {"BUG: slab corruption", Kind::corrupted_data},
    {"BUG: Bad rss-counter", Kind::corrupted_data},
    {"BUG: non-zero ", Kind::corrupted_data},
    {"BUG: Object already free", Kind::invalid_free},
    {"invalid-free in", Kind::invalid_free},
    {"BUG: Dentry still in use", Kind::lifetime},
    {"BUG: Slab cache still has objects", Kind::lifetime},
    {"VFS: Busy inodes after unmount", Kind::lifetime},
    {"VFS: Close: file count is zero", Kind::lifetime},
    {"WARNING: refcount bug", Kind::lifetime},
    {"WARNING: ODEBUG bug", Kind::lifetime},
    {"WARNING: kobject bug", Kind::lifetime},
    // the lock validator; BUG and INFO until 4.11, WARNING since
    {"possible deadlock", Kind::lock_order},
    {"WARNING: possible circular locking", Kind::lock_order},
    {"WARNING: possible recursive locking", Kind::lock_order},
    {"WARNING: possible irq lock inversion", Kind::lock_order},
    {"INFO: possible circular locking", Kind::lock_order},
    {"INFO: possible recursive locking", Kind::lock_order},
    {"inconsistent lock state", Kind::irq_state},
    {"WARNING: inconsistent lock state", Kind::irq_state},
    {"INFO: inconsistent lock state", Kind::irq_state},
    {"WARNING: bad unlock balance", Kind::unlock_balance},
    {"BUG: bad unlock balance", Kind::unlock_balance},
    {"WARNING: suspicious RCU usage", Kind::rcu_usage},
    {"INFO: suspicious RCU usage", Kind::rcu_usage},
    {"WARNING: locking bug", Kind::wait_context},
    {"BUG: Invalid wait context", Kind::wait_context},
    {"WARNING: held lock freed", Kind::lock_freed},
    {"BUG: held lock freed", Kind::lock_freed},
    {"WARNING: lock held when returning to user space", Kind::lock_kept},
    {"BUG: lock held when returning to user space", Kind::lock_kept},
    {"WARNING: still has locks held", Kind::lock_kept},
    {"BUG: still has locks held", Kind::lock_kept},
    {"BUG: workqueue leaked lock or atomic", Kind::lock_kept},
    {"WARNING: nested lock was not taken", Kind::nested_lock},
    {"BUG: nested lock was not taken", Kind::nested_lock},
    {"INFO: trying to register non-static key", Kind::lock_setup},
    {"BUG: spinlock bad magic", Kind::lock_setup},
    {"BUG: rwlock bad magic", Kind::lock_setup},
    {"BUG: spinlock recursion", Kind::lock_order},
    {"BUG: spinlock lockup", Kind::stall},
    {"BUG: rwlock lockup", Kind::stall},
    {"BUG: spinlock wrong", Kind::unlock_balance},
    {"BUG: spinlock already unlocked", Kind::unlock_balance},
    {"BUG: rwlock recursion", Kind::lock_order},
    {"BUG: rwlock cpu recursion", Kind::lock_order},
    {"BUG: rwlock wrong", Kind::unlock_balance},
    {"BUG: rwlock already unlocked", Kind::unlock_balance},
    {"BUG: MAX_", Kind::lockdep_limit},
    // context
    {"BUG: sleeping function called from invalid context", Kind::atomic_sleep},
    {"BUG: scheduling while atomic", Kind::atomic_sleep},
    {"BUG: scheduling from the idle thread", Kind::atomic_sleep},
    {"BUG: using ", Kind::preemptible},
    // progress
    {"INFO: task hung", Kind::task_hung},
    {"INFO: task can't die", Kind::task_hung},
    {"hang in", Kind::task_hung},
    {"INFO: rcu detected stall", Kind::stall},
    {"INFO: rcu_", Kind::stall},
    {"BUG: soft lockup", Kind::stall},
    {"BUG: hard lockup", Kind::stall},
    {"BUG: workqueue lockup", Kind::stall},
    {"stall in", Kind::stall},
    {"unregister_netdevice: waiting for", Kind::device_wait},
    {"no output from test machine", Kind::silence},
    {"lost connection to test machine", Kind::silence},
    {"test machine is not executing programs", Kind::silence},
    {"test machine is gone", Kind::silence},
    {"unexpected kernel reboot", Kind::silence},
    {"hang while ", Kind::silence},
    {"sudden end while ", Kind::silence},
    {"timed out", Kind::time_out},
    // stacks
    {"kernel panic: corrupted stack end", Kind::stack_overflow},
    {"kernel panic: stack is corrupted", Kind::corrupted_data},
    {"kernel panic: kernel stack overflow", Kind::stack_overflow},
    {"kernel stack overflow", Kind::stack_overflow},
    {"BUG: stack guard page was hit", Kind::stack_overflow},
    {"PANIC: double fault", Kind::stack_overflow},
    {"stack-overflow in", Kind::stack_overflow},
    {"WARNING: kernel stack", Kind::corrupted_data},
    // resources
    {"kernel panic: Out of memory", Kind::out_of_memory},
    {"kernel panic: System is deadlocked on memory", Kind::out_of_memory},
    {"kernel panic: out of memory", Kind::out_of_memory},
    {"Out of memory", Kind::out_of_memory},
    {"out of memory", Kind::out_of_memory},
    {"memory leak", Kind::leak},
    // the tool
    {"SYZFAIL", Kind::tool},
    {"SYZFATAL", Kind::tool},
    {"executor ", Kind::tool},
    {"panic: executor", Kind::tool},
    // statements that did not hold
    {"kernel BUG", Kind::bug},
    {"WARNING", Kind::warning},
    {"BUG in", Kind::bug},
    {"hyp ", Kind::bug},
    // a sentence and a stack (console/rules/complaints.cc)
    {"kobject: ", Kind::warning},
    {"sysfs: ", Kind::warning},
    {"irq: ", Kind::warning},
    {"genirq: ", Kind::warning},
    {"kmem_cache_create failed", Kind::warning},
    {"NEIGH: BUG", Kind::warning},
    {"bad of_node_put", Kind::lifetime},
    {"pagealloc: ", Kind::corrupted_data},
    {"XFS internal error", Kind::corrupted_data},
    {"CPU does not schedule", Kind::stall},
    {"task refuses to freeze", Kind::task_hung},
    {"kernel panic: ", Kind::panic},
    {"PANIC in", Kind::bug},  // ZFS
    {"UBIFS assert failed", Kind::bug},
    {"UBI assert failed", Kind::bug},
    {"GFS2: assertion failed", Kind::bug},
    {"PANIC: ", Kind::panic},
    {"Xen panic", Kind::panic},
    // programs
    {"exit code ", Kind::exit_code},
    {"no test ran", Kind::exit_code},
    {"command not found", Kind::exit_code},
    {"SIG", Kind::signal},
    {"deadlock in ", Kind::time_out},
});

struct Pair {
  Kind a;
  Kind b;
  double kinship;
};

// Two kinds that a single bug is known to show. What is not listed excludes each other.
constexpr auto k_pairs = std::to_array<Pair>({
    // One wrong access: what it is called depends on what lay there, and on which detector was built in.
    {Kind::null_access, Kind::wild_access, 0.9},  // KASAN turns a null dereference into a protection fault
    {Kind::use_after_free, Kind::invalid_free, 0.6},
    {Kind::use_after_free, Kind::lifetime, 0.6},
    {Kind::use_after_free, Kind::out_of_bounds, 0.6},
    {Kind::invalid_free, Kind::lifetime, 0.4},
    {Kind::lifetime, Kind::device_wait, 0.0},  // a reference too many, a reference too few
    {Kind::lifetime, Kind::warning, -0.5},     // the checks of a count are warnings too
    {Kind::lifetime, Kind::bug, -0.5},
    {Kind::corrupted_data, Kind::bug, -0.5},
    {Kind::lock_setup, Kind::wait_context, -0.5},  // both read a lock that is not one (any more)
    {Kind::info_leak, Kind::uninitialized, 0.3},
    {Kind::stack_overflow, Kind::corrupted_data, 0.2},
    {Kind::stack_overflow, Kind::wild_access, 0.0},
    {Kind::stack_overflow, Kind::out_of_bounds, -0.5},
    {Kind::stack_overflow, Kind::stall, -1.0},
    {Kind::undefined, Kind::out_of_bounds, 0.0},
    {Kind::undefined, Kind::arithmetic, 0.0},
    {Kind::undefined, Kind::warning, -1.0},
    // A check changed its severity.
    {Kind::warning, Kind::bug, 0.3},
    // A check was added in front of the access, or removed.
    {Kind::warning, Kind::null_access, -1.2},
    {Kind::warning, Kind::use_after_free, -1.2},
    {Kind::warning, Kind::out_of_bounds, -1.0},
    {Kind::warning, Kind::wild_access, -1.2},
    {Kind::bug, Kind::null_access, -1.2},
    {Kind::bug, Kind::use_after_free, -1.2},
    {Kind::bug, Kind::out_of_bounds, -1.0},
    {Kind::bug, Kind::wild_access, -1.0},
    {Kind::bug, Kind::panic, -0.5},
    {Kind::warning, Kind::panic, -1.0},
    // Sub-kinds of the validator are different mistakes; only these two are seen to turn into each other.
    {Kind::lock_order, Kind::irq_state, 0.0},
    {Kind::wait_context, Kind::atomic_sleep, 0.0},
    {Kind::lock_kept, Kind::unlock_balance, -1.0},
    {Kind::lock_kept, Kind::atomic_sleep, -1.0},
    {Kind::lock_freed, Kind::use_after_free, -0.5},
    {Kind::atomic_sleep, Kind::rcu_usage, -1.0},  // "illegal context switch" is one and the other
    // What cannot go on, seen by different watchdogs. A deadlock that the validator foretells may really
    // happen, but both detectors were on wherever one of them was.
    {Kind::task_hung, Kind::stall, 0.6},
    {Kind::task_hung, Kind::device_wait, 0.2},
    {Kind::task_hung, Kind::silence, 0.0},
    {Kind::stall, Kind::silence, 0.2},
    {Kind::task_hung, Kind::time_out, 0.6},
    {Kind::stall, Kind::time_out, 0.8},
    {Kind::silence, Kind::time_out, 1.0},
    {Kind::device_wait, Kind::time_out, 0.0},
    {Kind::lock_order, Kind::task_hung, -1.2},
    {Kind::lock_order, Kind::time_out, -1.5},
    {Kind::lock_order, Kind::stall, -1.5},
    {Kind::stack_overflow, Kind::silence, 0.0},  // a triple fault says nothing
    {Kind::signal, Kind::time_out, -1.0},
});

constexpr bool either(Kind a, Kind b, Kind wanted) { return a == wanted || b == wanted; }

constexpr auto k_memory_kinds =
    std::to_array<Kind>({Kind::use_after_free, Kind::out_of_bounds, Kind::invalid_free, Kind::null_access,
                         Kind::wild_access, Kind::corrupted_data, Kind::lock_setup, Kind::lifetime});

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '.' || c == ':' || c == '<' || c == '>' || c == '$';
  });
}

// "mm/slab.c:LINE!" or "mm/slab.c:123!" -> "mm/slab.c"
std::string file_of(std::string_view text) {
  text = text.substr(0, text.find(' '));
  const std::size_t colon = text.find(':');
  const std::string_view path = text.substr(0, colon);
  return colon == std::string_view::npos || path.find('.') == std::string_view::npos ? std::string()
                                                                                     : std::string(path);
}

// The first function named after the last " in ": of "a / b" (two sides) and "a/b" (a caller and who warns)
// the first.
std::string function_of(std::string_view text) {
  const std::size_t at = text.rfind(" in ");
  if (at == std::string_view::npos) return {};
  std::string_view name = text.substr(at + 4);
  name = name.substr(0, name.find_first_of(" /"));
  return is_name(name) && name != "corrupted" ? std::string(name) : std::string();
}

bool tells_by_text(Kind kind) { return kind == Kind::panic || kind == Kind::other || kind == Kind::signal; }

}  // namespace

const KindTraits& traits_of(Kind kind) { return k_traits[static_cast<std::size_t>(kind)]; }

bool is_memory(Kind kind) { return std::ranges::find(k_memory_kinds, kind) != k_memory_kinds.end(); }

bool is_progress(Kind kind) {
  return kind == Kind::task_hung || kind == Kind::stall || kind == Kind::device_wait ||
         kind == Kind::silence || kind == Kind::time_out;
}

double kinship(Kind a, Kind b) {
  if (a == b) return traits_of(a).shared;
  // A failing command says that something is wrong, never what.
  if (either(a, b, Kind::exit_code))
    return either(a, b, Kind::time_out) || either(a, b, Kind::signal) ? k_exclude_each_other
                                                                      : traits_of(Kind::exit_code).shared;
  if (traits_of(a).noise || traits_of(b).noise) return k_noise;
  for (const Pair& pair : k_pairs)
    if ((pair.a == a && pair.b == b) || (pair.a == b && pair.b == a)) return pair.kinship;
  if (is_memory(a) && is_memory(b)) return k_wrong_access;
  // Any bug may take the machine down without a word, and so may any other trouble.
  if (either(a, b, Kind::silence) || either(a, b, Kind::time_out)) return k_tells_nothing;
  if (either(a, b, Kind::other)) return k_tells_nothing;
  return k_exclude_each_other;
}

model::DetectorId detector_of(Kind kind, std::string_view title) {
  using enum model::DetectorId;
  for (const model::Detector& detector : model::detectors())
    if (std::ranges::any_of(detector.titles,
                            [&](std::string_view words) { return title.starts_with(words); }))
      return detector.id;
  switch (kind) {
    case Kind::lock_order:
    case Kind::irq_state:
    case Kind::unlock_balance:
    case Kind::wait_context:
    case Kind::lock_kept:
    case Kind::lock_freed:
    case Kind::nested_lock:
    case Kind::lockdep_limit:
      return lockdep;
    case Kind::rcu_usage:
      return prove_rcu;
    case Kind::preemptible:
      return preempt;
    case Kind::task_hung:
      return hung_task;
    case Kind::leak:
      return kmemleak;
    default:
      return none;
  }
}

bool silences(const KindAndTitle& first, const KindAndTitle& second) {
  // A lock that was never set up is found by others too, but whoever finds it turns the validator off.
  const model::DetectorId one =
      first.kind == Kind::lock_setup ? model::DetectorId::lockdep : detector_of(first.kind, first.title);
  const model::Detector* detector = model::find_detector(one);
  return detector != nullptr &&
         std::ranges::find(detector->silences, detector_of(second.kind, second.title)) !=
             detector->silences.end();
}

TitleParts parse_title(std::string_view title) {
  TitleParts parts;
  const auto row =
      std::ranges::find_if(k_rows, [&](const TitleRow& r) { return title.starts_with(r.words); });
  std::string_view rest = title;
  if (row != k_rows.end()) {
    parts.kind = row->kind;
    rest = title.substr(row->words.size());
  }
  if (const std::size_t at = title.find(" at "); parts.kind == Kind::bug && at != std::string_view::npos)
    parts.file = file_of(title.substr(at + 4));
  if (parts.file.empty()) parts.function = function_of(title);
  if (tells_by_text(parts.kind)) parts.rest = rest;
  return parts;
}

std::span<const TitleRow> title_rows() { return k_rows; }

}  // namespace culprit::identity
