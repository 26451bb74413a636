// What is made of all runs: weights in log-odds, as in looks/tuning.h. The grid of crash rates is beside its
// model (rates.cc).
#pragma once

#include "identity/looks/tuning.h"

namespace culprit::identity {

// Odds of 3 to 1: above the first a run counts as the bug, below the second as another crash; between them it
// is open.
inline constexpr double k_surely_target = 0.75;
inline constexpr double k_surely_foreign = 0.25;

// Rounds of "faces from rates, rates from faces": a chain of renames grows by one step in each.
inline constexpr int k_rounds = 4;
// The main face itself: as one with its title. p = 0.985: the start may have been given with another bug's
// crash.
inline constexpr double k_main = k_same_title + k_prior;
// Runs of the start that were alone and show one face, after which a face that only those beside others show is not the bug's main one:
// a face that half of the runs show is missing in five of them once in 32.
inline constexpr int k_enough_alone = 5;
// The least for a face with the main one's title: 0.6, open, never foreign.
inline constexpr double k_title_is_main = 0.4;
// Also seen where no reproducer ran: 20 to 1 against.
inline constexpr double k_before_test = -3.0;
// Printed in runs that went on to show the bug.
inline constexpr double k_first_in_bug_run = -1.5;
// A test that failed beside the bug's in one run is not that one under another name: 7 to 1.
inline constexpr double k_two_tests = -2.0;

// Spread over revisions. For: at most 2.2 to 1, since a foreign bug that always shows does so on every
// revision. Against: all that there is.
inline constexpr double k_most_for = 0.8;
inline constexpr double k_most_against = -k_bound;
// p(bug) below which a revision's silence leaves no room for it.
inline constexpr double k_surely_free = 0.05;
// Not where a crash is like the bug by more than this: 8 %. Two kinds that exclude each other, at one place,
// come to -4 + 3 - 1 = -2.
inline constexpr double k_nothing_alike = -2.5;
// Where a revision on the way is free of the bug, what lies behind it is too, but for a bug that came twice.
inline constexpr double k_behind_free = -1.6;

// Company at the start.
inline constexpr double k_company = 1.8;            // of a kind that one bug may show as well
inline constexpr double k_company_unrelated = 0.4;  // of another kind
// The least that company leaves: this times ln(share of its runs), so 0 (open) for a face as frequent as the
// main one and 1.3 ln 0.1 = -3 (foreign) for one run in ten, which is what unrelated crashes have.
inline constexpr double k_company_share = 1.3;
// Less for faces that have nothing to do with the main one.
inline constexpr double k_strangers_company = 0.8;
// Loyalty: the share of other bugs that came or went with the bug's own range, and so show beside it only.
inline constexpr double k_regional_kin = 0.2;  // -ln 0.2 = +1.6 at most
inline constexpr double k_regional = 0.5;      // of an unrelated kind: +0.7 at most
// Kinship of kinds from which on they are not related: one of them may be anything.
inline constexpr double k_unrelated_kinship = k_tells_nothing;

}  // namespace culprit::identity
