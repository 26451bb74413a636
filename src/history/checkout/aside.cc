// Work trees that are put aside with all that was built in them.
//
// A build remembers where it was made (CMake's cache, libtool, debug information), and so does what is being bisected:
// what comes back must come back to the folder it left. So the folder itself is renamed away, and back again; the slot
// goes on with a copy, which is what keeps its builds incremental. cp(1) shares blocks where the file system can
// (reflinks) and keeps times, by which make(1) knows what is built. Hard links were no copy: a compiler that writes in
// place would change both. With the files goes git's index of them, which knows their inodes: without it, the next
// checkout would write files that have not changed, and they would be compiled again.

#include "history/checkout/worktrees.h"

#include <cerrno>
#include <fstream>

#include "base/files.h"
#include "base/process/subprocess.h"

namespace culprit::history {
namespace {

namespace fs = std::filesystem;

constexpr const char* k_of_git[] = {"index", "HEAD"};  // what git knows of the files
constexpr const char* k_kept = "files";

bool copied_over(const fs::path& from, const fs::path& to) {
  std::error_code error;
  return fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
}

bool rename_to(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  return !error;
}

}  // namespace

base::Result<bool> Worktrees::put_aside(int slot, const std::string& name, bool copy) {
  const Slot place = slot_at(slot);
  const fs::path to = aside() / name;
  const auto give_up = [&]() -> base::Result<bool> {
    CULPRIT_TRY(base::remove_tree(to));
    return false;
  };
  std::error_code error;
  if (fs::exists(place.folder / ".gitmodules", error)) return false;
  CULPRIT_TRY(base::remove_tree(to));
  if (!fs::create_directories(to, error)) return false;
  for (const char* file : k_of_git)
    if (!copied_over(place.admin / file, to / file)) return give_up();
  const fs::path twin = to / "twin";
  if (copy) {
    const auto copied = base::run_tool(
        {.argv = {"cp", "-a", "--reflink=auto", "--", place.folder.string(), twin.string()}}, *m_cancel);
    if (!copied && copied.error().kind == base::ErrorKind::interrupted)
      return std::unexpected(copied.error());
    if (!copied) return give_up();
  }
  if (!rename_to(place.folder, to / k_kept)) return give_up();
  if (copy && !rename_to(twin, place.folder)) return std::unexpected(base::file_error("move", twin, EIO));
  return true;
}

base::Result<bool> Worktrees::bring_back(int slot, const std::string& name, const model::CommitId& commit) {
  const Slot place = slot_at(slot);
  const fs::path from = aside() / name;
  CULPRIT_TRY(base::remove_tree(place.folder));
  const std::lock_guard lock(m_shared);
  // A switch that is cut off here is finished by the next at(): the files are all `commit`'s.
  const fs::path target = place.admin / "culprit-target";
  if (!(std::ofstream(target, std::ios::trunc) << commit.hex() << std::flush)) return false;
  if (!rename_to(from / k_kept, place.folder)) return false;
  for (const char* file : k_of_git)
    if (!rename_to(from / file, place.admin / file)) return false;
  CULPRIT_TRY(base::remove_tree(target));
  CULPRIT_TRY(base::remove_tree(from));
  return true;
}

base::Result<void> Worktrees::drop(const std::string& name) { return base::remove_tree(aside() / name); }

}  // namespace culprit::history
