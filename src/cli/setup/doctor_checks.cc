// A check asks the tool itself, not the package manager: what is not a Debian package works as well. Where a
// tool's being there proves little, it is used: a static program is linked, libelf's header is compiled, a
// guest is run under KVM.

#include "cli/setup/doctor_checks.h"

#include <sys/sysinfo.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/files.h"
#include "base/process/subprocess.h"
#include "base/strings.h"
#include "build/kernel/environment.h"
#include "build/recipe/compilers.h"
#include "run/qemu/accel.h"

namespace culprit::cli {
namespace {

using Grade = Finding::Grade;

constexpr std::uint64_t k_gib = std::uint64_t{1} << 30;
constexpr std::uint64_t k_kernel_disk = 10 * k_gib;  // sources, two object folders, finished kernels
constexpr std::uint64_t k_program_disk = 1 * k_gib;
constexpr std::uint64_t k_kernel_memory = 2 * k_gib;  // two compilers, two guests

struct Tool {
  std::string what;
  std::vector<std::string> argv;
  std::string package;
  Grade without = Grade::missing;
};

// The first line of what a tool says of its version, or nothing where it cannot be run.
std::optional<std::string> version_line(const std::vector<std::string>& argv,
                                        const base::CancelToken& cancel) {
  auto end = base::run_process({.argv = argv, .timeout_s = 30}, cancel);
  if (!end || !end->ok()) return std::nullopt;
  const auto lines = base::split_lines(end->output);
  return lines.empty() ? std::string() : base::printable(lines.front());
}

Finding ask(const Tool& tool, const base::CancelToken& cancel) {
  if (auto version = version_line(tool.argv, cancel)) return {Grade::fine, tool.what, *version, {}};
  return {tool.without, tool.what, fmt::format("{} is missing", tool.argv.front()), {tool.package}};
}

// Compiles a program with `flags` before and `libraries` after its name.
Finding try_to_compile(std::string what, const std::string& source, std::vector<std::string> flags,
                       const std::vector<std::string>& libraries, std::string package,
                       const base::CancelToken& cancel) {
  auto folder = base::TempDir::create("culprit-doctor-");
  if (!folder) return {Grade::missing, std::move(what), folder.error().what, {}};
  const auto file = folder->path() / "try.c";
  if (auto written = base::write_file_atomically(file, source); !written)
    return {Grade::missing, std::move(what), written.error().what, {}};
  flags.insert(flags.begin(), "gcc");
  flags.insert(flags.end(), {"-o", (folder->path() / "try").string(), file.string()});
  flags.insert(flags.end(), libraries.begin(), libraries.end());
  auto end = base::run_process({.argv = flags, .timeout_s = 60}, cancel);
  if (end && end->ok()) return {Grade::fine, std::move(what), "works", {}};
  return {Grade::missing, std::move(what), "a program that needs it cannot be built", {std::move(package)}};
}

Finding look_at_busybox(const base::CancelToken& cancel) {
  auto path = base::run_tool({.argv = {"sh", "-c", "command -v busybox"}, .timeout_s = 10}, cancel);
  auto contents = path ? base::read_file(std::string(base::trim(*path))) : path;
  if (!contents) return {Grade::missing, "busybox", "busybox is missing", {"busybox-static"}};
  if (contents->find("/ld-linux") != std::string::npos)
    return {Grade::missing, "busybox", "it is not linked statically", {"busybox-static"}};
  return {Grade::fine, "busybox", "static", {}};
}

Finding try_kvm(const DoctorOptions& options, const base::CancelToken& cancel) {
  auto accel = run::probe_accel(options.qemu, {}, cancel);
  if (!accel) return {Grade::advice, "KVM", "not tried: " + accel.error().what, {}};
  if (accel->kvm) return {Grade::fine, "KVM", accel->why, {}};
  return {Grade::advice, "KVM", accel->why + "; guests run under TCG, which is slower", {}};
}

Finding look_at_disk(const DoctorOptions& options) {
  // The state folder need not be there yet; what counts is where it would be.
  std::filesystem::path place =
      std::filesystem::absolute(options.state_dir.empty() ? "." : options.state_dir);
  std::error_code none;
  while (!std::filesystem::exists(place, none) && place.has_relative_path()) place = place.parent_path();
  const auto free = base::free_space(place);
  if (!free) return {Grade::missing, "disk", free.error().what, {}};
  const std::uint64_t wanted = options.kernel ? k_kernel_disk : k_program_disk;
  const std::string detail = fmt::format("{} free in {}", base::format_bytes(*free), place.string());
  if (*free >= wanted) return {Grade::fine, "disk", detail, {}};
  return {Grade::advice, "disk", fmt::format("{}; {} are advisable", detail, base::format_bytes(wanted)), {}};
}

Finding look_at_memory(const DoctorOptions& options) {
  struct sysinfo info{};
  if (::sysinfo(&info) != 0) return {Grade::advice, "memory", "unknown", {}};
  const std::uint64_t total = std::uint64_t{info.totalram} * info.mem_unit;
  const std::string detail =
      fmt::format("{}, {} processors", base::format_bytes(total), std::thread::hardware_concurrency());
  const bool enough = !options.kernel || total >= k_kernel_memory;
  return {enough ? Grade::fine : Grade::advice,
          "memory",
          enough ? detail : detail + fmt::format("; {} are advisable", base::format_bytes(k_kernel_memory)),
          {}};
}

// "git version 2.39.5": worktrees and the plumbing that is used need 2.31.
Finding look_at_git(const base::CancelToken& cancel) {
  Finding finding = ask({.what = "git", .argv = {"git", "--version"}, .package = "git"}, cancel);
  const auto number = base::strip_prefix(finding.detail, "git version ");
  if (!number) return finding;
  const auto parts = base::split(*number, '.');
  const int major = base::parse_number<int>(parts[0]).value_or(0);
  const int minor = parts.size() > 1 ? base::parse_number<int>(parts[1]).value_or(0) : 0;
  if (major < 2 || (major == 2 && minor < 31))
    return {Grade::missing, "git", finding.detail + " is too old: 2.31 or newer is needed", {"git"}};
  return finding;
}

// How a compiler is had that is not here.
std::string how_had(const build::CompilerRow& row) {
  const std::string name(row.name);
  if (row.name.starts_with("clang"))
    return fmt::format("apt-get install {} lld{} on Debian {}, or from apt.llvm.org", name, name.substr(5),
                       row.suite);
  return fmt::format(
      "unpack {}, {} and lib{}-dev of Debian {} (apt-get download, dpkg -x) and name its usr/bin/{} as cc{}",
      name, "cpp" + name.substr(3), name, row.suite, name,
      row.why.contains("glibc") ? "; it wants glibc 2.38: in a root of that suite" : "");
}

// The compilers of a range of releases: which are here, and which one serves all of it.
void examine_range(const DoctorOptions& options, std::vector<Finding>& findings) {
  const auto from = build::parse_kernel_version(options.from), to = build::parse_kernel_version(options.to);
  if (!from || !to) return;
  std::string constant, part;
  for (const build::CompilerChoice& choice : build::compilers_for(*from, *to)) {
    const build::CompilerRow& row = *choice.row;
    const std::string range =
        fmt::format("builds {}{}", row.since.empty() ? "old kernels" : row.since,
                    row.until.empty() ? " and newer" : fmt::format(" to {}", row.until));
    if (choice.is_here && choice.builds_all && constant.empty()) constant = row.name;
    if (choice.is_here && part.empty()) part = row.name;
    findings.push_back({choice.is_here ? Grade::fine : Grade::advice,
                        std::string(row.name),
                        choice.is_here ? fmt::format("{} ({})", range, row.why)
                                       : fmt::format("{}; not here: {}", range, how_had(row)),
                        {}});
  }
  const std::string range = fmt::format("{} to {}", options.from, options.to);
  if (!constant.empty())
    findings.push_back({Grade::fine, "toolchain", fmt::format("{} builds all from {}", constant, range), {}});
  else if (!part.empty())
    findings.push_back(
        {Grade::advice,
         "toolchain",
         fmt::format(
             "none that is here builds all from {}: the compiler changes on the way, and an answer at that "
             "place is tested with both",
             range),
         {}});
  else
    findings.push_back(
        {Grade::missing, "toolchain", fmt::format("none that is here builds a kernel from {}", range), {}});
}

void examine_kernel(const DoctorOptions& options, const base::CancelToken& cancel,
                    std::vector<Finding>& findings) {
  examine_range(options, findings);
  for (const std::string& compiler : options.compilers)
    findings.push_back(
        ask({.what = "compiler", .argv = {compiler, "--version"}, .package = compiler}, cancel));
  for (const Tool& tool : {Tool{.what = "make", .argv = {"make", "--version"}, .package = "make"},
                           Tool{.what = "linker", .argv = {"ld", "--version"}, .package = "binutils"},
                           Tool{.what = "flex", .argv = {"flex", "--version"}, .package = "flex"},
                           Tool{.what = "bison", .argv = {"bison", "--version"}, .package = "bison"},
                           Tool{.what = "bc", .argv = {"bc", "--version"}, .package = "bc"},
                           Tool{.what = "perl", .argv = {"perl", "-e", "print $^V"}, .package = "perl"},
                           Tool{.what = "ccache",
                                .argv = {"ccache", "--version"},
                                .package = "ccache",
                                .without = Grade::advice}})
    findings.push_back(ask(tool, cancel));
  findings.push_back(
      try_to_compile("libelf", "#include <gelf.h>\nint main(void) { return elf_version(EV_CURRENT) == 0; }\n",
                     {}, {"-lelf"}, "libelf-dev", cancel));
  findings.push_back(
      try_to_compile("libssl", "#include <openssl/evp.h>\nint main(void) { return EVP_sha256() == 0; }\n", {},
                     {"-lcrypto"}, "libssl-dev", cancel));
  findings.push_back(
      try_to_compile("static libc", "int main(void) { return 0; }\n", {"-static"}, {}, "libc6-dev", cancel));
  if (const auto ignored = build::ignored_build_variables(); !ignored.empty())
    findings.push_back({Grade::advice,
                        "environment",
                        fmt::format("{} of the environment reach no kernel's build: the kernel file decides",
                                    fmt::join(ignored, ", ")),
                        {}});
  findings.push_back(look_at_busybox(cancel));
  findings.push_back(
      ask({.what = "QEMU", .argv = {options.qemu, "--version"}, .package = "qemu-system-x86"}, cancel));
  findings.push_back(try_kvm(options, cancel));
}

std::string_view word_for(Grade grade) {
  switch (grade) {
    case Grade::fine:
      return "ok";
    case Grade::advice:
      return "advice";
    case Grade::missing:
      return "MISSING";
  }
  return "";
}

}  // namespace

std::vector<Finding> examine(const DoctorOptions& options, const base::CancelToken& cancel) {
  std::vector<Finding> findings = {look_at_git(cancel)};
  if (options.kernel) examine_kernel(options, cancel, findings);
  findings.push_back(look_at_disk(options));
  findings.push_back(look_at_memory(options));
  return findings;
}

std::string render_findings(const std::vector<Finding>& findings) {
  std::string text;
  std::set<std::string> packages;
  for (const Finding& finding : findings) {
    text += fmt::format("{:<8} {:<12} {}\n", word_for(finding.grade), finding.what, finding.detail);
    packages.insert(finding.packages.begin(), finding.packages.end());
  }
  if (!packages.empty()) text += fmt::format("\nto mend it: apt-get install {}\n", fmt::join(packages, " "));
  return base::printable(text);
}

base::ExitCode exit_code_of(const std::vector<Finding>& findings) {
  const bool missing =
      std::ranges::any_of(findings, [](const Finding& f) { return f.grade == Grade::missing; });
  return missing ? base::ExitCode::infrastructure : base::ExitCode::found;
}

}  // namespace culprit::cli
