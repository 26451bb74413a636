// The history of a real git repository, which is read and never written to.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/process/cancel.h"
#include "history/git/repository.h"
#include "history/graph/load.h"
#include "history/history.h"

namespace culprit::history {

struct HistoryOptions {
  bool allow_shallow = false;            // see OpenOptions
  bool ask_get_maintainer = true;        // recipients() runs scripts/get_maintainer.pl where the tree has it
  double get_maintainer_timeout_s = 60;  // and gives up after this
  // Told, in a sentence, what did not work and did not matter: an unusable commit-graph file, a
  // get_maintainer.pl that failed. May be empty; may be called from any thread that calls the history.
  std::function<void(const std::string&)> note = {};
};

// Its methods may be called from several threads. Every one runs git, so each costs some milliseconds, but what
// describe() was asked before.
class GitHistory final : public History {
 public:
  // The repository that `path` lies in; errors as open_repository. `cancel` outlives the object.
  static base::Result<std::unique_ptr<GitHistory>> open(const std::filesystem::path& path,
                                                        HistoryOptions options,
                                                        const base::CancelToken& cancel);

  const Repository& repository() const { return m_repository; }
  // For further questions; what it has to fetch in a partial clone goes aside too.
  const Git& git() const { return m_git; }
  // What the user's checkout holds beyond its commit.
  base::Result<WorkTreeState> work_tree_state() const;
  base::Result<model::CommitId> head() const { return resolve("HEAD"); }

  base::Result<model::CommitId> resolve(std::string_view revision) const override;
  base::Result<model::CommitGraph> load(std::span<const model::CommitId> tips) const override;
  base::Result<std::vector<model::ReleaseTag>> tags() const override;
  base::Result<model::CommitInfo> describe(const model::CommitId& commit) const override;
  // The id of the tree of a commit that describe() was asked about; else nullopt. Costs nothing.
  std::optional<std::string> known_tree(const model::CommitId& commit) const;
  base::Result<std::string> diffstat(const model::CommitId& commit) const override;
  base::Result<std::vector<Recipient>> recipients(const model::CommitId& commit) const override;

  // "commit <id>", author, date, the message indented by four blanks, an empty line and the diffstat: what
  // git bisect prints below "<id> is the first bad commit".
  base::Result<std::string> show_text(const model::CommitId& commit) const;

 private:
  GitHistory(Repository repository, HistoryOptions options, const base::CancelToken& cancel);
  base::Result<void> set_fetched_objects_aside();
  base::Result<void> use_current_addresses(std::vector<Recipient>& people) const;
  base::Result<std::vector<Recipient>> maintainers(const model::CommitInfo& commit) const;
  void note(const std::string& text) const;

  struct Described {
    model::CommitInfo info;
    std::string tree;
  };

  Repository m_repository;
  HistoryOptions m_options;
  const base::CancelToken* m_cancel;
  Git m_git;
  std::unique_ptr<base::TempDir> m_fetched;  // partial clones: where objects go that git has to fetch
  mutable std::mutex m_mutex;
  mutable std::map<model::CommitId, Described> m_described;
};

}  // namespace culprit::history
