// What one run says of the bug that is chased: the one place where outcomes and probabilities become a word.
// Whoever counts runs, draws them or tells of them starts here.
#pragma once

#include <vector>

#include "model/run/outcome.h"

namespace culprit::model {

struct RunRecord;

// A crash that is the bug with this probability or more counts as the bug: it is likelier than not.
inline constexpr double k_shown = 0.5;
// Below this it is another one: it hides the bug and says nothing about it. Between the two it is open. Six
// to one against; identity's "another bug" mostly stands at 0.25 % to 5 %, its "nobody knows" at 20 % and
// more.
inline constexpr double k_another = 0.15;
// A crash that looks like the bug is open, whatever identity makes of where it shows (RunRecord::p_alike).
inline constexpr double k_looks_like_it = 0.5;

enum class RunSays {
  shown,        // the bug showed
  open,         // a crash that may be the bug
  quiet,        // ran its course without a sign of the bug
  hidden,       // another crash ended it
  silenced,     // ran its course, but the bug's detector had spoken before and was off
  not_started,  // the boot or a check before the reproducer failed
  unfinished,   // neither ended nor crashed in its time
  lost,         // by the machine
  unbuilt,      // there was nothing to run
};

RunSays what_says(const RunRecord& run);
// The same from its parts: `p_alike` as in RunRecord.
RunSays what_says(OutcomeKind outcome, bool completed, double p_target, double p_alike);

// Whether it is evidence for or against the bug.
inline bool tells(RunSays says) { return says == RunSays::shown || says == RunSays::quiet; }

// Whether a crash of this run is the bug or open: what a run that ran its course may still be told of.
bool may_be_the_bug(const RunRecord& run);

// For each run, in their order: whether another of them was under way for a moment of it. False, too, where a run does not say when it
// began.
std::vector<bool> ran_beside_others(const std::vector<RunRecord>& runs);

}  // namespace culprit::model
