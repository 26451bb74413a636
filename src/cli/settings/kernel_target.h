// Is what a kernel file wants to build known to the tree?
#pragma once

#include <string>

#include "base/result.h"
#include "build/kernel/kernel_builder.h"
#include "history/git/git.h"

namespace culprit::cli {

// Usage error, with the nearest name as hint, if `revision` has no such architecture or no such target to
// configure with: every revision would seem not to build. A tree without a folder arch is left to the build,
// which says that it is no kernel's. `file` is what the names stand in.
base::Result<void> check_build_target(const build::KernelBuildOptions& options, const history::Git& git,
                                      const model::CommitId& revision, const std::string& file);

}  // namespace culprit::cli
