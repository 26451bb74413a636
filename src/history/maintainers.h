// What a kernel tree itself says about who looks after the code that a commit changed.
#pragma once

#include <vector>

#include "base/result.h"
#include "history/git/git.h"
#include "history/history.h"

namespace culprit::history {

// Runs scripts/get_maintainer.pl, as the revision `tree` has it, on the patch of `commit`, in a folder of its
// own with nothing but the files that the script reads; without git, so that only MAINTAINERS speaks. Empty
// where the tree has no such script and for merges, whose patch is everybody's. Errors (no perl, no answer
// within `timeout_s`, a script that fails) say nothing about the commit.
base::Result<std::vector<Recipient>> ask_get_maintainer(const Git& git, const model::CommitId& tree,
                                                        const model::CommitInfo& commit, double timeout_s);

}  // namespace culprit::history
