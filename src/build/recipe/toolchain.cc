#include "build/recipe/toolchain.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "base/files.h"
#include "base/process/subprocess.h"
#include "base/strings.h"

namespace culprit::build {
namespace {

// The value of "NAME = value" in a makefile; nullopt without such a line.
std::optional<int> makefile_number(std::string_view makefile, std::string_view name) {
  for (const std::string_view line : base::split_lines(makefile)) {
    const auto rest = base::strip_prefix(line, name);
    const auto value = rest ? base::strip_prefix(base::trim(*rest), "=") : std::nullopt;
    if (value) return base::parse_number<int>(base::trim(*value));
  }
  return std::nullopt;
}

// A program of the toolchain that make's LLVM= means: a suffix, "-19", a folder, "/opt/llvm/bin/", or what is in the PATH, "1".
std::string of_llvm(const std::string& llvm, std::string_view tool) {
  if (llvm.starts_with('-')) return std::string(tool) + llvm;
  return (llvm.ends_with('/') ? llvm : std::string()) + std::string(tool);
}

// The Debian package that holds a tool, for hints.
std::string package_of(const std::string& tool) {
  std::string name = std::filesystem::path(tool).filename().string();
  if (name == "ld") return "binutils";
  if (const auto version = base::strip_prefix(name, "ld.lld")) return "lld" + std::string(*version);
  if (name.starts_with("llvm-"))  // llvm-ar-19 is llvm-19's
    return "llvm" + name.substr(std::min(name.find('-', std::string_view("llvm-").size()), name.size()));
  return name;
}

base::Result<std::string> first_version_line(const std::string& tool, const base::CancelToken& cancel) {
  auto output =
      base::run_tool({.argv = {tool, "--version"}, .env = {{"LC_ALL", "C"}}, .timeout_s = 60}, cancel);
  if (!output) {
    if (output.error().what.starts_with("cannot start '"))
      output.error().hint =
          fmt::format("apt-get install {}, or name another compiler in [[toolchain]]", package_of(tool));
    return output;
  }
  const auto lines = base::split_lines(*output);
  return lines.empty() ? tool : std::string(lines.front());
}

}  // namespace

std::optional<KernelVersion> parse_kernel_version(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  text = text.substr(0, text.find('-'));
  std::vector<int> numbers;
  for (const std::string_view part : base::split(text, '.')) {
    const auto number = base::parse_number<int>(part);
    if (!number || *number < 0) return std::nullopt;
    numbers.push_back(*number);
  }
  if (numbers.size() < 2 || numbers.size() > 4) return std::nullopt;
  numbers.resize(3);
  return KernelVersion{numbers[0], numbers[1], numbers[2]};
}

std::optional<KernelVersion> kernel_version_of(std::string_view makefile) {
  const auto major = makefile_number(makefile, "VERSION");
  const auto minor = makefile_number(makefile, "PATCHLEVEL");
  if (!major || !minor) return std::nullopt;
  return KernelVersion{*major, *minor, makefile_number(makefile, "SUBLEVEL").value_or(0)};
}

std::string Toolchain::compiler() const {
  if (!cc.empty()) return cc;
  return llvm.empty() ? "gcc" : of_llvm(llvm, "clang");
}

std::string Toolchain::linker() const { return llvm.empty() ? "ld" : of_llvm(llvm, "ld.lld"); }

std::vector<std::string> Toolchain::tools() const {
  std::vector<std::string> all{compiler(), linker()};
  if (!llvm.empty())
    for (const std::string_view tool :
         {"llvm-ar", "llvm-nm", "llvm-objcopy", "llvm-objdump", "llvm-readelf", "llvm-strip"})
      all.push_back(of_llvm(llvm, tool));
  return all;
}

std::string Toolchain::id() const {
  std::string name = std::filesystem::path(compiler()).filename().string();
  if (!llvm.empty()) name += "-llvm";
  const std::string all = fmt::format("{}\n{}\n{}", compiler(), llvm, fmt::join(make_args, "\n"));
  return name + "-" + base::sha256(all).substr(0, 8);
}

bool Toolchain::builds(KernelVersion version) const {
  if (!since.empty() && version < parse_kernel_version(since).value_or(KernelVersion{})) return false;
  auto last = until.empty() ? std::nullopt : parse_kernel_version(until);
  if (!last) return true;
  // "v6.8" means all of 6.8.y.
  const auto dots = std::ranges::count(until, '.');
  if (dots < 2) last->patch = std::numeric_limits<int>::max();
  return version <= *last;
}

const Toolchain* pick_toolchain(std::span<const Toolchain> toolchains, KernelVersion version,
                                std::span<const KernelVersion> held) {
  const auto newest = [&](std::span<const KernelVersion> wanted) {
    const Toolchain* best = nullptr;
    KernelVersion best_since;
    for (const Toolchain& toolchain : toolchains) {
      const KernelVersion since = parse_kernel_version(toolchain.since).value_or(KernelVersion{});
      const bool builds_all =
          std::ranges::all_of(wanted, [&](KernelVersion v) { return toolchain.builds(v); });
      if (!toolchain.builds(version) || !builds_all || (best && since <= best_since)) continue;
      best = &toolchain;
      best_since = since;
    }
    return best;
  };
  if (const Toolchain* all = newest(held)) return all;
  if (const Toolchain* start = newest(held.first(std::min<std::size_t>(held.size(), 1)))) return start;
  return newest({});
}

base::Result<std::string> toolchain_version(const Toolchain& toolchain, const base::CancelToken& cancel) {
  auto compiler = first_version_line(toolchain.compiler(), cancel);
  if (!compiler) return compiler;
  auto linker = first_version_line(toolchain.linker(), cancel);
  if (!linker) return linker;
  const std::vector<std::string> tools = toolchain.tools();
  for (const std::string& tool : std::span(tools).subspan(2))
    if (auto other = first_version_line(tool, cancel); !other) return other;
  return *compiler + ", " + *linker;
}

}  // namespace culprit::build
