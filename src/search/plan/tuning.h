// The constants of the plan. Beside each: its arithmetic, its source, or what moves when it is doubled or
// halved (rows of noisebisect-v1, bench/noisebisect/sensitivity.py; table in docs/tuning.md).
#pragma once

#include <cstddef>

#include "base/tuned.h"

namespace culprit::search {

// Terrain: where builds work.
CULPRIT_TUNED(double, k_hole_share, 0.02);  // a range of broken builds, as a share of the commits: half-life
CULPRIT_TUNED(double, k_least_hole, 2);     // and at least so many commits
CULPRIT_TUNED(double, k_prior_runs, 10);    // runs that a bisection is thought to have behind it at its start
CULPRIT_TUNED(double, k_least_valid, 0.02);  // share of runs that say something: never taken for less
CULPRIT_TUNED(int, k_hopeless_runs, 3);      // so many failed runs, and nothing else: it does not boot

// Walls (walls.h). Runs of one revision, all ended by other crashes, before it is given up: 15 at a crash
// that lets one run in five through leave (4/5)^15 = 3.5 %. Once two were given up, a third needs less proof.
CULPRIT_TUNED(int, k_wall_runs, 15);
CULPRIT_TUNED(int, k_walls_known, 2);
CULPRIT_TUNED(int, k_wall_runs_then, 4);
// After so many telling runs of one binary, more are no further proof: at a rate of 5 % a bad one is quiet in
// 150 runs with .95^150 = 0.05 %. What is still in doubt is the model.
CULPRIT_TUNED(int, k_most_runs, 150);
// Runs that ended in a crash which may be another bug's: where no run has ever got past it, and where some
// have.
CULPRIT_TUNED(int, k_most_masked_runs, 30);
CULPRIT_TUNED(int, k_most_partly_masked_runs, 400);
// Once so many in all have not, a few are enough anywhere.
CULPRIT_TUNED(int, k_enough_masked, 150);
CULPRIT_TUNED(int, k_few_masked_runs, 3);
// So many hidden runs and nothing else are enough to look for a way around: a bug that shows in half of the
// runs and is hidden in none would have shown with 1 - 2^-3 = 88 %.
CULPRIT_TUNED(int, k_enough_hidden, 3);
// Where another crash is expected to end more than this share of the best plan's runs, so many ideal bits are
// spent before the search gives up.
CULPRIT_TUNED(double, k_mostly_masked, 0.5);
CULPRIT_TUNED(double, k_least_bits_spent, 40);

// Choice: what is compared. More of any of these costs time and gains nothing that the benchmark shows.
inline constexpr std::size_t k_candidates = 6;             // new revisions evaluated exactly
inline constexpr std::size_t k_candidates_of_reading = 2;  // and for each doubtful reading
inline constexpr std::size_t k_doubtful_readings = 4;      // of these, the likeliest
inline constexpr double k_least_reading = 0.002;           // and none less likely than this
inline constexpr std::size_t k_table = 33;                 // steps of the table of bits by ancestor mass
inline constexpr std::size_t k_futures = 12;               // ways in which the runs under way may end
// Share of a further run's worth that the next quiet revision above it is expected to tell for free.
CULPRIT_TUNED(double, k_discount, 0.8);
// The neighbours' share of open titles counts as so many runs; the usual share of masked runs, where another
// crash is in the way, as so many.
CULPRIT_TUNED(double, k_neighbours_weigh, 0.05);
CULPRIT_TUNED(double, k_usual_weighs, 8);
// Open titles where nothing near was tested.
CULPRIT_TUNED(double, k_title_out_of_nowhere, 0.01);
// Runs are planned for as long as a longer plan earns at least this share of the best one's bits a second.
CULPRIT_TUNED(double, k_falling_rate, 0.8);
// Revisions with one binary whose chances to hold the culprit differ by less are one: sums of doubles are no surer.
inline constexpr double k_equal_mass = 1e-6;
// A plan for a built revision is not evaluated once its doubt cannot beat the best, unless the best is slower
// than this many bits in the time of a build and a run.
CULPRIT_TUNED(double, k_slow_bits, 0.3);

}  // namespace culprit::search
