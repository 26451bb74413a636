// What does not belong to the history and is laid over every revision before it is built: a test that old revisions
// lack, fixtures, a fix without which some do not build.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/process/cancel.h"
#include "base/result.h"
#include "model/graph/commit.h"

namespace culprit::build {

// A file, or a folder's contents, that replaces what a revision has in its place.
struct Overlay {
  std::filesystem::path source;  // absolute; read anew for each revision
  std::filesystem::path place;   // relative to the top of the checkout
};

// A patch, applied where it can be and is not in already.
struct Patch {
  std::filesystem::path file;  // absolute
  std::optional<std::set<model::CommitId>>
      on{};  // these revisions alone, which are not tested without it; none: all
};

struct LaidOver {
  std::vector<std::string> only_with{};  // paths without which a revision is not tested
  std::vector<Patch> patches{};
  std::vector<Overlay> overlays{};
  bool empty() const { return only_with.empty() && patches.empty() && overlays.empty(); }
};

// What became of one checkout.
struct LayOverEnd {
  std::string refusal{};  // why the revision cannot be tested; empty: it can
  std::string remark{};   // for people
};

// Lays all over the checkout of `commit` in `worktree`: patches first, overlays last. Nothing is written outside of it,
// whatever links the revision has. Errors: an overlay or a patch that is not there (ErrorKind::usage), cancellation.
base::Result<LayOverEnd> lay_over(const LaidOver& what, const model::CommitId& commit,
                                  const std::filesystem::path& worktree, const base::CancelToken& cancel);

}  // namespace culprit::build
