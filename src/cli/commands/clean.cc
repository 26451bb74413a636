// `culprit clean`: gives back the disk that a repository's bisections hold.

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/process/subprocess.h"
#include "base/strings.h"
#include "cli/commands/commands.h"
#include "cli/session/place.h"
#include "cli/session/printing.h"
#include "cli/session/session.h"
#include "cli/session/signals.h"
#include "cli/setup/desk_builds.h"
#include "cli/setup/wire.h"
#include "history/checkout/user_checkout.h"

namespace culprit::cli {
namespace {

namespace fs = std::filesystem;

struct CleanOptions {
  std::string repository = ".";
  std::string state_dir;
  bool everything = false;
  bool cache = false;
};

// Removes those entries of `folder` whose names begin with `name`, and the folder if nothing else is in it: what is
// not culprit's stays.
base::Result<void> remove_ours(const fs::path& folder, std::string_view name) {
  std::error_code error;
  std::vector<fs::path> ours;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.path().filename().string().starts_with(name)) ours.push_back(entry.path());
  for (const fs::path& path : ours) CULPRIT_TRY(base::remove_tree(path));
  fs::remove(folder, error);
  return {};
}

base::Result<void> remove_checkouts_and_kernels(const StatePaths& paths) {
  CULPRIT_TRY(remove_desk_builds(paths));
  CULPRIT_TRY(remove_ours(paths.checkouts() / "worktrees", "slot-"));
  CULPRIT_TRY(base::remove_tree(paths.checkouts() / "git"));
  CULPRIT_TRY(remove_ours(paths.kernels() / "objects", "slot"));
  std::error_code error;
  for (const fs::path& folder : {paths.checkouts(), paths.kernels()})
    if (!fs::remove(folder, error) && fs::exists(folder, error))
      print(base::printable("left as it is: " + folder.string() + " holds what is not culprit's\n"));
  return {};
}

base::Result<base::ExitCode> clean(const CleanOptions& options) {
  const StatePaths paths = CULPRIT_TRY(find_state(options.repository, options.state_dir));
  if (options.cache) {
    CULPRIT_TRY_IN(forget_kernels(paths), "clean");
    print("the finished kernels of all repositories are gone, and what was remembered of them\n");
  }
  std::error_code ignored;
  if (!fs::exists(paths.root, ignored)) return base::ExitCode::found;
  CULPRIT_TRY(paths.refuse_foreign());
  StateLock lock = CULPRIT_TRY(StateLock::acquire(paths));
  base::kill_strays(paths.session_tag());
  // What is on record of the user's checkout must not go with the rest.
  if (const std::string settled =
          CULPRIT_TRY(history::UserCheckout(paths.move(), cancel_on_signals()).settle());
      !settled.empty())
    print(settled + "\n");
  CULPRIT_TRY_IN(remove_checkouts_and_kernels(paths), "clean");
  CULPRIT_TRY_IN(forget_failed_builds(paths), "clean");
  if (!options.everything) {
    print("checkouts and kernels are gone; the record of the bisections stays (--all removes it too)\n");
    return base::ExitCode::found;
  }
  std::vector<fs::path> stores = {paths.store()};
  for (const std::string_view name : k_studies) stores.push_back(paths.study(name));
  for (const fs::path& store : stores)
    for (const char* part : {"", "-wal", "-shm"}) fs::remove(store.string() + part, ignored);
  for (std::int64_t n = 1; fs::remove(paths.changes(n), ignored) || n < 100; ++n) continue;
  lock.remove(paths);
  fs::remove(paths.root, ignored);  // only if it is empty: what else is there is not ours
  return base::ExitCode::found;
}

}  // namespace

void add_clean(CommandLine& line) {
  Options command = line.add("clean", "Remove checkouts and kernels that bisections left");
  auto options = std::make_shared<CleanOptions>();
  add_place_options(command, options->repository, options->state_dir);
  command.flag("--all", options->everything, "the record of the bisections too");
  command.flag("--cache", options->cache,
               "the finished kernels too, which all repositories share, and what is remembered of them");
  command.run([options] { return finish(clean(*options)); });
}

}  // namespace culprit::cli
