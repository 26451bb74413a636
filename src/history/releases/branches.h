// Where is a change on each branch: the commit itself, or a copy of it under another id?
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "history/git/git.h"
#include "model/graph/commit.h"

namespace culprit::history {

// How a commit is known to be the change.
enum class Kinship {
  itself,
  named,     // its message says "commit HEX upstream" or "cherry picked from commit HEX"
  patch_id,  // git's patch id is the same: the same change
  title,     // the same title and author: a change like it, adapted
};
std::string_view words_of(Kinship kinship);

struct Presence {
  model::CommitId commit;
  Kinship kinship = Kinship::itself;
  std::string release;  // the first release tag that holds it on this branch; empty: none
};

// Branches by their full names: "refs/heads/..." before "refs/remotes/...", without symbolic ones.
base::Result<std::vector<std::string>> branches_of(const Git& git);
// The nearest kin of `change` that `branch` holds: itself, else the newest of the nearest kind; nullopt for none.
base::Result<std::optional<Presence>> presence_of(const Git& git, const std::string& branch,
                                                  const model::CommitInfo& change);
// Where a commit is found again that no branch and no tag holds any more (a topic that was rebased, linux-next).
struct FoundAgain {
  std::string branch;  // its full name
  Presence as;
};
// On the branch of HEAD, else on the first of the others (k_most_branches at most) that has kin of it; nullopt for a commit
// that some branch, tag or HEAD holds, and for one without kin.
base::Result<std::optional<FoundAgain>> found_again(const Git& git, const model::CommitInfo& commit);
// "it is in no branch or tag any more; main has the same patch as 1234567890ab (v6.2)".
std::string sentence_of(const FoundAgain& found);
// Commits of any branch that say "Fixes: " with the beginning of the id of `change`, oldest first.
base::Result<std::vector<model::CommitId>> fixes_of(const Git& git, const model::CommitId& change);

}  // namespace culprit::history
