#include "cli/settings/state.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "base/files.h"

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

}  // namespace

fs::path default_state_dir(const fs::path& common_dir) {
  const char* state = std::getenv("XDG_STATE_HOME");
  const char* home = std::getenv("HOME");
  const fs::path base =
      state && *state == '/' ? fs::path(state) : fs::path(home && *home ? home : "/tmp") / ".local/state";
  const fs::path repository = common_dir.filename() == ".git" ? common_dir.parent_path() : common_dir;
  return base / "culprit" /
         (repository.filename().string() + "-" + base::sha256(common_dir.string()).substr(0, 8));
}

std::string StatePaths::session_tag() const { return base::sha256(root.string()).substr(0, 16); }

base::Result<StateLock> StateLock::acquire(const StatePaths& paths) {
  std::error_code error;
  fs::create_directories(paths.root, error);
  if (error)
    return fail(ErrorKind::infra,
                "cannot make the state folder " + paths.root.string() + ": " + error.message(),
                "choose another with --state, or free some space");
  // A reader that looks at the lock holds it for an instant: try for a quarter of a second. One that `clean`
  // removed meanwhile excludes nobody any more: take the one that stands there now.
  base::UniqueFd fd;
  bool locked = false;
  for (int attempt = 0; attempt < 10 && !locked; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(std::chrono::milliseconds(25));
    fs::create_directories(paths.root, error);
    fd = base::UniqueFd(::open(paths.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!fd)
      return fail(ErrorKind::infra, "cannot open " + paths.lock().string() + ": " + std::strerror(errno),
                  "choose another state folder with --state");
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
    return fail(ErrorKind::infra, "cannot write " + paths.lock().string() + ": " + std::strerror(errno),
                "is the disk full?");
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
