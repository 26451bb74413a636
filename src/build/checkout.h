// Where a builder gets a revision's files from.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "model/graph/commit.h"

namespace culprit::build {

// One worktree a slot, which holds one revision at a time.
class Checkout {
 public:
  virtual ~Checkout() = default;
  // Puts the worktree of `slot` at `commit` and yields its folder. Tracked files are as the commit has them,
  // untracked ones (what earlier builds left) stay. Calls with different slots may be concurrent.
  virtual base::Result<std::filesystem::path> at(const model::CommitId& commit, int slot) = 0;
  // The id of the commit's tree object, in hexadecimal: equal trees are equal sources.
  virtual base::Result<std::string> tree(const model::CommitId& commit) = 0;
};

}  // namespace culprit::build
