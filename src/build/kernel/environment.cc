#include "build/kernel/environment.h"

#include <unistd.h>

#include <algorithm>
#include <array>

namespace culprit::build {
namespace {

// Variables of the user's environment that make and compilers may see: where programs are, and where ccache
// keeps what it knows. What would make ccache compile otherwise is not among them.
constexpr auto k_kept = std::to_array<std::string_view>(
    {"PATH", "HOME", "USER", "LOGNAME", "LD_LIBRARY_PATH", "LD_PRELOAD", "CCACHE_DIR", "CCACHE_CONFIGPATH",
     "CCACHE_TEMPDIR", "CCACHE_MAXSIZE", "CCACHE_MAXFILES", "CCACHE_DISABLE", "CCACHE_READONLY",
     "CCACHE_REMOTE_STORAGE", "CCACHE_REMOTE_ONLY", "CCACHE_SECONDARY_STORAGE", "CCACHE_UMASK",
     "CCACHE_STATSLOG", "CCACHE_LOGFILE"});
constexpr auto k_kept_prefixes = std::to_array<std::string_view>({"CULPRIT_", "XDG_"});

// Variables that change what kbuild makes.
constexpr auto k_of_builds = std::to_array<std::string_view>({"ARCH",
                                                              "SUBARCH",
                                                              "SRCARCH",
                                                              "CROSS_COMPILE",
                                                              "CROSS_COMPILE_COMPAT",
                                                              "CC",
                                                              "CPP",
                                                              "CXX",
                                                              "LD",
                                                              "AR",
                                                              "AS",
                                                              "NM",
                                                              "OBJCOPY",
                                                              "OBJDUMP",
                                                              "READELF",
                                                              "STRIP",
                                                              "PAHOLE",
                                                              "RUSTC",
                                                              "BINDGEN",
                                                              "HOSTCC",
                                                              "HOSTCXX",
                                                              "HOSTLD",
                                                              "HOSTCFLAGS",
                                                              "HOSTCXXFLAGS",
                                                              "HOSTLDFLAGS",
                                                              "HOSTLDLIBS",
                                                              "HOSTRUSTFLAGS",
                                                              "USERCFLAGS",
                                                              "USERLDFLAGS",
                                                              "LLVM",
                                                              "LLVM_IAS",
                                                              "CFLAGS",
                                                              "CPPFLAGS",
                                                              "LDFLAGS",
                                                              "CFLAGS_KERNEL",
                                                              "CFLAGS_MODULE",
                                                              "AFLAGS_KERNEL",
                                                              "AFLAGS_MODULE",
                                                              "LDFLAGS_MODULE",
                                                              "LDFLAGS_vmlinux",
                                                              "KCFLAGS",
                                                              "KCPPFLAGS",
                                                              "KAFLAGS",
                                                              "KRUSTFLAGS",
                                                              "MAKEFLAGS",
                                                              "GNUMAKEFLAGS",
                                                              "MAKEFILES",
                                                              "MFLAGS",
                                                              "O",
                                                              "V",
                                                              "W",
                                                              "C",
                                                              "M",
                                                              "LOCALVERSION",
                                                              "EXTRAVERSION",
                                                              "SOURCE_DATE_EPOCH",
                                                              "CPATH",
                                                              "C_INCLUDE_PATH",
                                                              "CPLUS_INCLUDE_PATH",
                                                              "LIBRARY_PATH",
                                                              "COMPILER_PATH",
                                                              "GCC_EXEC_PREFIX",
                                                              "CF",
                                                              "CHECK",
                                                              "INSTALL_PATH",
                                                              "INSTALL_MOD_PATH",
                                                              "USE_CCACHE"});
constexpr auto k_prefixes_of_builds = std::to_array<std::string_view>({"KBUILD_", "KCONFIG_", "CONFIG_"});

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::ranges::find(names, name) != names.end();
}
template <std::size_t N>
bool starts_with_one_of(std::string_view name, const std::array<std::string_view, N>& prefixes) {
  return std::ranges::any_of(prefixes, [name](std::string_view prefix) { return name.starts_with(prefix); });
}

// The names in this process's environment.
std::vector<std::string> exported() {
  std::vector<std::string> names;
  for (char** entry = environ; *entry; entry++) {
    const std::string_view variable = *entry;
    const std::string_view name = variable.substr(0, variable.find('='));
    if (!name.empty()) names.emplace_back(name);
  }
  return names;
}

}  // namespace

Environment fixed_environment(const std::filesystem::path& source, const std::filesystem::path& temporary) {
  return {{"LC_ALL", "C"},
          {"TZ", "UTC"},
          {"TMPDIR", temporary.string()},
          {"KBUILD_BUILD_TIMESTAMP", "2026-01-01 00:00:00 UTC"},
          {"KBUILD_BUILD_USER", "culprit"},
          {"KBUILD_BUILD_HOST", "culprit"},
          {"KBUILD_BUILD_VERSION", "1"},
          // An object compiled in one folder serves another one.
          {"CCACHE_NOHASHDIR", "1"},
          // By the headers that the compiler lists: no preprocessor runs before each compilation.
          {"CCACHE_DEPEND", "1"},
          {"CCACHE_STATSLOG", (temporary / k_ccache_log).string()},
          {"CCACHE_BASEDIR", source.string()}};
}

std::vector<std::string> hide_environment(const Environment& fixed) {
  std::vector<std::string> argv = {"env"};
  for (std::string& name : exported()) {
    const bool ours = std::ranges::find(fixed, name, &Environment::value_type::first) != fixed.end();
    if (!ours && !is_one_of(name, k_kept) && !starts_with_one_of(name, k_kept_prefixes))
      argv.insert(argv.end(), {"-u", std::move(name)});
  }
  return argv;
}

std::vector<std::string> ignored_build_variables() {
  std::vector<std::string> names = exported();
  std::erase_if(names, [](const std::string& name) {
    return !is_one_of(name, k_of_builds) && !starts_with_one_of(name, k_prefixes_of_builds);
  });
  std::ranges::sort(names);
  return names;
}

}  // namespace culprit::build
