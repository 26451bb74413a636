#include "build/kernel/kernel_modules.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/archive/cpio.h"
#include "base/files.h"
#include "base/strings.h"

namespace culprit::build {
namespace {

namespace fs = std::filesystem;
using base::Result;

// "kernel/drivers/misc/ferry-core.ko" -> "ferry_core"
std::string name_of(std::string_view file) {
  std::string_view base = file.substr(file.rfind('/') + 1);
  std::string name(base.substr(0, base.find(".ko")));
  std::ranges::replace(name, '-', '_');
  return name;
}

bool wants_all(const std::vector<std::string>& wanted) {
  return std::ranges::find(wanted, k_all_modules) != wanted.end();
}

// The folder lib/modules/VERSION of an installation.
Result<fs::path> version_folder(const fs::path& installed) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(installed / "lib" / "modules", none))
    if (entry.is_directory(none)) return entry.path();
  return base::fail(
      base::ErrorKind::usage, "the kernel has no modules to install",
      "\"modules\" in [kernel] wants a configuration with CONFIG_MODULES=y and options set to m");
}

}  // namespace

std::vector<std::string> module_closure(std::string_view dependencies,
                                        const std::vector<std::string>& wanted) {
  std::map<std::string, std::string> files;               // by name
  std::map<std::string, std::vector<std::string>> needs;  // by file
  for (const std::string_view line : base::split_lines(dependencies)) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string file(line.substr(0, colon));
    files[name_of(file)] = file;
    for (const std::string_view need : base::split(line.substr(colon + 1), ' '))
      if (!need.empty()) needs[file].emplace_back(need);
  }
  std::set<std::string> closure;
  for (const std::string& name : wanted) {
    const auto file = files.find(name_of(name));
    if (file == files.end()) continue;
    closure.insert(file->second);
    closure.insert(needs[file->second].begin(), needs[file->second].end());
  }
  return {closure.begin(), closure.end()};
}

Result<std::string> pack_modules(const fs::path& installed, const std::vector<std::string>& wanted) {
  const fs::path folder = CULPRIT_TRY(version_folder(installed));
  const std::string top = "lib/modules/" + folder.filename().string();
  const std::string dependencies = base::read_file(folder / "modules.dep").value_or("");
  base::CpioWriter cpio;
  cpio.add_parents_of(top + "/");
  const auto add = [&](const std::string& file) -> Result<void> {
    const std::string path = top + "/" + file;
    cpio.add_parents_of(path);
    cpio.add_file(path, CULPRIT_TRY(base::read_file(folder / file)), 0644);
    return {};
  };
  std::error_code none;
  std::vector<std::string> files = module_closure(dependencies, wanted);
  if (wants_all(wanted)) {
    files.clear();
    for (const auto& entry : fs::recursive_directory_iterator(folder, none))
      if (entry.is_regular_file(none) && entry.path().filename().string().contains(".ko"))
        files.push_back(entry.path().lexically_relative(folder).string());
    std::ranges::sort(files);
  }
  for (const std::string& file : files) CULPRIT_TRY(add(file));
  for (const char* table : {"modules.dep", "modules.alias", "modules.symbols", "modules.softdep",
                            "modules.builtin", "modules.order", "modules.devname"})
    if (fs::exists(folder / table, none)) CULPRIT_TRY(add(table));
  return std::move(cpio).finish();
}

}  // namespace culprit::build
