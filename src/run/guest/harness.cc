#include "run/guest/harness.h"

#include <array>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/process/subprocess.h"
#include "base/strings.h"
#include "model/run/outcome.h"
#include "run/guest/elf.h"

namespace culprit::run {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;
using base::Result;

constexpr double k_build_timeout_s = 3600;
constexpr const char* k_build = "make execprog executor";

// Go's names for architectures.
std::string go_arch(const std::string& arch) {
  if (arch == "x86_64" || arch == "x86") return "amd64";
  if (arch == "i386") return "386";
  return arch;
}

// Their places in syzkaller's own tree and in a folder that somebody filled by hand.
std::optional<fs::path> find_tool(const fs::path& folder, const std::string& name, const std::string& arch) {
  const std::string sub = "linux_" + go_arch(arch);
  std::error_code none;
  for (const fs::path& place : {folder, folder / sub, folder / "bin" / sub, folder / "bin"})
    if (fs::is_regular_file(place / name, none)) return place / name;
  return std::nullopt;
}

Result<SyzTools> tools_in(const fs::path& folder, const std::string& arch) {
  const auto execprog = find_tool(folder, "syz-execprog", arch);
  const auto executor = find_tool(folder, "syz-executor", arch);
  if (!execprog || !executor)
    return fail(ErrorKind::usage,
                fmt::format("{} is not in {}", execprog ? "syz-executor" : "syz-execprog", folder.string()),
                "`folder` in [harness] is syzkaller's bin folder (bin/linux_amd64 below it); `make execprog "
                "executor` "
                "in syzkaller fills it");
  for (const fs::path& tool : {*execprog, *executor})
    if (const auto is = architecture_of(tool); is && !runs_on(*is, arch))
      return fail(ErrorKind::usage,
                  fmt::format("{} is a program for {}, and the guest is {}", tool.string(), *is, arch),
                  "build syzkaller for the guest: make TARGETARCH=" + go_arch(arch));
  return SyzTools{*execprog, *executor};
}

Result<void> git(std::vector<std::string> arguments, const base::CancelToken& cancel) {
  arguments.insert(arguments.begin(), "git");
  CULPRIT_TRY(base::run_tool({.argv = std::move(arguments)}, cancel));
  return {};
}

base::Error as_usage(base::Error error, std::string hint) {
  if (error.kind == ErrorKind::infra) error.kind = ErrorKind::usage;
  if (error.hint.empty()) error.hint = std::move(hint);
  return error;
}

Result<fs::path> built(const SyzHarness& harness, const base::CancelToken& cancel) {
  const std::string command = harness.build.empty() ? k_build : harness.build;
  const fs::path all = harness.cache_dir / "harness";
  fs::path place = all / base::sha256(harness.repo + "\n" + harness.commit + "\n" + command).substr(0, 20);
  if (base::is_there(place)) return place;
  CULPRIT_TRY(base::make_folders(all));
  base::remove_stale_temp_dirs(all);
  auto scratch = CULPRIT_TRY(base::TempDir::create(".new-", all));
  const std::string tree = scratch.path().string();
  auto cloned = git({"clone", "-q", "--no-checkout", harness.repo, tree}, cancel);
  if (!cloned)
    return std::unexpected(
        as_usage(std::move(cloned.error()).in("[harness] repo"), "give its path or address"));
  auto checked_out = git({"-C", tree, "checkout", "-q", "--detach", harness.commit}, cancel);
  if (!checked_out)
    return std::unexpected(as_usage(std::move(checked_out.error()).in("[harness] commit"),
                                    "the commit must be reachable from a branch or a tag of the repository"));
  auto made = base::run_tool(
      {.argv = {"/bin/sh", "-c", command}, .cwd = scratch.path(), .timeout_s = k_build_timeout_s}, cancel);
  if (!made)
    return std::unexpected(
        as_usage(std::move(made.error()).in("building the harness at " + harness.commit),
                 "an old syzkaller needs a Go of its time: `build` in [harness] is the command"));
  std::error_code error;
  fs::rename(scratch.path(), place, error);
  if (error) return std::unexpected(base::file_error("create", place, error.value()));
  (void)scratch.release();
  return place;
}

// The options' JSON, and null where the program has none.
Result<nlohmann::json> options_of(std::string_view text) {
  for (const std::string_view line : base::split_lines(text)) {
    if (!line.starts_with('#')) continue;
    const std::string_view rest = base::trim(line.substr(1));
    if (!rest.starts_with('{')) continue;
    auto json = nlohmann::json::parse(rest, nullptr, false);
    if (json.is_object()) return json;
    return fail(ErrorKind::usage, fmt::format("the options of the syz program are no JSON: {}", rest),
                R"(the line is like #{"threaded":true,"repeat":true,"procs":6,"sandbox":"none"})");
  }
  return nlohmann::json();
}

bool is_on(const nlohmann::json& options, const char* name) {
  const auto at = options.find(name);
  return at != options.end() && at->is_boolean() && at->get<bool>();
}

template <class T>
std::optional<T> number(const nlohmann::json& options, const char* name) {
  const auto at = options.find(name);
  if (at == options.end() || !at->is_number_integer()) return std::nullopt;
  return at->get<T>();
}

// 0: until it is stopped.
int repetitions(const nlohmann::json& options) {
  if (options.is_null()) return 0;
  if (!is_on(options, "repeat")) return 1;
  return number<int>(options, "repeat_times").value_or(0);
}

// The features that -enable knows, by the names of the options that ask for them.
constexpr auto k_features =
    std::to_array<std::pair<const char*, const char*>>({{"tun", "tun"},
                                                        {"netdev", "net_dev"},
                                                        {"resetnet", "net_reset"},
                                                        {"cgroups", "cgroups"},
                                                        {"binfmt_misc", "binfmt_misc"},
                                                        {"close_fds", "close_fds"},
                                                        {"devlinkpci", "devlink_pci"},
                                                        {"nicvf", "nic_vf"},
                                                        {"usb", "usb"},
                                                        {"vhci", "vhci"},
                                                        {"wifi", "wifi"},
                                                        {"ieee802154", "ieee802154"},
                                                        {"sysctl", "sysctl"},
                                                        {"swap", "swap"}});

}  // namespace

