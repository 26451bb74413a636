// The user's repository: where it is and what is special about it. It is only ever read.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/process/cancel.h"
#include "base/result.h"
#include "history/git/git.h"

namespace culprit::history {

struct Repository {
  std::filesystem::path git_dir;     // of the worktree that was opened; absolute
  std::filesystem::path common_dir;  // shared by all its worktrees; equals git_dir in most repositories
  std::filesystem::path work_tree;   // the user's checkout; empty for a bare repository
  std::vector<std::filesystem::path> object_dirs;  // its own first, then those it borrows from, deeply
  std::size_t hash_size = 20;                      // 20 SHA-1, 32 SHA-256
  bool bare = false;
  bool shallow = false;                                     // history is cut
  bool partial = false;                                     // trees or files may have to be fetched
  bool rewritten = false;                                   // replace refs or grafts are in force
  std::vector<std::pair<std::string, std::string>> config;  // every effective entry, later ones win

  // The last value of a key (section and name in lower case).
  std::optional<std::string> config_value(std::string_view key) const;
  // The same for a key that is true or false; `otherwise` where it is not set or neither.
  bool config_bool(std::string_view key, bool otherwise) const;
  // Reading git commands for it.
  Git git(const base::CancelToken& cancel) const { return Git(git_dir, {}, cancel); }
};

// What the checkout holds that is in no commit and is therefore no part of what is tested.
struct WorkTreeState {
  bool modified = false;   // tracked files differ from HEAD
  bool untracked = false;  // files that git does not know, ignored ones left out
};

struct OpenOptions {
  bool allow_shallow = false;  // history may be cut; what is beyond the cut does not exist
};

// Finds the repository that `path` lies in: a folder of a checkout, a linked worktree, a bare repository, a
// .git folder or file. ErrorKind::usage if there is no such folder; ErrorKind::repository if it is in no
// repository, if that has no commit, or if it is shallow and that is not allowed.
base::Result<Repository> open_repository(const std::filesystem::path& path, const OpenOptions& options,
                                         const base::CancelToken& cancel);

// Where in the checkout `folder` lies: empty at its top, outside of it, and where there is none.
std::string subdirectory_of(const Repository& repository, const std::filesystem::path& folder);

// Changes neither the checkout nor its index. All false for a bare repository.
base::Result<WorkTreeState> work_tree_state(const Repository& repository, const base::CancelToken& cancel);

// The object folders that `objects` borrows from (objects/info/alternates), themselves followed, in git's
// order and without repeats; `objects` itself first.
std::vector<std::filesystem::path> with_alternates(const std::filesystem::path& objects);

}  // namespace culprit::history
