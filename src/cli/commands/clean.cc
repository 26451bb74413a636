// `culprit clean`: gives back the disk that a repository's bisections hold.

#include <cstdio>
#include <filesystem>
#include <memory>

#include "base/files.h"
#include "cli/commands/commands.h"
#include "cli/session/place.h"
#include "cli/session/session.h"
#include "cli/setup/wire.h"

namespace culprit::cli {
namespace {

struct CleanOptions {
  std::string repository = ".";
  std::string state_dir;
  bool everything = false;
};

base::Result<base::ExitCode> clean(const CleanOptions& options) {
  const StatePaths paths = CULPRIT_TRY(find_state(options.repository, options.state_dir));
  std::error_code ignored;
  if (!std::filesystem::exists(paths.root, ignored)) return base::ExitCode::found;
  StateLock lock = CULPRIT_TRY(StateLock::acquire(paths));
  for (const auto& folder : {paths.checkouts(), paths.kernels()})
    CULPRIT_TRY_IN(base::remove_tree(folder), "clean");
  CULPRIT_TRY_IN(forget_failed_builds(paths), "clean");
  if (!options.everything) {
    std::printf(
        "checkouts and kernels are gone; the record of the bisections stays (--all removes it too)\n");
    return base::ExitCode::found;
  }
  for (const auto& file :
       {paths.store().string(), paths.store().string() + "-wal", paths.store().string() + "-shm"})
    std::filesystem::remove(file, ignored);
  lock.remove(paths);
  std::filesystem::remove(paths.root, ignored);  // only if it is empty: what else is there is not ours
  return base::ExitCode::found;
}

}  // namespace

void add_clean(CommandLine& line) {
  Options command = line.add("clean", "Remove checkouts and kernels that bisections left");
  auto options = std::make_shared<CleanOptions>();
  add_place_options(command, options->repository, options->state_dir);
  command.flag("--all", options->everything, "the record of the bisections too");
  command.run([options] { return finish(clean(*options)); });
}

}  // namespace culprit::cli
