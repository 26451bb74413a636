// Compilers write a path as the build system handed it over: relative to the object directory ("../"),
// absolute, or below the directory that a vendor keeps its tree in. The tree itself shows by the directories
// at its top. A name may be one of those by chance ("/home/net/..."), or a tree's own name ("kernel/msm-4.19/"),
// so the directory above decides: that of a tree has a version, or says what it is.
#include "console/blame/source_path.h"

#include <algorithm>
#include <span>
#include <vector>

namespace culprit::console {
namespace {

// Directories at the top of the kernel's tree that have code which runs. "usr" and "tools" are none.
constexpr std::string_view k_top[] = {
    "arch",  "block", "crypto", "drivers", "fs",   "io_uring", "ipc", "mm",   "net",    "security",
    "sound", "virt",  "certs",  "include", "init", "kernel",   "lib", "rust", "samples"};
// The first ones of them are not called the same outside of a kernel's tree.
constexpr std::size_t k_telling = 12;
// Directories of a system, which hold other things than a kernel's source, a "lib" among them.
constexpr std::string_view k_systems[] = {"usr", "var", "opt"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_in(std::span<const std::string_view> list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

bool has_version(std::string_view dir) {
  const std::size_t dot = dir.find('.');
  return dot != std::string_view::npos && dot > 0 && dot + 1 < dir.size() && is_digit(dir[dot - 1]) &&
         is_digit(dir[dot + 1]);
}

// "linux", "linux-6.8.0", "kernel_common", "msm-4.19": what trees are called.
bool names_tree(std::string_view dir) {
  return dir.find("linux") != std::string_view::npos || dir.find("kernel") != std::string_view::npos ||
         dir == "common" || dir == "source" || has_version(dir);
}

struct Directory {
  std::size_t begin;
  std::string_view name;
};

std::vector<Directory> directories(std::string_view file) {
  std::vector<Directory> dirs;
  for (std::size_t at = file.starts_with('/') ? 1 : 0; dirs.size() < 40;) {
    const std::size_t slash = file.find('/', at);
    if (slash == std::string_view::npos) break;
    dirs.push_back({at, file.substr(at, slash - at)});
    at = slash + 1;
  }
  return dirs;
}

}  // namespace

std::string_view kernel_path(std::string_view file) {
  while (file.starts_with("./") || file.starts_with("../")) file.remove_prefix(file.find('/') + 1);
  const std::vector<Directory> dirs = directories(file);
  if (dirs.empty()) return file;
  if (!file.starts_with('/') && is_in(k_top, dirs[0].name)) {
    // "kernel/net/x.c", "kernel/msm-4.19/net/x.c": the tree's own name.
    const bool own_name = dirs[0].name == "kernel" && dirs.size() > 1 &&
                          (is_in(k_top, dirs[1].name) || has_version(dirs[1].name));
    if (!own_name) return file;
  }
  for (std::size_t i = 1; i < dirs.size(); ++i) {
    if (is_in(k_top, dirs[i].name) && names_tree(dirs[i - 1].name)) return file.substr(dirs[i].begin);
  }
  if (is_in(k_systems, dirs[0].name)) return file;
  for (const Directory& dir : dirs) {
    if (is_in(std::span(k_top).first(k_telling), dir.name)) return file.substr(dir.begin);
  }
  return file;
}

}  // namespace culprit::console
