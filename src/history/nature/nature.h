// What kind of change the named commit is.
#pragma once

#include <vector>

#include "base/result.h"
#include "history/git/git.h"
#include "history/nature/asked.h"
#include "model/classified.h"
#include "model/graph/commit.h"

namespace culprit::history {

// By the commit's diff against its first parent: "documentation", "tests", "comments", "other_architecture" (nothing
// else in it), "merge", "exposed_by", "default", "new_interface"; and "rewritten", of one that no branch or tag holds and some
// branch has a copy of. Empty where none applies, and for a root. Costs a few calls of git, one of them a search through the
// parent's tree where names of the reproducer are new in the diff.
base::Result<std::vector<model::Classified>> classify(const Git& git, const model::CommitInfo& commit,
                                                      const BugFacts& bug);

}  // namespace culprit::history
