#include "build/recipe/compilers.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <limits>

#include <fmt/format.h>

#include "base/strings.h"
#include "model/build/compiler_name.h"

namespace culprit::build {
namespace {

// Lower bounds: what was built and booted (examples/kernel's configuration), or the commit that made it build. Upper
// bounds: the least compiler that Documentation/process/changes.rst of the next release asks for.
constexpr std::array<CompilerRow, 14> k_compilers = {{
    {"gcc-8", "v4.15", "", "buster", "v6.16 asks for 8.1"},
    {"gcc-9", "v4.19", "", "bullseye", "5.10.223 built"},
    {"gcc-10", "v5.7", "", "bullseye",
     "a9a3ed1eff36 (v5.7): older kernels die of the stack protector while they boot"},
    {"gcc-11", "v5.10", "", "bookworm", "6.1.192 built and booted"},
    {"gcc-12", "v5.10", "", "bookworm", "5.10.223, 6.1.192, 6.12.117 and 7.2.13 built; 7.2.13 booted"},
    {"gcc-13", "v6.1", "", "trixie", "wants glibc 2.38"},
    {"gcc-14", "v6.6", "", "trixie", "wants glibc 2.38"},
    {"gcc-15", "v6.14", "", "sid",
     "b3bee1e7c3f2 (v6.14): C23 is its default, which boot code did not expect"},
    {"clang-11", "v5.8", "v6.8", "bullseye", "v6.9 asks for 13.0.1"},
    {"clang-13", "v5.10", "v6.17", "bookworm", "v6.18 asks for 15"},
    {"clang-14", "v5.10", "v6.17", "bookworm", "v6.18 asks for 15"},
    {"clang-16", "v5.15", "", "bookworm", "v6.18 asks for 15"},
    {"clang-19", "v6.1", "", "bookworm", "6.1.192 built and booted"},
    {"clang-21", "v6.6", "", "sid", "v6.18 asks for 15"},
}};

bool can_start(const std::string& name) {
  const char* path = std::getenv("PATH");
  for (const std::string_view folder : base::split(path == nullptr ? "/usr/bin" : path, ':'))
    if (::access((std::filesystem::path(folder) / name).c_str(), X_OK) == 0) return true;
  return false;
}

Toolchain toolchain_of(const CompilerRow& row) {
  Toolchain toolchain{.since = std::string(row.since), .cc = {}, .llvm = {}, .make_args = {}};
  toolchain.until = std::string(row.until);
  if (const auto suffix = base::strip_prefix(row.name, "clang"))
    toolchain.llvm = std::string(*suffix);
  else
    toolchain.cc = std::string(row.name);
  return toolchain;
}

bool is_here(const CompilerRow& row) { return std::ranges::all_of(toolchain_of(row).tools(), can_start); }

}  // namespace

std::vector<Toolchain> installed_toolchains() {
  std::vector<Toolchain> found;
  for (const CompilerRow& row : k_compilers)
    if (is_here(row)) found.push_back(toolchain_of(row));
  return found;
}

const CompilerRow* row_of(std::string_view line) {
  const model::CompilerName found = model::compiler_name(line);
  const std::string name = found.family + "-" + found.version.substr(0, found.version.find('.'));
  const auto row = std::ranges::find(k_compilers, name, &CompilerRow::name);
  return row == k_compilers.end() ? nullptr : &*row;
}

std::vector<Toolchain> with_installed(Toolchain own, const CompilerRow& row) {
  std::vector<Toolchain> all{own};
  for (Toolchain& toolchain : installed_toolchains())
    if (toolchain.compiler() != row.name) all.push_back(std::move(toolchain));
  KernelVersion oldest{std::numeric_limits<int>::max(), 0, 0};
  for (const Toolchain& toolchain : all)
    oldest = std::min(oldest, parse_kernel_version(toolchain.since).value_or(KernelVersion{}));
  constexpr int k_last_minor = 99;
  const int major = oldest.minor > 0 ? oldest.major : oldest.major - 1;
  own.since.clear();
  own.until = fmt::format("v{}.{}", major, oldest.minor > 0 ? oldest.minor - 1 : k_last_minor);
  all.push_back(std::move(own));
  return all;
}

std::vector<CompilerChoice> compilers_for(KernelVersion from, KernelVersion to) {
  std::vector<CompilerChoice> out;
  for (const CompilerRow& row : k_compilers) {
    const Toolchain toolchain = toolchain_of(row);
    const bool starts_late =
        !row.since.empty() && to < parse_kernel_version(row.since).value_or(KernelVersion{});
    const bool ends_early = !toolchain.until.empty() && !toolchain.builds(from) && !toolchain.builds(to);
    if (starts_late || ends_early) continue;
    out.push_back({&row, is_here(row), toolchain.builds(from) && toolchain.builds(to)});
  }
  std::ranges::reverse(out);
  return out;
}

}  // namespace culprit::build
