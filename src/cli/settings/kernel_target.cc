// kbuild knows three kinds of targets that configure: those of scripts/kconfig/Makefile, one for each file
// *_defconfig or *.config of arch/*/configs and kernel/configs, and what an architecture's Makefile adds.

#include "cli/settings/kernel_target.h"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "base/strings.h"

namespace culprit::cli {
namespace {

using base::Result;

constexpr auto k_general = std::to_array<std::string_view>(
    {"allnoconfig", "allyesconfig", "allmodconfig", "alldefconfig", "defconfig", "olddefconfig", "oldconfig",
     "randconfig", "tinyconfig", "localmodconfig", "localyesconfig", "mod2yesconfig", "mod2noconfig",
     "oldnoconfig", "silentoldconfig", "syncconfig"});

// The folder below arch of an architecture, where it is named otherwise (the top Makefile's SRCARCH).
std::string source_arch(const std::string& arch) {
  static const std::map<std::string_view, std::string_view> folders = {
      {"i386", "x86"},        {"x86_64", "x86"}, {"sparc32", "sparc"}, {"sparc64", "sparc"},
      {"parisc64", "parisc"}, {"sh64", "sh"},    {"riscv64", "riscv"}};
  const auto found = folders.find(arch);
  return found == folders.end() ? arch : std::string(found->second);
}

// The names in `folders` (each with its final slash) of `revision`; folders that are not there have none.
Result<std::vector<std::string>> names_in(const history::Git& git, const model::CommitId& revision,
                                          std::vector<std::string> folders) {
  std::vector<std::string> arguments = {"ls-tree", "--name-only", "-z", revision.hex(), "--"};
  std::ranges::move(folders, std::back_inserter(arguments));
  const auto listed = CULPRIT_TRY(git.run(arguments));
  std::vector<std::string> names;
  for (const std::string_view path : base::split(listed.output, '\0'))
    if (!path.empty()) names.emplace_back(path.substr(path.rfind('/') + 1));
  return names;
}

std::string did_you_mean(const std::string& name, const std::vector<std::string>& names) {
  const auto near = base::nearest_names(name, names, 1);
  return near.empty() ? "" : fmt::format("did you mean \"{}\"?", near.front());
}

}  // namespace

Result<void> check_build_target(const build::KernelBuildOptions& options, const history::Git& git,
                                const model::CommitId& revision, const std::string& file) {
  const auto archs = CULPRIT_TRY(names_in(git, revision, {"arch/"}));
  if (archs.empty()) return {};
  const std::string folder = source_arch(options.arch);
  if (std::ranges::find(archs, folder) == archs.end())
    return base::fail(
        base::ErrorKind::usage,
        fmt::format(R"({}: "arch" is "{}", which {} has not)", file, options.arch, revision.short_hex()),
        did_you_mean(options.arch, archs));

  const std::string& target = options.target;
  if (target.empty() || std::ranges::find(k_general, target) != k_general.end()) return {};
  std::vector<std::string> names =
      CULPRIT_TRY(names_in(git, revision, {"arch/" + folder + "/configs/", "kernel/configs/"}));
  if (std::ranges::find(names, target) != names.end()) return {};
  const auto named = CULPRIT_TRY(git.run({"grep", "-qwF", "-e", target, revision.hex(), "--", "Makefile",
                                          "scripts/kconfig/Makefile", "arch/" + folder + "/Makefile"}));
  if (named.exit_code == 0) return {};
  names.insert(names.end(), k_general.begin(), k_general.end());
  return base::fail(base::ErrorKind::usage,
                    fmt::format(R"({}: "target" is "{}", which {} cannot be configured with)", file, target,
                                revision.short_hex()),
                    did_you_mean(target, names));
}

}  // namespace culprit::cli
