// The constants of the strategies. Beside each: its arithmetic, its source, or what moves when it is doubled
// or halved (rows of noisebisect-v1; docs/tuning.md has the table, bench/noisebisect/sensitivity.py makes
// it).
#pragma once

#include <cstddef>

#include "base/tuned.h"

namespace culprit::search {

// Bayes. The start is run until the bug was seen so often: the crash rate is the yardstick for every silence
// to come.
CULPRIT_TUNED(int, k_start_crashes, 4);
// Ends get as many runs as leave a bad one this chance to look good.
CULPRIT_TUNED(double, k_end_doubt, 0.03);
// The machine is given up when so many builds and runs were lost, and this share of all.
CULPRIT_TUNED(int, k_many_lost, 20);
CULPRIT_TUNED(double, k_most_lost, 0.6);
// Patience: the search gives up when the doubt left would cost so many times what the ideal search pays for
// it,
CULPRIT_TUNED(double, k_patience, 400);
// the second once k_vain_builds revisions, and as many as were built, did not build,
CULPRIT_TUNED(double, k_last_patience, 60);
CULPRIT_TUNED(int, k_vain_builds, 30);
// the third once it has cost so many times what the ideal search of all these commits costs: it was promised
// more than it got, and goes on only for what is near.
CULPRIT_TUNED(double, k_late_patience, 10);
CULPRIT_TUNED(double, k_overspent, 40);
// With several slots, an experiment this much worse than the best is not worth a slot.
CULPRIT_TUNED(double, k_not_worth_a_slot, 0.02);
inline constexpr double k_set = 0.99;                   // mass of the set that is reported
inline constexpr std::size_t k_most_candidates = 1000;  // of it that are listed
// For display alone: a revision is called bad, or good, from this probability on; the ends of the range, from
// that.
inline constexpr double k_verdict_from = 0.9;
inline constexpr double k_end_from = 0.95;

// Classic. One silent release decides the whole range: it is run until a bad one had this chance to be
// silent.
CULPRIT_TUNED(double, k_release_doubt, 0.02);

// Verification: P(outcome | the commit is right) against P(outcome | it is not); verification.cc has the
// table.
CULPRIT_TUNED(double, k_gone_if_right, 0.9);
CULPRIT_TUNED(double, k_gone_by_accident, 0.02);
CULPRIT_TUNED(double, k_still_if_right, 0.15);
CULPRIT_TUNED(double, k_still_if_wrong, 0.98);
inline constexpr double k_worth_a_check = 0.5;  // less probable culprits are not worth a build
inline constexpr double k_most_sure = 0.9999;   // no answer is surer

// Variants: one in which the bug shows so many times as rarely as in the plain build changes what is chased.
CULPRIT_TUNED(double, k_variant_loses, 3);

// Informed: a commit that touches a file, or a function, that the crash names is so many times as likely.
CULPRIT_TUNED(double, k_touches_file, 4);
CULPRIT_TUNED(double, k_touches_function, 10);

}  // namespace culprit::search
