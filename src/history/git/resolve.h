// Revisions as people write them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "history/git/git.h"
#include "model/graph/commit.h"

namespace culprit::history {

// The commit that `revision` names: a branch, a tag, an id or the beginning of one, v6.1~3, HEAD^{/text}, ...
// ErrorKind::repository for what names none, more than one or something else than a commit; the hint says
// what may have been meant.
base::Result<model::CommitId> resolve_revision(const Git& git, std::string_view revision);

// ErrorKind::usage where the repository has a commit no more that it had: its history was rewritten, and what no ref
// holds any more was pruned. `name` begins the sentence; empty: its id.
base::Result<void> refuse_gone(const Git& git, const model::CommitId& commit, std::string name = {});

}  // namespace culprit::history
