// Checkouts of culprit's own, one a slot, that leave the user's repository and checkout alone.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/process/cancel.h"
#include "base/result.h"
#include "history/git/private_repository.h"
#include "model/graph/commit.h"

namespace culprit::history {

struct WorktreeOptions {
  bool clean = false;  // remove untracked and ignored files at each switch: every build starts from nothing
  bool submodules = false;  // check out submodules too, from the user's own copies where they are there
  // Getting the submodules of one checkout may take so long; longer is an error, since the next revision's
  // would not come either. Without a deadline an unreachable server holds everything up for ever.
  double submodule_timeout_s = 600;
  // Told, in a sentence, what a checkout lacks: submodules that are not checked out. May be empty; may be
  // called from any thread that calls at().
  std::function<void(const std::string&)> note = {};
};

// A commit with another one taken back, or applied, on top of it.
struct Changed {
  enum class Way { without, with };
  enum class How {
    clean,      // `commit` is `base` so changed; it exists in culprit's own repository alone
    nothing,    // `base` is without the change, or with it, already; `commit` is `base`
    partly,     // the same but for lines that other changes are in the way of, in `conflicting`
    conflicts,  // other changes are in the way of all of it, or of a whole file
  };
  How how = How::clean;
  model::CommitId commit;                // null after conflicts
  std::vector<std::string> conflicting;  // the files in the way
};

class Worktrees {
 public:
  // `state` is a folder of culprit's that is locked by the caller; a "git" and a "worktrees" folder are made
  // there or taken up again, also after a kill at any moment. `cancel` outlives the object; all but
  // remove_all() obeys it.
  static base::Result<std::unique_ptr<Worktrees>> open(const Repository& user,
                                                       const std::filesystem::path& state,
                                                       WorktreeOptions options,
                                                       const base::CancelToken& cancel);

  // Puts the work tree of `slot` (from 0) at `commit` and yields its folder. Tracked files are as the commit
  // has them; untracked ones stay unless `clean` (or unless they are in the way of the commit's). Calls with
  // different slots may be concurrent. ErrorKind::repository if git cannot check them out: a file or the program
  // that makes it (a filter, Git LFS) is missing. ErrorKind::usage if the commit is in the repository no more.
  base::Result<std::filesystem::path> at(const model::CommitId& commit, int slot);
  // The id of the commit's tree, in hexadecimal.
  base::Result<std::string> tree(const model::CommitId& commit) const;
  // What `base` would be without, or with, the change that `commit` made (to its first parent, for a merge). Equal
  // arguments give the same commit id.
  base::Result<Changed> change(const model::CommitId& base, Changed::Way way,
                               const model::CommitId& commit) const;
  // Puts the files of `slot` aside under `name`, with all that is in them. The slot goes on with a copy, or without files:
  // at() makes it anew. False where submodules, whose repositories stay behind, or a copy that fails forbid it; then
  // nothing changed. What is aside lasts until this process ends: open() removes what a killed one left.
  base::Result<bool> put_aside(int slot, const std::string& name, bool copy);
  // Puts the files that are aside under `name`, of `commit`, back into `slot`, whose own are removed. False where they
  // are not whole: the slot is then without files. May be killed at any moment.
  base::Result<bool> bring_back(int slot, const std::string& name, const model::CommitId& commit);
  // Removes what is aside under `name`.
  base::Result<void> drop(const std::string& name);
  // Removes every work tree and the repository, also after a cancellation; the object is spent.
  base::Result<void> remove_all();

  std::filesystem::path folder(int slot) const;
  // What is aside is below it.
  std::filesystem::path aside() const { return m_state / "worktrees" / "slot-aside"; }

 private:
  Worktrees(PrivateRepository repository, Repository user, std::filesystem::path state,
            WorktreeOptions options, const base::CancelToken& cancel);

  struct Slot {
    std::string name;
    std::filesystem::path folder;  // the files
    std::filesystem::path admin;   // git's own data of it
  };
  Slot slot_at(int number) const;
  Git git_in(const Slot& slot) const;
  base::Result<void> make(const Slot& slot, const model::CommitId& commit);
  std::unexpected<base::Error> gone_or(const model::CommitId& commit, base::Error error) const;
  base::Result<void> clean(const Slot& slot);
  base::Error own_repository_gone() const;
  void note_unknown_filters(const Slot& slot) const;
  // False where the slot cannot be used and must be made anew.
  base::Result<bool> finish_interrupted(const Slot& slot);
  base::Result<void> check_out(const Slot& slot, const model::CommitId& commit);
  base::Result<void> check_out_somehow(const Slot& slot, const model::CommitId& commit);
  base::Result<void> remove_old_submodules(const Slot& slot, const model::CommitId& next);
  base::Result<void> update_submodules(const Slot& slot);
  // Where a submodule may be cloned from without a network; empty if the user has no copy of it.
  base::Result<std::string> local_url(const std::string& submodule) const;

  PrivateRepository m_repository;
  Repository m_user;
  std::filesystem::path m_state;
  WorktreeOptions m_options;
  const base::CancelToken* m_cancel;
  std::mutex m_shared;  // for what writes outside its slot: `git worktree add`, the configuration
  bool m_told_of_submodules = false;  // guarded by m_shared
};

}  // namespace culprit::history
