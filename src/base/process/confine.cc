#include "base/process/confine.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "base/unique_fd.h"

// linux/landlock.h may be older than the kernel; both are asked for no more than the third version (Linux 6.2) knows:
// before it, truncate(2) of a foreign file would pass.
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

namespace culprit::base {
namespace {

constexpr long k_least_version = 3;
constexpr __u64 k_of_files = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE;
constexpr __u64 k_of_folders = LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                               LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
                               LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                               LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                               LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER;

long create_ruleset(const landlock_ruleset_attr* attributes, std::size_t size, __u32 flags) {
  return ::syscall(SYS_landlock_create_ruleset, attributes, size, flags);
}

bool allow(int ruleset, const std::string& path) {
  const UniqueFd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!place) return errno == ENOENT;
  struct stat what{};
  if (::fstat(place.get(), &what) != 0) return false;
  landlock_path_beneath_attr rule{};
  rule.allowed_access = S_ISDIR(what.st_mode) ? k_of_files | k_of_folders : k_of_files;
  rule.parent_fd = place.get();
  return ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

}  // namespace

bool can_confine() { return create_ruleset(nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) >= k_least_version; }

bool confine_writes(std::string_view paths) {
  if (!can_confine()) {
    errno = ENOSYS;
    return false;
  }
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = k_of_files | k_of_folders;
  const UniqueFd ruleset(static_cast<int>(create_ruleset(&attributes, sizeof attributes, 0)));
  if (!ruleset) return false;
  while (!paths.empty()) {
    const std::size_t end = paths.find('\n');
    const std::string path(paths.substr(0, end));
    if (!path.empty() && !allow(ruleset.get(), path)) return false;
    paths.remove_prefix(end == std::string_view::npos ? paths.size() : end + 1);
  }
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) == 0;
}

}  // namespace culprit::base
