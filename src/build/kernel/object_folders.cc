// There is an object folder for each slot and toolchain, outside of the source tree.
//
// Each variant of the configuration has objects of its own, which start as a copy of another's, since kbuild
// recompiles just what depends on the changed options. But its records hold the folder's path, and a copy
// elsewhere is compiled from scratch; so the variants take turns at one path, by renames, and the others wait
// beside it.
//
// Nothing half-written is trusted: a compiler that was killed leaves an object that is newer than its
// sources. While make runs, a mark lies in the object folder. A build that finds it removes all files not
// older than it first; that costs their recompilation, a new folder would cost everything's.

#include "build/kernel/object_folders.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "base/files.h"
#include "base/process/subprocess.h"

namespace culprit::build {
namespace {

namespace fs = std::filesystem;
using base::Result;

constexpr const char* k_variant = ".culprit-variant";  // whose objects a folder holds

std::string folder_name(const std::string& variant) {
  const bool plain = std::ranges::all_of(
      variant, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_'; });
  return plain ? variant : base::sha256(variant).substr(0, 16);
}

// Where the objects of `variant` wait while another variant's are at `objects`.
fs::path parked(const fs::path& objects, const std::string& variant) {
  return fs::path(objects.string() + "+" + variant);
}

// Where objects wait while their revision is built from nothing, since it failed with them.
fs::path suspect(const fs::path& objects) { return fs::path(objects.string() + ".suspect"); }

Result<void> move_folder(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) return std::unexpected(base::file_error("rename " + from.string() + " to", to, error.value()));
  return {};
}

// Puts a copy of the objects in `from` at `to`, marked as `variant`'s.
Result<void> copy_objects(const fs::path& from, const fs::path& to, const std::string& variant) {
  if (auto cleaned = remove_half_written(from); !cleaned) return cleaned;
  const fs::path half = to.string() + ".new";
  if (auto removed = base::remove_tree(half); !removed) return removed;
  // cp keeps the times, which make compares; std::filesystem::copy does not.
  auto copied = base::run_tool({.argv = {"cp", "-a", from.string(), half.string()}}, base::CancelToken());
  if (!copied) return std::unexpected(std::move(copied.error()));
  if (auto named = base::write_file_atomically(half / k_variant, variant); !named) return named;
  return move_folder(half, to);
}

// Any variant's objects that wait beside `objects`; empty where there are none.
fs::path any_parked(const fs::path& objects) {
  std::error_code none;
  for (const auto& folder : fs::directory_iterator(objects.parent_path(), none))
    if (folder.path().string().starts_with(objects.string() + "+") && folder.path().extension() != ".new")
      return folder.path();
  return {};
}

}  // namespace

fs::path building_mark(const fs::path& objects) { return objects / ".culprit-building"; }

Result<void> remove_half_written(const fs::path& objects) {
  std::error_code error;
  const auto since = fs::last_write_time(building_mark(objects), error);
  if (error) return {};  // no mark: the last build came to its end
  std::vector<fs::path> doubtful;
  for (auto file = fs::recursive_directory_iterator(objects, error);
       file != fs::recursive_directory_iterator(); file.increment(error)) {
    std::error_code none;
    if (file->is_regular_file(none) && !file->is_symlink(none) && file->last_write_time(none) >= since)
      doubtful.push_back(file->path());
    if (error) break;
  }
  if (error) return std::unexpected(base::file_error("read", objects, error.value()));
  for (const fs::path& file : doubtful) fs::remove(file, error);
  return {};
}

Result<void> begin_clean(const fs::path& objects, const std::string& variant) {
  if (base::is_there(suspect(objects)) || !base::is_there(objects))
    CULPRIT_TRY(base::remove_tree(objects));
  else
    CULPRIT_TRY(move_folder(objects, suspect(objects)));
  CULPRIT_TRY(base::make_folders(objects));
  return base::write_file_atomically(objects / k_variant, folder_name(variant));
}

Result<void> choose_objects(const fs::path& objects, bool keep_new) {
  if (keep_new) return base::remove_tree(suspect(objects));
  if (!base::is_there(suspect(objects))) return {};
  CULPRIT_TRY(base::remove_tree(objects));
  return move_folder(suspect(objects), objects);
}

Result<void> drop_suspect(const fs::path& objects) { return base::remove_tree(suspect(objects)); }

Result<void> hold_variant(const fs::path& objects, const std::string& variant) {
  const std::string name = folder_name(variant);
  const fs::path wanted = parked(objects, name);
  if (base::is_there(objects)) {
    const std::string held = base::read_file(objects / k_variant).value_or("");
    if (held == name) return {};
    if (!base::is_there(wanted))
      if (auto copied = copy_objects(objects, wanted, name); !copied) return copied;
    const fs::path place = parked(objects, held);
    if (auto removed = base::remove_tree(place); !removed) return removed;
    if (auto moved = move_folder(objects, place); !moved) return moved;
  } else if (const fs::path other = any_parked(objects); !base::is_there(wanted) && !other.empty()) {
    if (auto copied = copy_objects(other, wanted, name); !copied) return copied;
  }
  if (base::is_there(wanted)) return move_folder(wanted, objects);
  CULPRIT_TRY(base::make_folders(objects));
  return base::write_file_atomically(objects / k_variant, name);
}

}  // namespace culprit::build
