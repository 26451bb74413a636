// A kernel's detectors: which options make each, how its reports are known, and which fall silent with one.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace culprit::model {

enum class DetectorId {
  none,  // the kernel itself complains, or any of several
  lockdep,
  kasan,
  kmsan,
  kcsan,
  kfence,
  ubsan,
  atomic_sleep,
  hung_task,
  kmemleak,
  prove_rcu,
  preempt,
  objects,
};

// Something that a kernel can do without where the bug is not of its kind.
struct Detector {
  DetectorId id = DetectorId::none;
  std::string_view option;  // that has it, without CONFIG_: a configuration without the option has it not
  std::string_view sees;    // for people: "lock order"
  // Of a build without it: "no-lockdep". Empty: none is offered.
  std::string_view variant = {};
  std::vector<std::string_view> options = {};  // to be switched off for that: all that select the detector
  // CrashReport::type, or its part before the first '-', of the reports that are then missing.
  std::vector<std::string_view> types = {};
  // How the titles begin that only this detector writes, where the kind of the crash alone does not tell
  // (identity::detector_of).
  std::vector<std::string_view> titles = {};
  // Those that report nothing more in the same boot, once this one has. Empty: it goes on.
  std::vector<DetectorId> silences = {};
};

// Each id but `none` has one row.
std::span<const Detector> detectors();
// Null for `none`.
const Detector* find_detector(DetectorId id);

}  // namespace culprit::model
