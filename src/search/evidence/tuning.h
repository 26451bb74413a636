// The constants of what single revisions are judged by. Beside each: its arithmetic, its source, or what
// moves when it is doubled or halved (rows of noisebisect-v1; docs/tuning.md has the table,
// bench/noisebisect/sensitivity.py makes it).
#pragma once

#include <cstddef>

#include "base/tuned.h"

namespace culprit::search {

// Builds that the machine lost before a revision is given up: a machine that loses one in five loses three in
// a row once in 125.
CULPRIT_TUNED(int, k_build_attempts, 3);
// Fisher's exact test: runs of equal binaries that differ this much are not one crash rate. 1 % is the usual
// level, and a false alarm only costs the pooling.
CULPRIT_TUNED(double, k_one_rate, 0.01);
// A person's word stands for a verdict that is wrong once in fifty.
CULPRIT_TUNED(double, k_word_error, 0.02);
// "good" needs this probability that none of the crashes is the bug: an open title below 20 % does not spoil
// it.
CULPRIT_TUNED(double, k_good_from, 0.8);
// Equal runs of one revision of a test that never varied. A test that fails one time in five varies within them with 93 %
// (1 - 0.8^12).
inline constexpr int k_equal_runs = 12;
// "Skip" said twice is not asked a third time.
inline constexpr int k_equal_skips = 2;
// Seconds, until something was measured: a kernel's build and run in the logs of syzbot (6 min, 48 s).
inline constexpr double k_usual_build = 360;
inline constexpr double k_usual_run = 48;

// Runs at the start that all ask for a skip, before nothing more is asked: a test that skips three times in ten does that
// with 0.3^4 = 0.8 % (bench/worlds, exit-125-at-random).
inline constexpr std::size_t k_skips_at_start = 4;

}  // namespace culprit::search
