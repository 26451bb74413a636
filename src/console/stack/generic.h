// Kernel functions that explain nothing by being on a stack: the machinery of reporting, memory helpers,
// allocators, locks, the scheduler. What they have in common is that their caller is at fault.
#pragma once

#include <cstdint>
#include <string_view>

namespace culprit::console {

// A set of families, as bits.
using Families = std::uint32_t;

inline constexpr Families k_reporting = 1;     // stack dumps, sanitizers, WARN and panic, traps, printk
inline constexpr Families k_memory = 2;        // memcpy, string functions, copies from and to user space
inline constexpr Families k_allocation = 4;    // slab, page and vmalloc allocators
inline constexpr Families k_locking = 8;       // lockdep and every kind of lock
inline constexpr Families k_scheduling = 16;   // schedule() and what runs in it
inline constexpr Families k_data = 32;         // lists, trees, reference counts, bit operations
inline constexpr Families k_entry = 64;        // interrupt and system call entry
inline constexpr Families k_rcu = 128;         // RCU's own machinery
inline constexpr Families k_timer_tick = 256;  // the clock interrupt that detects stalls
inline constexpr Families k_fault = 512;       // page fault handling between a fault and its report
inline constexpr Families k_waiting = 1024;    // primitives that wait in it
// Services of many subsystems and their internals, derived (tools/derive_generic.py). They are blamed or not by
// the kind of report, see blame.cc.
inline constexpr Families k_shared = 2048;
// Of any of these, and yet named by a report of an access or of locks.
inline constexpr Families k_named = 4096;
// What may not be blamed for a report, if its rule does not say otherwise.
inline constexpr Families k_generic = k_reporting | k_memory | k_allocation | k_locking | k_scheduling |
                                      k_waiting | k_data | k_rcu | k_timer_tick | k_fault;

// The families of a function (its name may have compiler suffixes); 0 for one that explains something.
Families families_of(std::string_view function);

// Does the name (it may have compiler suffixes) match one of the patterns, as in a rule's `skip`?
bool matches_any(std::string_view patterns, std::string_view function);
// The same of a name as it is: nothing is cut off.
bool matches_any_exactly(std::string_view patterns, std::string_view name);

// Functions that only dispatch: a stall below one of them is blamed on what it calls.
bool is_dispatcher(std::string_view function);

}  // namespace culprit::console
