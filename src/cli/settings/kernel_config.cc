#include "cli/settings/kernel_config.h"

#include <algorithm>
#include <array>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "base/files.h"
#include "base/strings.h"
#include "cli/settings/kernel_variants.h"
#include "cli/settings/toml_table.h"

namespace culprit::cli {
namespace {

using base::Result;

constexpr int k_many = 1'000'000;
constexpr std::array<std::string_view, 3> k_images = {"auto", "vmlinux", "bzImage"};
constexpr std::array<std::string_view, 3> k_accels = {"auto", "kvm", "tcg"};

constexpr std::string_view k_smaller = "smaller";

// The text of a configuration that `key` names; empty after a complaint.
std::string read_config(TomlTable& kernel, std::string_view key, const std::filesystem::path& path) {
  auto text = base::read_file(path);
  if (!text) {
    kernel.complain(key, fmt::format("\"{}\": {}", key, text.error().what));
    return {};
  }
  if (build::parse_config(*text).empty())
    kernel.complain(key, fmt::format("\"{}\": {} sets no option", key, path.string()),
                    "lines are like CONFIG_SMP=y");
  return std::move(*text);
}

Result<void> read_kernel(TomlTable& kernel, KernelConfig& all) {
  build::KernelBuildOptions& build = all.build;
  std::filesystem::path config;
  std::filesystem::path smaller;
  bool detectors = true;
  std::filesystem::path fragment;
  std::size_t image = 0;
  build.target = "allnoconfig";
  build.jobs = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  kernel.path("config", config);
  kernel.path("fragment", fragment);
  kernel.path(k_smaller, smaller);
  kernel.boolean("detector_variants", detectors);
  kernel.text("target", build.target);
  kernel.choice("image", k_images, image);
  kernel.text("arch", build.arch);
  kernel.texts("make_args", build.make_args);
  kernel.integer("jobs", build.jobs, 1, 4096);
  kernel.duration("timeout", build.timeout_s);
  kernel.boolean("ccache", build.ccache);
  build.image = static_cast<build::KernelImage>(image);

  CULPRIT_TRY(kernel.finish());  // a misspelt key explains more than a missing one
  if (config.empty() == fragment.empty())
    kernel.complain(config.empty() ? "" : "fragment", "[kernel] needs either \"config\" or \"fragment\"",
                    "\"config\" is a full .config; \"fragment\" goes on top of `make` \"target\"");
  if (!config.empty() && kernel.has("target"))
    kernel.complain("target", "\"target\" goes with \"fragment\", not with a full \"config\"");
  if (!config.empty()) build.target.clear();
  const std::string_view key = config.empty() ? "fragment" : "config";
  const auto& path = config.empty() ? fragment : config;
  if (!path.empty()) build.config = read_config(kernel, key, path);
  if (!smaller.empty()) {
    build.variants.push_back({std::string(k_smaller), {}, read_config(kernel, k_smaller, smaller)});
    all.variants.push_back({.name = std::string(k_smaller),
                            .changes = smaller.filename().string(),
                            .use = model::Variant::Use::smaller,
                            .silences = {}});
  }
  if (detectors)
    for (KernelVariant& v : detector_variants(build.config)) {
      build.variants.push_back(std::move(v.config));
      all.variants.push_back(std::move(v.variant));
    }
  return kernel.finish();
}

Result<build::Toolchain> read_toolchain(TomlTable table) {
  build::Toolchain toolchain;
  table.text("since", toolchain.since);
  table.text("cc", toolchain.cc);
  table.text("llvm", toolchain.llvm);
  table.texts("make_args", toolchain.make_args);
  if (!toolchain.since.empty() && !build::parse_kernel_version(toolchain.since))
    table.complain("since", fmt::format("\"since\" is \"{}\", which is no release", toolchain.since),
                   "write it like \"v5.9\"");
  if (toolchain.cc.empty() && toolchain.llvm.empty())
    table.complain("cc", "[[toolchain]] needs \"cc\" or \"llvm\"", "cc = \"gcc-12\", or llvm = \"-19\"");
  if (auto finished = table.finish(); !finished) return std::unexpected(std::move(finished.error()));
  return toolchain;
}

// What somebody wrote down for this bug comes before what is tried for any.
void add_variant(KernelConfig& config, build::ConfigVariant variant) {
  std::vector<std::string> changes;
  for (const build::ConfigSymbol& change : variant.changes)
    changes.push_back(change.name + "=" + change.value);
  const auto place = static_cast<std::ptrdiff_t>(config.own_variants++);
  std::erase_if(config.variants, [&](const model::Variant& v) { return v.name == variant.name; });
  std::erase_if(config.build.variants, [&](const build::ConfigVariant& v) { return v.name == variant.name; });
  config.variants.insert(config.variants.begin() + place,
                         {.name = variant.name, .changes = base::join(changes, ", "), .silences = {}});
  config.build.variants.insert(config.build.variants.begin() + place, std::move(variant));
}

Result<build::ConfigVariant> read_variant(TomlTable table, const std::set<std::string>& taken) {
  build::ConfigVariant variant;
  std::vector<std::string> changes;
  table.text("name", variant.name);
  table.texts("set", changes);
  if (variant.name.empty()) table.complain("name", "[[variant]] needs a \"name\"");
  if (variant.name == k_smaller || variant.name.starts_with(model::k_revert_prefix))
    table.complain("name", fmt::format("\"{}\" is a name of culprit's own", variant.name));
  if (taken.contains(variant.name))
    table.complain("name", fmt::format("there is a variant \"{}\" already", variant.name));
  if (changes.empty()) table.complain("set", "[[variant]] needs \"set\"", "set = [\"PROVE_LOCKING=n\"]");
  for (const std::string& text : changes) {
    auto change = build::parse_config_change(text);
    if (change)
      variant.changes.push_back(std::move(*change));
    else
      table.complain("set", change.error().what, change.error().hint);
  }
  if (auto finished = table.finish(); !finished) return std::unexpected(std::move(finished.error()));
  return variant;
}

Result<void> read_reproducer(TomlTable table, run::QemuOptions& vm) {
  run::ReproducerSource& reproducer = vm.reproducer;
  table.path("source", reproducer.source);
  table.path("script", reproducer.script);
  table.texts("args", reproducer.args);
  table.text("cc", reproducer.cc);
  table.texts("cflags", reproducer.cflags);
  table.duration("timeout", vm.timeout_s);
  table.boolean("endless", vm.endless);
  table.duration("settle", vm.settle_s);
  if (reproducer.source.empty() == reproducer.script.empty())
    table.complain(reproducer.source.empty() ? "" : "script",
                   "[reproducer] needs either \"source\" or \"script\"",
                   "\"source\" is a C file, \"script\" one for the guest's shell");
  return table.finish();
}

Result<void> read_vm(TomlTable table, run::QemuOptions& vm) {
  std::size_t accel = 0;
  table.mebibytes("memory", vm.memory_mib);
  table.integer("cpus", vm.cpus, 1, 255);
  table.choice("accel", k_accels, accel);
  table.duration("boot_timeout", vm.boot_timeout_s);
  table.text("append", vm.append);
  table.boolean("oops_panics", vm.oops_panics);
  table.pairs("sysctl", vm.sysctls);
  table.text("qemu", vm.qemu);
  table.text("cpu_model", vm.cpu_model);
  table.texts("qemu_args", vm.qemu_args);
  table.path("busybox", vm.busybox);
  vm.accel = static_cast<run::AccelChoice>(accel);
  vm.require_cpus = table.has("cpus");
  return table.finish();
}

// The sections in turn; the first error ends it.
Result<void> read_sections(TomlTable& top, const std::string& file, KernelConfig& config) {
  const toml::table none;
  const auto section = [&](std::string_view key) {
    const toml::table* table = top.table(key);
    return TomlTable(table ? *table : none, file, fmt::format("[{}]", key));
  };
  TomlTable kernel = section("kernel");
  if (auto read = read_kernel(kernel, config); !read) return read;
  for (const toml::table* table : top.tables("toolchain")) {
    auto toolchain = read_toolchain(TomlTable(*table, file, "[[toolchain]]"));
    if (!toolchain) return std::unexpected(std::move(toolchain.error()));
    config.build.toolchains.push_back(std::move(*toolchain));
  }
  if (config.build.toolchains.empty())
    config.build.toolchains.push_back({.since = "", .cc = "gcc", .llvm = "", .make_args = {}});
  std::set<std::string> names;
  for (const toml::table* table : top.tables("variant")) {
    auto variant = read_variant(TomlTable(*table, file, "[[variant]]"), names);
    if (!variant) return std::unexpected(std::move(variant.error()));
    names.insert(variant->name);
    add_variant(config, std::move(*variant));
  }
  if (auto read = read_reproducer(section("reproducer"), config.vm); !read) return read;
  return read_vm(section("vm"), config.vm);
}

}  // namespace

Result<KernelConfig> load_kernel_config(const std::filesystem::path& file) {
  auto text = base::read_file(file);
  if (!text) {
    text.error().kind = base::ErrorKind::usage;
    text.error().hint = "give the path of a kernel file; docs/kernel.md lists what it says";
    return std::unexpected(std::move(text.error()));
  }
  return parse_kernel_config(*text, file);
}

Result<KernelConfig> parse_kernel_config(std::string_view text, const std::filesystem::path& file) {
  auto parsed = parse_toml(text, file);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  KernelConfig config;
  TomlTable top(*parsed, file.string(), "");
  top.path("tree", config.tree);
  top.text("start", config.start);
  top.text_or_texts("good", config.good);
  top.integer("runs", config.runs, 1, k_many);
  top.integer("guests", config.guests, 1, 4096);
  // Declared before the sections are read, so that a misspelt section is what gets named.
  for (const char* key : {"kernel", "reproducer", "vm"}) (void)top.table(key);
  for (const char* key : {"toolchain", "variant"}) (void)top.tables(key);
  if (auto finished = top.finish(); !finished) return std::unexpected(std::move(finished.error()));
  if (auto read = read_sections(top, file.string(), config); !read)
    return std::unexpected(std::move(read.error()));
  return config;
}

}  // namespace culprit::cli
