// The user's own checkout, moved to a commit as `git checkout` would, and no further.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/process/cancel.h"
#include "base/result.h"
#include "history/git/git.h"
#include "model/graph/commit.h"

namespace culprit::history {

// A move is on record (from, to, which checkout) before it begins. One that was cut off, by kill -9 at any moment,
// is finished or taken back by settle(): neither touches what the user changed since.
class UserCheckout {
 public:
  // `record` is a file of culprit's; `cancel` outlives the object.
  UserCheckout(std::filesystem::path record, const base::CancelToken& cancel)
      : m_record(std::move(record)), m_cancel(&cancel) {}

  // Finishes or takes back a move that was cut off, and says which; empty where there was none. ErrorKind::usage
  // where that would touch what the user changed: the files are named.
  base::Result<std::string> settle() const;
  // Puts the checkout at `commit`, detached. Called from a folder of the checkout: git leaves that one in place.
  // What git would overwrite is refused, ignored files included; there is nothing uncommitted in it, and no move is
  // on record.
  base::Result<void> move(const std::filesystem::path& from, const model::CommitId& commit) const;

 private:
  struct Move {
    model::CommitId from, to;
    std::filesystem::path work_tree;
  };
  // A file that differs between the two commits. A mode is as git has it, "000000" where there is no file.
  struct Change {
    std::string path;
    std::string mode_from, mode_to;
    std::string blob_from, blob_to;
  };
  base::Result<std::vector<Change>> changes(const Git& git, const Move& move) const;
  base::Result<void> remove_lock(const Git& git, const Move& move) const;
  static base::Error changed_since(const Move& move, const std::vector<std::string>& files);
  base::Result<std::string> take_back(const Git& git, const Move& move) const;

  std::filesystem::path m_record;
  const base::CancelToken* m_cancel;
};

}  // namespace culprit::history
