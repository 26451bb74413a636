// A bare repository of culprit's own that borrows all objects from the user's: whatever has to be written
// (work trees, fetched objects, trial commits) is written here.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "base/process/cancel.h"
#include "base/result.h"
#include "history/git/git.h"
#include "history/git/repository.h"

namespace culprit::history {

class PrivateRepository {
 public:
  // Makes it at `folder`, or brings an existing one up to date with the user's repository: its refs (tags,
  // branches, remote branches, replace refs), its grafts, what it borrows from, the settings that decide how
  // files are checked out. Locks that a killed process left are removed: the caller must be the only one to
  // use it. `cancel` outlives the object.
  static base::Result<PrivateRepository> open(const Repository& user, const std::filesystem::path& folder,
                                              const base::CancelToken& cancel);

  const std::filesystem::path& folder() const { return m_folder; }
  const Git& git() const { return m_git; }
  // Where git keeps what belongs to one linked work tree.
  std::filesystem::path work_tree_folder(const std::string& name) const {
    return m_folder / "worktrees" / name;
  }

 private:
  PrivateRepository(std::filesystem::path folder, const base::CancelToken& cancel)
      : m_folder(std::move(folder)), m_git(m_folder, {}, cancel) {}

  std::filesystem::path m_folder;
  Git m_git;
};

// Writes a bare repository at `folder`, or what has changed of it: no objects of its own, all those of
// `borrowed`, the refs of `refs` ("<id> <name>" lines, sorted by name), none else.
base::Result<void> lay_out_bare(const std::filesystem::path& folder, const std::string& config,
                                std::span<const std::filesystem::path> borrowed, const std::string& refs);

// Removes the lock files (index.lock, HEAD.lock, ...) right in `folder`.
void remove_locks(const std::filesystem::path& folder);

}  // namespace culprit::history
