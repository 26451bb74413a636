// How the reproducer in a guest comes to its end where nothing is wrong.
//
// A reproducer that exits, with whatever code, has run its course. One that dies of a signal or has to be stopped
// may have been cut off before it did anything, or may do so each time, after its work: what its runs at the
// start revision do tells which.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/evidence.h"

namespace culprit::model {

// RunRecord::end of a reproducer that was stopped at its time limit.
inline constexpr std::string_view k_time_limit = "time limit";
// "exit code N": it ended by itself.
bool is_regular_end(std::string_view end);

// The irregular end that counts as having run its course: what most runs of `start` end with, unless other
// revisions end otherwise (then it is the bug's doing). Where the runs of `start` have no end, since the kernel
// dies, a signal that most runs end with. Empty: none does.
std::string usual_end(const std::vector<RunRecord>& runs, const CommitId& start);

// Sets `completed` of the runs with an irregular end by that.
void accept_usual_end(std::vector<RunRecord>& runs, const CommitId& start);

// What a person is to know of these ends, and what to do about it; nullopt where there is nothing to tell.
std::optional<std::string> told_of_ends(const std::vector<RunRecord>& runs, const CommitId& start);

}  // namespace culprit::model
