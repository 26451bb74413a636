// The constants of the beliefs. Beside each: its arithmetic, its source, or what moves when it is doubled or
// halved (rows of noisebisect-v1; docs/tuning.md has the table, bench/noisebisect/sensitivity.py makes it).
#pragma once

#include "base/tuned.h"

namespace culprit::search {

// Findings. A title at least this likely to be the bug is not an open one: identity's limit is 99.75 %, and a
// title that is the bug's own stands above 98 %.
CULPRIT_TUNED(double, k_certain, 0.98);
// No title is surer from its looks than this, either way: where it shows must be able to overrule it (19 to 1
// against a ratio of thousands).
CULPRIT_TUNED(double, k_least_prior, 0.05);
// A revision named as the good end is taken on trust, and wrong this often.
CULPRIT_TUNED(double, k_ends_error, 0.002);
// So often is any of a bisection's words on tested revisions wrong. Whoever bisects by hand expects an answer
// as soon as two neighbours have been told apart, so the words share this among all commits.
CULPRIT_TUNED(double, k_persons_error, 0.002);
// fix: that a branch beside the start's line had the bug, where all it shares with the start is free of it,
// and where that is not known.
CULPRIT_TUNED(double, k_exposed_if_clean, 0.01);
CULPRIT_TUNED(double, k_exposed_if_unknown, 0.5);

// Posterior. Equal signatures miss a difference (a module, a firmware file) with this probability.
CULPRIT_TUNED(double, k_signature_misses, 0.02);

// Prior. What is said of commits beforehand is bounded by this factor to either side of a commit of which
// nothing is said, so that a handful of runs can overrule it: log2 100 = 6.6 bits.
CULPRIT_TUNED(double, k_prior_bound, 100);
// fix: that there is no fix in the range yet.
CULPRIT_TUNED(double, k_no_fix, 0.02);
// Half of the bugs are younger than so many releases: two of five bisections by syzbot ended beyond the
// oldest tried.
CULPRIT_TUNED(double, k_half_age_releases, 2);
CULPRIT_TUNED(double, k_always_risk, 0.03);  // that a build breaks without any reason to expect it
// Of the runs that a bisection is thought to have behind it at its start, the share lost to the machine, and of the half
// of them that ended, to other crashes.
CULPRIT_TUNED(double, k_prior_lost, 0.05);
CULPRIT_TUNED(double, k_prior_masked, 0.02);

// Experience. What is shipped, and what a lab's history makes of it for one of its trees, count as so many bisections:
// ten draw a share half of the way.
CULPRIT_TUNED(double, k_experience_weighs, 10);

// Titles. Outside its region another bug is all but never seen under this title.
CULPRIT_TUNED(double, k_stray, 0.002);
// So often the crashes of a bug have one title only where it does not change, but for a slip.
CULPRIT_TUNED(double, k_pure, 0.7);
CULPRIT_TUNED(double, k_slip, 0.002);
// A title that is the bug's was renamed within the range with this probability: else there would be no second
// title.
CULPRIT_TUNED(double, k_renamed, 0.7);

}  // namespace culprit::search
