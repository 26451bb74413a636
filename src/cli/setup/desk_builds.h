// Builds for a person who tests by hand: what is to be tested next and, while they test it, what may come after it.
//
// A checkout, built, lasts from one command to the next (a person may boot what they built): which revision each slot
// holds is written down beside it, and struck out before a build begins there.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/process/cancel.h"
#include "base/result.h"
#include "cli/settings/settings.h"
#include "cli/settings/state.h"
#include "cli/setup/wire.h"
#include "model/build_record.h"
#include "model/graph/commit.h"

namespace culprit::history {
class GitHistory;
}

namespace culprit::cli {

// A revision that a person may test now, or why not.
struct DeskBuild {
  model::BuildRecord record;
  std::filesystem::path folder;               // its checkout
  std::vector<std::filesystem::path> beside;  // what the build put beside the checkout: packages
  bool was_there = false;                     // built before
};

// Removes what is known of builds for a person, and what they put beside their checkouts; not the checkouts.
base::Result<void> remove_desk_builds(const StatePaths& paths);

class DeskBuilds {
 public:
  // One is tested, two may come next.
  static constexpr int k_slots = 3;

  // All outlive it.
  static base::Result<std::unique_ptr<DeskBuilds>> open(const Settings& settings, const StatePaths& paths,
                                                        const history::GitHistory& history,
                                                        const base::CancelToken& cancel);
  ~DeskBuilds();
  DeskBuilds(const DeskBuilds&) = delete;
  DeskBuilds& operator=(const DeskBuilds&) = delete;

  // Is it built?
  bool has(const model::CommitId& commit) const;
  // Builds `commit` where it is not built yet. Ends what is built ahead, unless that is it: then it waits.
  base::Result<DeskBuild> build(const model::CommitId& commit);
  // The thread is at it, or has it.
  bool is_coming(const model::CommitId& commit) const;
  // Builds these one after the other in a thread, while `tested` is left in peace. What fails is left for build().
  void start_ahead(std::vector<model::CommitId> commits, const model::CommitId& tested);
  // Waits until that thread is through.
  void finish_ahead();
  // Ends what is built ahead, and removes all checkouts and what was built beside them.
  base::Result<void> tear_down();

 private:
  DeskBuilds(std::unique_ptr<Backends> backends, StatePaths paths, const base::CancelToken& cancel);
  std::filesystem::path mark(int slot) const;
  std::optional<int> slot_of(const model::CommitId& commit) const;
  int free_slot(const std::vector<model::CommitId>& keep) const;
  base::Result<DeskBuild> made(const model::CommitId& commit, int slot, bool ahead,
                               const base::CancelToken& cancel);
  void stop_ahead(const model::CommitId& wanted);

  std::unique_ptr<Backends> m_backends;
  StatePaths m_paths;
  const base::CancelToken& m_cancel;
  std::optional<base::CancelToken> m_stop;  // of what is built ahead
  std::thread m_thread;
  mutable std::mutex m_mutex;
  model::CommitId m_at;   // that the thread builds; guarded by m_mutex
  bool m_enough = false;  // it begins no other; guarded by m_mutex
};

}  // namespace culprit::cli
