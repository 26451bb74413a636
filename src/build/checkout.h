// Where a builder gets a revision's files from.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "model/graph/commit.h"

namespace culprit::build {

// One worktree a slot, which holds one revision at a time. What it holds can be put aside whole, with all that was
// built in it, and be brought back to the same place later.
class Checkout {
 public:
  virtual ~Checkout() = default;
  // Puts the worktree of `slot` at `commit` and yields its folder. Tracked files are as the commit has them,
  // untracked ones (what earlier builds left) stay. Calls with different slots may be concurrent.
  virtual base::Result<std::filesystem::path> at(const model::CommitId& commit, int slot) = 0;
  // The id of the commit's tree object, in hexadecimal: equal trees are equal sources.
  virtual base::Result<std::string> tree(const model::CommitId& commit) = 0;
  // Puts what `slot` holds aside under `name` (unique among what is aside). The slot goes on with a copy (blocks are
  // shared where the file system can), or with nothing: at() then makes it anew. False: it cannot be put aside, and
  // nothing changed. This and the two below never concern what other slots hold.
  virtual base::Result<bool> put_aside(int /*slot*/, const std::string& /*name*/, bool /*copy*/) {
    return false;
  }
  // The slot holds again what was put aside under `name`, which is `commit`; what it held is gone. False: it is not
  // there any more, and the slot is to be made anew by at().
  virtual base::Result<bool> bring_back(int /*slot*/, const std::string& /*name*/,
                                        const model::CommitId& /*commit*/) {
    return false;
  }
  // Removes what was put aside under `name`.
  virtual base::Result<void> drop(const std::string& /*name*/) { return {}; }
};

}  // namespace culprit::build
