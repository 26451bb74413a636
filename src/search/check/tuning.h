// The constants of the controls. Beside each: its arithmetic, its source, or what moves when it is doubled or halved
// (the worlds of bench/worlds; the tests Controls.* are small ones of them).
#pragma once

#include <array>
#include <cstddef>

#include "base/tuned.h"

namespace culprit::search {

inline constexpr double k_left_to_chance = 0.01;  // that as many quiet runs come by chance
inline constexpr int k_most_check_runs = 10;      // times the runs of a revision

// Controls: how likely each is to explain the runs beside the commit, before any was run. Nobody counted; one test
// in fifty, and fewer, is a guess that a handful of runs by turns overrules (each turn multiplies the odds by ten
// and more: Explanations.WeighTheOrderOfTheRuns).
CULPRIT_TUNED(double, k_prior_always, 0.02);
CULPRIT_TUNED(double, k_prior_time, 0.02);
CULPRIT_TUNED(double, k_prior_first_run, 0.01);
CULPRIT_TUNED(double, k_prior_slot, 0.005);
// Rates of the bug's look without the bug, as Beta(alpha, beta): mean 2 %, and 8 % or more once in fourteen.
CULPRIT_TUNED(double, k_false_alpha, 0.2);
CULPRIT_TUNED(double, k_false_beta, 10);
// An answer that stands where the compiler changes, and cannot be tested with one: half of its probability. The bug of one
// commit in a thousand is there by chance, and one bug in twenty or fewer is the compiler's.
inline constexpr double k_untested_flip = 0.5;
// Another explanation than the revision ends the search from this probability on, and from so many runs on.
inline constexpr double k_circumstances = 0.995;
inline constexpr std::size_t k_least_circumstances = 8;
// One this likely is looked into before an end is said to have the bug, by up to so many runs of that end.
inline constexpr double k_worth_a_look = 0.02;
inline constexpr int k_most_end_runs = 20;
// An end that has the bug is asked once more after as long. Most such ends are a test that fails everywhere, whose author waits for it;
// ports in TIME_WAIT take 60 s, which nobody would wait for.
inline constexpr double k_rest_seconds = 2;
// One this likely is settled by runs of the start, up to so many: after two crashes at first and five quiet runs of the good end,
// eighty quiet ones make the moment thirty times as likely as a rare bug; after four, thirty make it 200 times as likely.
inline constexpr double k_worth_settling = 0.1;
inline constexpr int k_most_start_runs = 150;
// Do runs disturb one another? So many that are alone tell: a bug of two looks that are as frequent shows one of them in five runs once in
// 16, and then costs time only. Of three beside one another, of which one gets the port, and five alone: 3/8 2/7 = 11 %.
inline constexpr std::size_t k_runs_alone = 5;
inline constexpr std::size_t k_most_beside = 12;
inline constexpr double k_clash_by_chance = 0.12;
// Revisions that are asked before a search that came to nothing says so: good ends alone said it in 24 of 30 worlds
// port-clash-of-the-same-look, with others it was 29.
inline constexpr std::size_t k_most_doubtful = 2;
// Does a failing run make the next ones fail? Seconds of rest that are tried: a ban, a port that is being given back, a lock that runs out. Whoever
// named an end that has the bug waits for the last of them once. Of a flaky end five turns go by the rest once in 32, which then costs time only.
inline constexpr std::array k_rests = {2.0, 5.0};
inline constexpr int k_turns_of_rest = 5;
inline constexpr std::size_t k_most_pairs = 10;
// Likelier than not.
inline constexpr double k_likelier = 0.5;
// A bug that the parent of a commit shows so rarely, in as many runs, is not sought: to tell one commit from the next at 2 % takes
// 230 quiet runs for one mistake in a hundred.
inline constexpr double k_too_rare = 0.02;
// A commit shows the bug oftener than its parent, not by chance: of 10 in 10 beside 2 in 15 the odds are 20,000 to 1.
CULPRIT_TUNED(double, k_two_rates_odds, 1000);
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
// And where a test has never varied: of the worlds rate-jumps, where a bug of 10 % becomes one of 100 %, the rare one is missed in
// .9^24 = 8 % by the parent alone; in .9^12 = 28 % with twelve.
inline constexpr int k_equal_runs_of_parent = 24;
// Runs of controls that tell nothing new before the search says that it does not know.
inline constexpr int k_most_control_runs = 40;
// How often revisions without the bug look like it, beforehand: two in three hardly ever; a busy port or a foreign crash makes it
// one run in twelve, or in three.
struct FalseRate {
  double rate, weight;
};
inline constexpr FalseRate k_looks_like_it[] = {{0.01, 0.7}, {0.08, 0.2}, {0.3, 0.1}};
// A build from clean differs from one that was not once this is so many times as likely as that it does not.
CULPRIT_TUNED(double, k_stale_odds, 15);
// A test that has not been quiet at the start in so many runs is sure. A revision that is of two minds in such a test is run
// so often from clean: one that showed the bug once and was quiet once would be quiet in all of them with 7 %.
inline constexpr int k_least_sure = 3;
inline constexpr int k_clean_runs = 8;
inline constexpr double k_two_minds_odds = 8;
// Builds of one revision that differ are chance from these odds on, and worth another build from the first: three runs of one build
// that showed the bug and three of the next that did not are 26 times as likely if builds decide; with three more that show it, 74.
inline constexpr double k_worth_another_build = 15;
inline constexpr double k_chance_of_builds = 60;
inline constexpr int k_runs_of_a_doubted_build = 3;
// Of a revision that surprised from clean: where half of the builds have the bug, three agree once in four.
inline constexpr std::size_t k_builds_of_a_surprise = 3;
// A start that is always quiet is built as often, as long as a person would wait: most of them are a test that does not show the bug.
inline constexpr double k_unlucky_seconds = 30;
// A moment that has the bug whatever the revision would show it on the good end too: twice is no chance where half of the time is such.
inline constexpr int k_quiet_beside = 2;
inline constexpr int k_agreeing_builds =
    4;  // after one that did not: 1 in 8 where half of the builds have the bug
inline constexpr std::size_t k_most_builds_of_one = 8;
// Runs of a build that is a matter of chance: the second one is there where the first said nothing.
inline constexpr int k_runs_of_a_chance_build = 2;
// A stretch of time explains runs of two minds from these odds on: of 12 runs of a revision the third to the eleventh showed the bug,
// 15 to 1; the third to the sixth of eight, 7; one run in nine, less than 1. What was taken for a stretch and was none comes back
// with the next such run.
CULPRIT_TUNED(double, k_outage_odds, 4);
// First runs in a row that showed the bug, and with them none in which the next run of the checkout did: a bug that shows in
// half of the runs does that once in (1/4)^3 = 1/64, and no first run may have been quiet.
inline constexpr int k_least_first_runs = 3;
// Revisions between a refuted answer and the start that are looked at for one without the bug.
inline constexpr std::size_t k_probes = 5;

// Verification: P(outcome | the commit is right) against P(outcome | it is not); revert.cc has the table.
CULPRIT_TUNED(double, k_gone_if_right, 0.9);
CULPRIT_TUNED(double, k_gone_by_accident, 0.02);
CULPRIT_TUNED(double, k_still_if_right, 0.15);
CULPRIT_TUNED(double, k_still_if_wrong, 0.98);
// A commit this probable, beside which none has more than this share of the rest: the rest is spread so thin (it was another bug
// that hid this one until it was mended, say) that no revision takes much of it away, and a revert all: from .8, one that is gone
// makes .8 * k_gone_if_right / (.8 * k_gone_if_right + .2 * k_gone_by_accident) = .994.
CULPRIT_TUNED(double, k_revert_tells, 0.8);
CULPRIT_TUNED(double, k_spread_share, 0.25);
// Candidates that no revision tells apart are taken back one by one: up to so many, which together hold so much. One that is gone
// beside nine that still show, all as likely before, comes to 1 / 10 * 294 / (1 / 10 * 294 + 9 / 10) = .97, and to .99 with the next.
inline constexpr std::size_t k_most_taken_back = 16;
inline constexpr double k_set_worth_a_check = 0.9;
// Of two failures of one run either may come first. Another one hid the bug for n commits: that it ended with just this one has 1 in
// n + 1 (Laplace); that the bug comes before it and began here, this.
inline constexpr double k_fails_first = 0.5;
// Taken back in part, the bug still shows: what stayed was written anew by later commits, and may carry it on; twice as likely as where
// all was taken back. And the worth, in commits taken back, of k_gone_by_accident, which is a guess, beside those that were.
inline constexpr double k_still_in_part = 0.3;
inline constexpr double k_accidents_known = 10;
// Without it the other failure is back: it mended that one. That the same commit brought the bug too, beside one that brought it
// alone: a guess.
inline constexpr double k_mends_and_brings = 0.2;
// The commit that ended what is in the way, applied to earlier revisions: what is built is neither, and one in fifty says something
// else of the bug, a guess as k_gone_by_accident. Runs that something is in the way of still, all of them, before it is no mender there, and
// revisions that say nothing before it is given up. Another one is worth its build from this doubt on, and what stands out
// so is checked by a revert: .9 * .9 / (.9 * .9 + .1 * .02) = .998.
inline constexpr double k_mended_differs = 0.02;
inline constexpr int k_hidden_still = 2;
inline constexpr int k_mended_in_vain = 3;
inline constexpr double k_mended_worth = 0.02;
inline constexpr double k_mended_tells = 0.9;
// While a search goes on, from so many hidden revisions on: one may be a matter of chance. What has less than this of the posterior is
// no candidate: a hundred of them are one per cent.
inline constexpr int k_hidden_known = 3;
inline constexpr double k_candidate_mass = 1e-4;
inline constexpr double k_worth_a_check = 0.5;  // less probable culprits are not worth a build
inline constexpr double k_most_sure = 0.9999;   // no answer is surer

}  // namespace culprit::search
