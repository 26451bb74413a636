#include "cli/settings/guest/guest_sections.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/files.h"
#include "base/strings.h"
#include "cli/settings/guest/guest_needs.h"

namespace culprit::cli {
namespace {

using base::Result;

constexpr std::array<std::string_view, 3> k_accels = {"auto", "kvm", "tcg"};
constexpr std::array<std::string_view, 2> k_root_ways = {"squashfs", "initramfs"};
constexpr std::array<std::string_view, 2> k_networks = {"none", "user"};

// "a.img:/root/a.img": relative to the kernel file's folder, as every path is.
void read_files(TomlTable& table, std::vector<run::GivenFile>& files) {
  std::vector<std::string> given;
  table.texts("files", given);
  for (const std::string& text : given) {
    const std::size_t colon = text.rfind(":/");
    if (colon == std::string::npos || colon == 0 || text.ends_with('/'))
      table.complain("files", fmt::format(R"("files" has "{}", which names no file and its place)", text),
                     "files = [\"a.img:/root/a.img\"]: a file here, and its path in the guest");
    else
      files.push_back({table.relative(text.substr(0, colon)), text.substr(colon + 1)});
  }
}

int kinds_of(const run::ReproducerSource& r) {
  int kinds = 0;
  for (const auto* path : {&r.source, &r.script, &r.binary, &r.syz})
    kinds += static_cast<int>(!path->empty());
  return kinds;
}

void settle_endless(TomlTable& table, run::QemuOptions& vm) {
  if (vm.reproducer.syz.empty() || table.has("endless")) return;
  const auto program =
      base::read_file(vm.reproducer.syz);  // one that is not there is told of when it is used
  vm.endless = program && run::syz_is_endless(*program);
}

// What the guest needs and the configurations lack.
void add_options(TomlTable& table, run::RootKind root, bool may_add, KernelConfig& config) {
  const auto missing = missing_guest_options(config.build.config, root, config.vm.network);
  if (missing.empty()) return;
  const std::string names = base::join(missing, ", ");
  if (!may_add)
    return table.complain("add_options",
                          fmt::format("the guest needs of the configuration what it lacks: {}", names),
                          "set them to y, or leave add_options out: culprit adds them");
  config.notes.push_back("added to the configuration, since the guest needs it: " + names);
  config.build.config += "\n" + option_lines(missing);
  for (build::ConfigVariant& variant : config.build.variants)
    if (!variant.config.empty())
      variant.config += "\n" + option_lines(missing_guest_options(variant.config, root, config.vm.network));
}

}  // namespace

Result<void> read_reproducer(TomlTable table, KernelConfig& config) {
  run::QemuOptions& vm = config.vm;
  run::ReproducerSource& reproducer = vm.reproducer;
  table.path("source", reproducer.source);
  table.path("script", reproducer.script);
  table.path("binary", reproducer.binary);
  table.path("syz", reproducer.syz);
  table.texts("args", reproducer.args);
  table.text("cc", reproducer.cc);
  table.texts("cflags", reproducer.cflags);
  read_files(table, reproducer.files);
  table.duration("timeout", vm.timeout_s);
  table.boolean("endless", vm.endless);
  table.duration("settle", vm.settle_s);
  settle_endless(table, vm);
  CULPRIT_TRY(table.finish());
  if (config.bug != KernelBug::reproducer) {
    for (const char* key : {"source", "script", "binary", "syz"})
      if (table.has(key))
        table.complain(
            key,
            fmt::format("bug = \"{}\" needs no reproducer", k_bugs[static_cast<std::size_t>(config.bug)]),
            "leave it out, or leave `bug` out");
    return table.finish();
  }
  if (kinds_of(reproducer) != 1)
    table.complain(
        kinds_of(reproducer) == 0   ? ""
        : reproducer.script.empty() ? "source"
                                    : "script",
        R"([reproducer] needs one of "source", "script", "binary" and "syz")",
        "\"source\" is a C file, \"script\" one for the guest's shell, \"binary\" any program, \"syz\" a "
        "program of syzkaller's");
  return table.finish();
}

Result<void> take_reproducer(const std::filesystem::path& file, run::QemuOptions& vm) {
  run::ReproducerSource& reproducer = vm.reproducer;
  auto text = base::read_file(file);
  if (!text) {
    text.error().kind = base::ErrorKind::usage;
    text.error().hint = "name a C file, a script, a program or a .syz file";
    return std::unexpected(std::move(text.error()));
  }
  if (vm.sought != run::Sought::reproducer)
    return base::fail(base::ErrorKind::usage,
                      fmt::format("{}: what the kernel file seeks shows without a reproducer", file.string()),
                      "leave the reproducer out, or `bug` in the kernel file");
  reproducer.source = reproducer.script = reproducer.binary = reproducer.syz = std::filesystem::path();
  const std::string kind = file.extension().string();
  const bool is_syz = kind == ".syz" || kind == ".prog";
  if (is_syz && reproducer.harness.folder.empty() && reproducer.harness.repo.empty())
    return base::fail(base::ErrorKind::usage,
                      fmt::format("{} is a syz program, and the kernel file has no [harness]", file.string()),
                      "[harness] says where syz-execprog is");
  (kind == ".c"                               ? reproducer.source
   : is_syz                                   ? reproducer.syz
   : kind == ".sh" || text->starts_with("#!") ? reproducer.script
                                              : reproducer.binary) = file;
  if (is_syz) vm.endless = run::syz_is_endless(*text);
  return {};
}

Result<void> read_harness(TomlTable table, bool is_there, run::QemuOptions& vm) {
  run::SyzHarness& harness = vm.reproducer.harness;
  table.path("folder", harness.folder);
  table.text("repo", harness.repo);
  table.text("commit", harness.commit);
  table.text("build", harness.build);
  CULPRIT_TRY(table.finish());
  if (vm.reproducer.syz.empty()) {
    if (is_there)
      table.complain("", "[harness] runs a syz program, and [reproducer] has none", "syz = \"repro.syz\"");
    return table.finish();
  }
  constexpr const char* k_hint =
      "folder = \"syzkaller/bin\" with syz-execprog and syz-executor, or repo and commit to build them";
  if (harness.folder.empty() == harness.repo.empty())
    table.complain(harness.folder.empty() ? "" : "repo",
                   R"(a syz program needs [harness] with either "folder" or "repo")", k_hint);
  if (!harness.repo.empty() && harness.commit.empty())
    table.complain("repo", "[harness] needs \"commit\": which state of the repository is to be built",
                   k_hint);
  if (!harness.repo.empty() && !harness.repo.contains("://") && !harness.repo.contains('@'))
    harness.repo = table.relative(harness.repo).string();
  return table.finish();
}

Result<void> read_vm(TomlTable table, KernelConfig& config) {
  run::QemuOptions& vm = config.vm;
  std::size_t accel = 0;
  std::size_t way = 0;
  std::size_t network = 0;
  bool may_add = true;
  table.mebibytes("memory", vm.memory_mib);
  table.integer("cpus", vm.cpus, 1, 255);
  table.choice("accel", k_accels, accel);
  table.duration("boot_timeout", vm.boot_timeout_s);
  table.text("append", vm.append);
  table.boolean("oops_panics", vm.oops_panics);
  table.pairs("sysctl", vm.sysctls);
  table.text("root", vm.root);
  table.choice("root_as", k_root_ways, way);
  table.choice("network", k_networks, network);
  table.boolean("add_options", may_add);
  table.boolean("snapshot", vm.snapshots);
  table.text("qemu", vm.qemu);
  table.text("cpu_model", vm.cpu_model);
  table.texts("qemu_args", vm.qemu_args);
  table.path("busybox", vm.busybox);
  vm.accel = static_cast<run::AccelChoice>(accel);
  vm.require_cpus = table.has("cpus");
  vm.root_initramfs = way == 1;
  vm.network = network == 1;
  CULPRIT_TRY(table.finish());
  if (config.bug == KernelBug::build) return {};
  if (!vm.root.empty() && vm.root != run::k_host_root) vm.root = table.relative(vm.root).string();
  const auto root =
      run::root_kind({.root = vm.root, .initramfs = vm.root_initramfs, .arch = vm.arch, .cache_dir = {}});
  if (root)
    add_options(table, *root, may_add, config);
  else
    table.complain("root", root.error().what, root.error().hint);
  return table.finish();
}

}  // namespace culprit::cli
