// What kind of failure a crash is, told from its title alone, and how far two kinds can be one bug.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "model/run/detectors.h"

namespace culprit::identity {

// A failure's kind: what a detector complains of, whatever words it chose. Several wordings share a kind
// ("BUG: bad unlock balance" and "WARNING: bad unlock balance"), and one family of detectors has several
// ("possible deadlock" and "bad unlock balance" are both the lock validator's).
enum class Kind {
  other,  // a title that no row of the vocabulary fits
  // memory that was used wrongly
  use_after_free,
  out_of_bounds,
  invalid_free,
  null_access,
  wild_access,
  corrupted_data,
  uninitialized,
  lifetime,  // reference counts, objects freed while active
  // the lock validator and its relatives
  lock_order,
  irq_state,
  unlock_balance,
  rcu_usage,
  wait_context,
  lock_kept,   // held at return to user space, at exit, leaked by a work item
  lock_freed,  // with a lock held inside it
  nested_lock,
  lock_setup,  // uninitialised or corrupted locks
  // context
  atomic_sleep,
  preemptible,
  // progress
  task_hung,
  stall,
  device_wait,
  silence,  // the machine said nothing more, and not why
  // statements that did not hold
  warning,
  bug,
  // the rest
  stack_overflow,
  leak,
  data_race,
  undefined,
  info_leak,
  arithmetic,
  panic,
  lockdep_limit,
  out_of_memory,
  tool,  // the test tool's own failure
  exit_code,
  signal,
  time_out,
};

// How much the kind and the place of a crash say, in log-odds ("is one bug" against "are two").
struct KindTraits {
  Kind kind;
  std::string_view words;  // for people: "a possible deadlock"
  double shared;           // two crashes are of this kind
  double same_place;       // and blame the same function
  // And blame different ones: large where the place is the bug (WARN), small where it is chance (a stall is
  // noticed wherever the clock ticks).
  double other_place;
  bool noise = false;  // the bug is hardly ever this: resources of the validator or the machine ran out
};
const KindTraits& traits_of(Kind kind);

// Log-odds from the kinds of two crashes alone: above 0 for kinds that one bug shows side by side, far below
// for kinds that exclude each other. Symmetric; for equal kinds KindTraits::shared.
double kinship(Kind a, Kind b);

// The detector that alone reports crashes of this kind and title.
model::DetectorId detector_of(Kind kind, std::string_view title);

struct KindAndTitle {
  Kind kind = Kind::other;
  std::string_view title;
};
// Does the report `first` turn off the detector of `second`, which then is not reported in the same boot?
bool silences(const KindAndTitle& first, const KindAndTitle& second);

// Reports of memory used wrongly: one corruption shows as any of them, at functions that have nothing to do
// with it.
bool is_memory(Kind kind);
// Reports that something does not go on: where it is noticed is partly chance.
bool is_progress(Kind kind);

// A title taken apart.
struct TitleParts {
  Kind kind = Kind::other;
  std::string function;  // the function it blames; empty where it names none, or says that it could not tell
  std::string file;      // "arch/x86/kvm/mmu.c", where the title names a file instead
  std::string rest;      // Kind::panic and Kind::other: what tells one from another
};
TitleParts parse_title(std::string_view title);

// One row of the vocabulary: titles that begin with `words`.
struct TitleRow {
  std::string_view words;
  Kind kind;
};
// In the order in which the rows are tried.
std::span<const TitleRow> title_rows();

}  // namespace culprit::identity
