#include "cli/settings/state.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "base/files.h"
#include "store/store.h"

namespace culprit::cli {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;

namespace {

// Whether `path` names the file that `fd` is.
bool is_file(int fd, const fs::path& path) {
  struct stat open_one{}, named_one{};
  return ::fstat(fd, &open_one) == 0 && ::stat(path.c_str(), &named_one) == 0 &&
         open_one.st_dev == named_one.st_dev && open_one.st_ino == named_one.st_ino;
}

// SQLite opens no path of 512 bytes or more: "/culprit.db-journal" must fit too.
constexpr std::size_t k_longest_root = 490;
constexpr std::size_t k_longest_name = 240;  // of the 255 that a file system allows, with "-" and 8 digits

base::Error cannot_make(const fs::path& root, int error) {
  base::Error out = base::file_error("make the state folder", root, error);
  if (out.hint.empty()) out.hint = "choose another with --state";
  return out;
}

// A store of which nothing is written yet but that it is a database.
constexpr std::size_t k_first_page = 4096;
constexpr std::string_view k_database("SQLite format 3\0", 16);
constexpr std::string_view k_write_ahead_log("\x37\x7f\x06", 3);

// A folder with nothing but folders in it.
bool holds_no_file(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(fs::symlink_status(folder, error))) return false;
  for (const auto& entry : fs::recursive_directory_iterator(folder, error))
    if (!fs::is_directory(entry.symlink_status(error))) return false;
  return !error;
}

// "culprit.db", "matrix.db": the store that the file of this name is or belongs to; empty: none.
std::string store_of(const std::string& name) {
  const StatePaths paths{};
  std::vector<std::string> stores = {paths.store().string()};
  for (const std::string_view study : k_studies) stores.push_back(paths.study(study).string());
  const auto at = std::ranges::find_if(stores, [&](const std::string& s) { return name.starts_with(s); });
  return at == stores.end() ? std::string() : *at;
}

// What is there before the store is: the lock of a culprit that was killed at once, an unwritten store of one, and
// what a new file system holds.
bool is_of_beginning(const fs::path& path) {
  std::error_code error;
  const std::string name = path.filename().string();
  if (name == "lost+found" || holds_no_file(path)) return true;
  const std::string store = store_of(name);
  if (name != "lock" && store.empty()) return false;
  if (fs::is_symlink(fs::symlink_status(path, error)) || !fs::is_regular_file(path, error)) return false;
  if (name != "lock" && fs::file_size(path, error) > k_first_page && !name.ends_with("-wal")) return false;
  const auto text = base::read_file(path);
  if (!text || text->empty()) return text.has_value();
  if (name == "lock") return text->find_first_not_of("0123456789\n") == std::string::npos;
  return text->starts_with(name == store ? k_database : k_write_ahead_log);
}

}  // namespace

base::Result<fs::path> default_state_dir(const fs::path& common_dir) {
  const auto absolute = [](const char* name) -> fs::path {
    const char* value = std::getenv(name);
    return value && *value == '/' ? fs::path(value) : fs::path();
  };
  fs::path base = absolute("XDG_STATE_HOME");
  if (const fs::path home = absolute("HOME"); base.empty() && !home.empty()) base = home / ".local/state";
  if (base.empty())
    return fail(ErrorKind::usage,
                "there is no place to keep the bisection: neither HOME nor XDG_STATE_HOME names a folder",
                "set HOME, or name a folder with --state DIR");
  const fs::path repository = common_dir.filename() == ".git" ? common_dir.parent_path() : common_dir;
  // With the hash it is the name of a folder, whatever the length of the repository's.
  return base / "culprit" /
         (repository.filename().string().substr(0, k_longest_name) + "-" +
          base::sha256(common_dir.string()).substr(0, 8));
}

