// Which commits a build cannot have seen.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "history/changes.h"
#include "history/git/git.h"

namespace culprit::history {

struct Unseen {
  std::vector<model::CommitId> commits;
  std::size_t all = 0;  // commits that were looked at, merges left out
};
// Those commits of `span` each of whose files is documentation, or C or assembly that stands in the tree of `built` and was
// not read when that was built (`inputs`, from the top folder). A file that has gone or got another name since may have
// taken part once, and what the build itself is made of (Makefiles, Kconfig, scripts) always does. Merges and empty
// commits are left out.
base::Result<Unseen> commits_unseen(const Git& git, const Span& span, const model::CommitId& built,
                                    const std::set<std::string>& inputs);

}  // namespace culprit::history
