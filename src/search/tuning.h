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
// A good end that cannot be tested is right this often.
CULPRIT_TUNED(double, k_trusted, 0.9);

// Verification: P(outcome | the commit is right) against P(outcome | it is not); verification.cc has the
// table.
CULPRIT_TUNED(double, k_gone_if_right, 0.9);
CULPRIT_TUNED(double, k_gone_by_accident, 0.02);
CULPRIT_TUNED(double, k_still_if_right, 0.15);
CULPRIT_TUNED(double, k_still_if_wrong, 0.98);
inline constexpr double k_worth_a_check = 0.5;    // less probable culprits are not worth a build
inline constexpr double k_left_to_chance = 0.01;  // that as many quiet runs come by chance
inline constexpr double k_most_sure = 0.9999;     // no answer is surer
inline constexpr int k_most_check_runs = 10;      // times the runs of a revision

// Controls: what may explain the runs beside the commit, before any was run. That few tests depend on the moment
// or the place is why they may; each of these costs a sure search one more look per factor of ten.
CULPRIT_TUNED(double, k_prior_always, 0.02);
CULPRIT_TUNED(double, k_prior_time, 0.02);
CULPRIT_TUNED(double, k_prior_first_run, 0.01);
CULPRIT_TUNED(double, k_prior_slot, 0.005);
// Rates of the bug's look without the bug, as Beta(alpha, beta): mean 2 %, and 8 % or more once in fourteen.
CULPRIT_TUNED(double, k_false_alpha, 0.2);
CULPRIT_TUNED(double, k_false_beta, 10);
// Another explanation than the revision ends the search from this probability on, and from so many runs on.
inline constexpr double k_circumstances = 0.995;
inline constexpr std::size_t k_least_circumstances = 8;
// One this likely is looked into before an end is said to have the bug, by up to so many runs of that end.
inline constexpr double k_worth_a_look = 0.02;
inline constexpr int k_most_end_runs = 20;
// After so many runs that showed the bug, the best split of the revisions fits at least so many times as well as one
// rate for all, or the test fails whatever it is given. Where there is a commit, each of the shown runs doubles that:
// about as many runs are spent on either side of it.
inline constexpr int k_enough_to_stand_out = 20;
inline constexpr double k_stands_out = 100;
// The share of an answer's doubt that is left to the controls; the search itself has to stay below the rest.
inline constexpr double k_doubt_of_controls = 0.1;
// A parent may have the bug more rarely: it is run on for so much of the time that the search has taken, up to the
// runs that a bug of 10 % would show in with 99 %. All of it where a person still waits, less where it took long.
CULPRIT_TUNED(double, k_rarer_share, 0.05);
CULPRIT_TUNED(double, k_rarer_seconds, 5);
inline constexpr int k_rarer_runs = 44;
// Runs of controls that tell nothing new before the search says that it does not know.
inline constexpr int k_most_control_runs = 40;
// A build from clean differs from one that was not once this is so many times as likely as that it does not.
CULPRIT_TUNED(double, k_stale_odds, 15);
// Revisions between a refuted answer and the start that are looked at for one without the bug.
inline constexpr int k_probes = 5;

// Variants: one in which the bug shows so many times as rarely as in the plain build changes what is chased.
CULPRIT_TUNED(double, k_variant_loses, 3);

// Informed: a commit that touches a file, or a function, that the crash names is so many times as likely.
CULPRIT_TUNED(double, k_touches_file, 4);
CULPRIT_TUNED(double, k_touches_function, 10);

}  // namespace culprit::search
