// The state folder of a repository's bisections: store, private checkouts, kernels. One culprit at a time
// writes in it.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace culprit::cli {

// $XDG_STATE_HOME/culprit/<name>-<hash> (default ~/.local/state): the same for every worktree of one
// repository. `common_dir` is the absolute path of the repository's git folder. ErrorKind::usage where neither
// XDG_STATE_HOME nor HOME names a folder.
base::Result<std::filesystem::path> default_state_dir(const std::filesystem::path& common_dir);

// What has a store of its own beside the bisections': the commands by whose names it goes.
inline constexpr std::array<std::string_view, 2> k_studies = {"matrix", "minimize-config"};

// What is where below a state folder.
struct StatePaths {
  std::filesystem::path root;
  std::filesystem::path store() const { return root / "culprit.db"; }
  // What is no bisection has a store of its own, so that nobody takes it for one: `name` is one of k_studies.
  std::filesystem::path study(std::string_view name) const { return root / (std::string(name) + ".db"); }
  std::filesystem::path lock() const { return root / "lock"; }
  std::filesystem::path checkouts() const { return root / "checkouts"; }
  std::filesystem::path kernels() const { return root / "kernels"; }
  // The move of the user's checkout that is under way or was cut off (history::UserCheckout).
  std::filesystem::path move() const { return root / "move"; }
  // What was uncommitted when bisection `number` began, for --with-changes.
  std::filesystem::path changes(std::int64_t number) const {
    return root / ("changes-" + std::to_string(number) + ".patch");
  }
  // The folder that --state names, or the default one where `named` is empty.
  static base::Result<StatePaths> of(const std::string& named, const std::filesystem::path& common_dir);
  // What is written to and deleted in it must be culprit's: a folder that is not there, is empty, or holds a
  // store of culprit's (a study's is one). ErrorKind::usage for any other, which is left as it is.
  base::Result<void> refuse_foreign() const;
  // Shared by the bisections of all repositories: finished kernels, and what is known of this machine.
  std::filesystem::path cache() const { return root.parent_path() / "cache"; }
  // What children carry in their environment, so that strays of a killed culprit can be told.
  std::string session_tag() const;
};

// Holds the state folder's lock; released when it goes, or when the process dies.
class StateLock {
 public:
  // Makes the folder where it is missing. ErrorKind::usage when another culprit holds it (hint names its
  // pid).
  static base::Result<StateLock> acquire(const StatePaths& paths);
  // Removes the lock file while it is still held, then releases it: who waits for it takes a new one.
  void remove(const StatePaths& paths);
  // Is a culprit at work in it now? Its pid, or 0.
  static int holder(const StatePaths& paths);

 private:
  explicit StateLock(base::UniqueFd fd) : m_fd(std::move(fd)) {}
  base::UniqueFd m_fd;
};

}  // namespace culprit::cli
