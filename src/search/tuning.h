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
// or once it has cost so many times that and stands still: the last share of all runs was of so many new revisions, and of twice
// those that a search of all commits needs, moved less than so much of the probability, and left more than this share of the doubt.
// With 16 revisions the worlds another-failure-below and a-test-that-passes-for-nothing gave up (seed 2), with 28 the second one;
// with 40 a-cause-behind-another, where nothing can be known, ends after 34 to 64 builds.
CULPRIT_TUNED(double, k_still_spent, 4);
CULPRIT_TUNED(double, k_still_share, 0.5);
inline constexpr std::size_t k_still_revisions = 40;
CULPRIT_TUNED(double, k_still_moved, 0.1);
CULPRIT_TUNED(double, k_still_doubt, 0.8);
// With several slots, an experiment this much worse than the best is not worth a slot.
CULPRIT_TUNED(double, k_not_worth_a_slot, 0.02);
inline constexpr double k_set = 0.99;                   // mass of the set that is reported
inline constexpr std::size_t k_most_candidates = 1000;  // of it that are listed
// For display alone: a revision is called bad, or good, from this probability on; the ends of the range, from
// that.
inline constexpr double k_verdict_from = 0.9;
inline constexpr double k_end_from = 0.95;
// For what is said to be left (bench/desk/eta.py). Runs that a search takes to confirm, beside an ideal one's.
inline constexpr double k_confirming_runs = 3;
// The check of an answer: the commit and its parent from clean, and one without it; so many runs, and so many that show the bug (controls
// and the revert: 13 runs of a sure test, some 25 at a rate of a half, some 40 at a fifth).
inline constexpr double k_check_builds = 3;
inline constexpr double k_check_runs = 8;
inline constexpr double k_check_crashes = 6;

// Classic. One silent release decides the whole range: it is run until a bad one had this chance to be
// silent.
CULPRIT_TUNED(double, k_release_doubt, 0.02);

// Variants: one in which the bug shows so many times as rarely as in the plain build changes what is chased.
CULPRIT_TUNED(double, k_variant_loses, 3);

// Informed: a commit that touches a file, or a function, that the crash names is so many times as likely.
CULPRIT_TUNED(double, k_touches_file, 4);
CULPRIT_TUNED(double, k_touches_function, 10);

// Less mass than this on what is older than all that was named or tagged: something free of the bug is known.
inline constexpr double k_good_known = 0.05;
// A release is tested in the place of a commit whose probability to hold the culprit is so near. At .65 in the place of
// .5 a sure test tells .93 bits in the place of 1.
inline constexpr double k_near_release = 0.15;

}  // namespace culprit::search
