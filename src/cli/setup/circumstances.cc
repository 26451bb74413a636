#include "cli/setup/circumstances.h"

#include <fmt/format.h>

#include "base/files.h"
#include "base/strings.h"
#include "cli/settings/kernel_config.h"

namespace culprit::cli {
namespace {

constexpr std::size_t k_file_limit = std::size_t{512} << 10;

void add_file(output::Circumstances& out, const std::string& name, std::string text) {
  if (!text.empty() && text.size() <= k_file_limit) out.files.push_back({name, std::move(text)});
}

void add_file(output::Circumstances& out, const std::filesystem::path& path) {
  std::error_code ignored;
  if (path.empty() || !std::filesystem::is_regular_file(path, ignored)) return;
  if (auto text = base::read_file(path)) add_file(out, path.filename().string(), std::move(*text));
}

std::string make_line(const build::KernelBuildOptions& options) {
  std::string out = options.make + " ARCH=" + options.arch;
  // The newest toolchain stands for all: which one built a revision is in its record.
  if (!options.toolchains.empty()) {
    const build::Toolchain& toolchain = options.toolchains.back();
    if (!toolchain.llvm.empty()) out += " LLVM=" + toolchain.llvm;
    if (!toolchain.cc.empty()) out += " CC=" + base::shell_quote(toolchain.cc);
    for (const std::string& arg : toolchain.make_args) out += " " + base::shell_quote(arg);
  }
  for (const std::string& arg : options.make_args) out += " " + base::shell_quote(arg);
  return out;
}

void add_kernel(output::Circumstances& out, const Settings& settings) {
  out.configuration = std::filesystem::path(settings.config_path).filename().string();
  add_file(out, out.configuration, settings.config_text);
  const auto config = parse_kernel_config(settings.config_text, settings.config_path);
  if (!config) return;  // a file that it names is gone
  const run::QemuOptions& vm = config->vm;
  out.architecture = config->build.arch;
  const std::string make = make_line(config->build);
  out.build = fmt::format("cp CONFIG .config && {} olddefconfig && {} -j$(nproc)", make, make);
  if (!config->build.target.empty())
    out.build = fmt::format("{} {} && cat FRAGMENT >>.config && {} olddefconfig && {} -j$(nproc)", make,
                            config->build.target, make, make);
  out.machine = fmt::format("{}, {}, {} MiB{}{}", vm.qemu.empty() ? run::default_qemu(vm.arch) : vm.qemu,
                            vm.cpus == 1 ? "1 CPU" : fmt::format("{} CPUs", vm.cpus), vm.memory_mib,
                            vm.cpu_model.empty() ? "" : ", " + vm.cpu_model,
                            vm.root.empty() ? "" : ", root " + vm.root);
  out.command_line =
      fmt::format("console={}{}{}", run::console_of(vm.arch), vm.oops_panics ? " oops=panic" : "",
                  vm.append.empty() ? "" : " " + vm.append);
  if (config->machine) {
    out.machine = "real hardware";
    out.command_line = config->machine->append;
  }
  for (const auto& [name, value] : vm.sysctls) out.options.emplace_back("sysctl " + name, value);
  add_file(out, config->build.target.empty() ? "config" : "fragment of the config", config->build.config);
  std::filesystem::path reproducer;
  for (const auto* path :
       {&vm.reproducer.source, &vm.reproducer.script, &vm.reproducer.binary, &vm.reproducer.syz})
    if (!path->empty()) reproducer = *path;
  if (reproducer.empty()) return;
  out.options.emplace_back("Reproducer", reproducer.filename().string());
  if (!vm.reproducer.source.empty())
    out.options.emplace_back(
        "Reproducer built with",
        fmt::format("{} -O1 -static -pthread {}", vm.reproducer.cc, fmt::join(vm.reproducer.cflags, " ")));
  if (!vm.reproducer.args.empty())
    out.options.emplace_back("Reproducer's arguments", base::shell_quote(vm.reproducer.args));
  out.options.emplace_back("Time limit of a run", fmt::format("{} s", vm.timeout_s));
  add_file(out, reproducer);
}

void add_program(output::Circumstances& out, const Settings& settings) {
  const std::string in =
      settings.subdirectory.empty() || settings.subdirectory == "." ? "" : settings.subdirectory;
  const auto there = [&](const std::string& line) {
    return in.empty() || line.empty() ? line : fmt::format("(cd {} && {})", base::shell_quote(in), line);
  };
  out.command = there(base::shell_quote(settings.command));
  out.build = there(settings.build);
  if (settings.timeout)
    out.options.emplace_back("Time limit of a run", fmt::format("{} s", *settings.timeout));
  for (const std::string& artifact : settings.artifacts) out.options.emplace_back("Artifact", artifact);
  for (const std::string& word : settings.command) {
    const std::filesystem::path path(word);
    add_file(out, path.is_absolute() ? path : std::filesystem::path(settings.user_cwd) / path);
  }
}

}  // namespace

output::Circumstances circumstances_of(const Settings& settings) {
  output::Circumstances out;
  if (settings.is_kernel())
    add_kernel(out, settings);
  else if (!settings.is_by_hand())
    add_program(out, settings);
  return out;
}

}  // namespace culprit::cli