base::Result<StatePaths> StatePaths::of(const std::string& named, const fs::path& common_dir) {
  std::error_code error;
  StatePaths paths{named.empty() ? CULPRIT_TRY(default_state_dir(common_dir)) : fs::absolute(named, error)};
  if (const std::size_t size = paths.root.string().size(); size > k_longest_root)
    return fail(
        ErrorKind::usage,
        fmt::format("the path of the state folder is too long, {} bytes: {}", size, paths.root.string()),
        fmt::format("name one of at most {} bytes with --state", k_longest_root));
  return paths;
}

base::Result<void> StatePaths::refuse_foreign() const {
  std::error_code error;
  const fs::file_status status = fs::status(root, error);
  if (!fs::exists(status)) return {};  // who wants to make it says why that cannot be
  const std::string left = "it was left as it is: name an empty or a new folder with --state";
  if (!fs::is_directory(status))
    return fail(ErrorKind::usage, "the state folder " + root.string() + " is a file", left);
  std::string foreign;
  for (const auto& entry : fs::directory_iterator(root, error))
    if (!is_of_beginning(entry.path())) foreign = entry.path().filename().string();
  if (error) return std::unexpected(base::file_error("read", root, error.value()));
  if (foreign.empty()) return {};  // nothing is in it, or a beginning
  std::vector<fs::path> stores = {store()};
  for (const std::string_view name : k_studies) stores.push_back(study(name));
  std::erase_if(stores, [&](const fs::path& path) { return !fs::exists(path, error); });
  if (stores.empty())
    return fail(
        ErrorKind::usage,
        fmt::format("{} is not empty and not a state folder of culprit's: it holds '{}' and no culprit.db",
                    root.string(), foreign),
        left);
  for (const fs::path& path : stores)
    if (auto opened = store::Store::open(path, store::Store::Mode::read_only);
        !opened && opened.error().kind == ErrorKind::usage)
      return std::unexpected(std::move(opened).error());
  return {};
}

std::string StatePaths::session_tag() const { return base::sha256(root.string()).substr(0, 16); }

base::Result<StateLock> StateLock::acquire(const StatePaths& paths) {
  std::error_code error;
  fs::create_directories(paths.root, error);
  if (error) return std::unexpected(cannot_make(paths.root, error.value()));
  // A reader that looks at the lock holds it for an instant: try for a quarter of a second. One that `clean`
  // removed meanwhile excludes nobody any more: take the one that stands there now.
  base::UniqueFd fd;
  bool locked = false;
  for (int attempt = 0; attempt < 10 && !locked; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(std::chrono::milliseconds(25));
    fs::create_directories(paths.root, error);
    fd = base::UniqueFd(::open(paths.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!fd) {
      base::Error failed = base::file_error("open", paths.lock(), errno);
      if (failed.hint.empty()) failed.hint = "choose another state folder with --state";
      return std::unexpected(std::move(failed));
    }
    locked = ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0 && is_file(fd.get(), paths.lock());
  }
  if (!locked) {
    const int pid = holder(paths);
    return fail(ErrorKind::usage, "another culprit is at work in " + paths.root.string(),
                (pid > 0 ? "it is process " + std::to_string(pid) + "; " : std::string()) +
                    "`culprit status` shows what it does, --state names another folder");
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd.get(), 0) != 0 ||
      ::pwrite(fd.get(), pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()))
    return std::unexpected(base::file_error("write", paths.lock(), errno));
  return StateLock(std::move(fd));
}

void StateLock::remove(const StatePaths& paths) {
  std::error_code ignored;
  fs::remove(paths.lock(), ignored);
  m_fd.reset();
}

int StateLock::holder(const StatePaths& paths) {
  const base::UniqueFd fd(::open(paths.lock().c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return 0;
  int pid = 0;
  if (::flock(fd.get(), LOCK_SH | LOCK_NB) != 0) {
    char text[32] = {};
    if (::pread(fd.get(), text, sizeof text - 1, 0) > 0) pid = std::atoi(text);
  }
  return pid;
}

}  // namespace culprit::cli
