// A commit's diff as values.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "history/git/git.h"
#include "model/graph/commit.h"

namespace culprit::history {

struct PatchLine {
  std::size_t number = 0;  // in the file it stands in: the new one of an added line, the old one of a removed
  std::string text;
  std::string function;  // the heading of its hunk, as git writes it; may be empty
};

struct FilePatch {
  std::string path;  // after; before, where the file was deleted
  bool is_new = false;
  bool is_deleted = false;
  bool is_modified = true;  // its content and nothing else: no new mode, no other name
  bool is_binary = false;
  std::vector<PatchLine> added;
  std::vector<PatchLine> removed;
};

// What `commit` changes against `parent`; renames are found. Lines are cut after 4096 bytes.
base::Result<std::vector<FilePatch>> patch_of(const Git& git, const model::CommitId& parent,
                                              const model::CommitId& commit);
// The same from what `git diff-tree -p -U0` prints, read as UTF-8.
std::vector<FilePatch> parse_patch(std::string_view text);

}  // namespace culprit::history