Result<SyzTools> find_syz_tools(const SyzHarness& harness, const std::string& arch,
                                const base::CancelToken& cancel) {
  if (!harness.folder.empty()) return tools_in(harness.folder, arch);
  return tools_in(CULPRIT_TRY(built(harness, cancel)), arch);
}

Result<std::vector<std::string>> syz_command(std::string_view text, const std::string& arch,
                                             const std::string& place) {
  const nlohmann::json options = CULPRIT_TRY(options_of(text));
  std::vector<std::string> argv = {place + "/syz-execprog", "-executor=" + place + "/syz-executor",
                                   "-arch=" + go_arch(arch)};
  const auto sandbox = options.find("sandbox");
  const bool named = options.is_object() && sandbox != options.end() && sandbox->is_string();
  if (options.is_null() || (named && !sandbox->get<std::string>().empty()))
    argv.push_back("-sandbox=" + (named ? sandbox->get<std::string>() : std::string("none")));
  if (const auto value = number<int>(options, "sandbox_arg"))
    argv.push_back(fmt::format("-sandbox_arg={}", *value));
  argv.push_back(fmt::format("-procs={}", number<int>(options, "procs").value_or(1)));
  argv.push_back(fmt::format("-repeat={}", repetitions(options)));
  argv.push_back(fmt::format("-threaded={}", options.is_null() || is_on(options, "threaded")));
  // Options of today's syzkaller have no "collide", and its tools no such flag.
  if (options.is_object() && options.contains("collide"))
    argv.push_back(fmt::format("-collide={}", is_on(options, "collide")));
  argv.emplace_back("-cover=0");
  if (is_on(options, "fault")) {
    argv.push_back(fmt::format("-fault_call={}", number<int>(options, "fault_call").value_or(0)));
    argv.push_back(fmt::format("-fault_nth={}", number<int>(options, "fault_nth").value_or(0)));
  }
  std::vector<std::string> features;
  for (const auto& [option, feature] : k_features)
    if (is_on(options, option)) features.emplace_back(feature);
  if (!features.empty()) argv.push_back("-enable=" + base::join(features, ","));
  if (const auto slowdown = number<int>(options, "slowdown"); slowdown && *slowdown > 1)
    argv.push_back(fmt::format("-slowdown={}", *slowdown));
  argv.push_back(place + "/repro.syz");
  return argv;
}

bool syz_is_endless(std::string_view text) {
  const auto options = options_of(text);
  return options && repetitions(*options) == 0;
}

std::string harness_failure(std::string_view console) {
  for (const std::string_view line : base::split_lines(console)) {
    const auto words = base::strip_prefix(line, model::k_reproducer_mark);
    if (!words) continue;
    for (const std::string_view sign :
         {"SYZFAIL", "SYZFATAL", "failed to deserialize", "failed to parse program",
          "failed to create execution environment", "flag provided but not defined", "failed to read repro",
          "unknown syscall"})
      if (words->contains(sign)) return base::printable(base::trim(*words));
  }
  return {};
}

}  // namespace culprit::run
