#include "cli/settings/kernel_config.h"

#include <algorithm>
#include <array>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "base/files.h"
#include "base/strings.h"
#include "cli/settings/guest/guest_sections.h"
#include "cli/settings/kernel_variants.h"
#include "cli/settings/toml_table.h"
#include "model/build/build_facts.h"

namespace culprit::cli {
namespace {

using base::Result;

constexpr int k_many = 1'000'000;
constexpr std::array<std::string_view, 3> k_images = {"auto", "vmlinux", "bzImage"};

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

void check_modules(TomlTable& kernel, KernelConfig& all) {
  const std::vector<std::string>& modules = all.build.modules;
  all.vm.modules = modules;
  for (const std::string& name : modules)
    if (name.empty() ||
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") !=
            std::string::npos)
      kernel.complain("modules", fmt::format(R"("modules" names "{}", which is no module's name)", name),
                      R"(modules = ["kvm_intel"], or modules = "all")");
  if (!modules.empty() && !("\n" + all.build.config).contains("\nCONFIG_MODULES=y"))
    kernel.complain("modules",
                    "\"modules\" wants a configuration with modules, and CONFIG_MODULES=y is not in it",
                    "add CONFIG_MODULES=y, and the drivers as m");
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
  kernel.text_or_texts("modules", build.modules);
  build.image = static_cast<build::KernelImage>(image);

  CULPRIT_TRY(kernel.finish());  // a misspelt key explains more than a missing one
  if (config.empty() == fragment.empty())
    kernel.complain(config.empty() ? "" : "fragment", R"([kernel] needs either "config" or "fragment")",
                    R"("config" is a full .config; "fragment" goes on top of `make` "target")");
  if (!config.empty() && kernel.has("target"))
    kernel.complain("target", R"("target" goes with "fragment", not with a full "config")");
  if (!config.empty()) build.target.clear();
  const std::string_view key = config.empty() ? "fragment" : "config";
  const auto& path = config.empty() ? fragment : config;
  if (!path.empty()) build.config = read_config(kernel, key, path);
  check_modules(kernel, all);
  if (!smaller.empty()) {
    build.variants.push_back({std::string(k_smaller), {}, read_config(kernel, k_smaller, smaller)});
    all.variants.push_back({.name = std::string(k_smaller),
                            .changes = smaller.filename().string(),
                            .use = model::Variant::Use::smaller,
                            .silences = {}});
  }
  if (detectors && all.bug != KernelBug::build)
    for (KernelVariant& v : detector_variants(build.config)) {
      build.variants.push_back(std::move(v.config));
      all.variants.push_back(std::move(v.variant));
    }
  return kernel.finish();
}

void check_release(TomlTable& table, std::string_view key, const std::string& release) {
  if (!release.empty() && !build::parse_kernel_version(release))
    table.complain(key, fmt::format(R"("{}" is "{}", which is no release)", key, release),
                   "write it like \"v5.9\"");
}

// "NAME=VALUE" each; empty after a complaint.
std::vector<build::ConfigSymbol> read_changes(TomlTable& table, const std::vector<std::string>& texts) {
  std::vector<build::ConfigSymbol> changes;
  for (const std::string& text : texts) {
    auto change = build::parse_config_change(text);
    if (change)
      changes.push_back(std::move(*change));
    else
      table.complain("set", change.error().what, change.error().hint);
  }
  return changes;
}

Result<build::Tweak> read_tweak(TomlTable table) {
  build::Tweak tweak;
  std::vector<std::string> changes;
  table.text("since", tweak.since);
  table.text("until", tweak.until);
  table.texts("set", changes);
  table.text("why", tweak.why);
  check_release(table, "since", tweak.since);
  check_release(table, "until", tweak.until);
  if (changes.empty()) table.complain("set", "[[tweak]] needs \"set\"", "set = [\"WERROR=n\"]");
  tweak.set = read_changes(table, changes);
  CULPRIT_TRY(table.finish());
  return tweak;
}

Result<build::Fixup> read_fixup(TomlTable table) {
  build::Fixup fixup;
  std::filesystem::path patch;
  table.path("patch", patch);
  table.text("from", fixup.from);
  table.text("to", fixup.to);
  check_release(table, "from", fixup.from);
  check_release(table, "to", fixup.to);
  if (patch.empty())
    table.complain("patch", "[[fixup]] needs a \"patch\"", "patch = \"mend-the-linker.patch\"");
  fixup.name = patch.filename().string();
  auto text = patch.empty() ? Result<std::string>() : base::read_file(patch);
  if (!text)
    table.complain("patch", fmt::format("\"patch\": {}", text.error().what));
  else if (!text->contains("\n--- ") && !text->starts_with("--- ") && !patch.empty())
    table.complain("patch", fmt::format("\"patch\": {} is no patch", patch.string()),
                   "`git diff` and `git format-patch` write one");
  else
    fixup.patch = std::move(*text);
  CULPRIT_TRY(table.finish());
  return fixup;
}

Result<build::Toolchain> read_toolchain(TomlTable table) {
  build::Toolchain toolchain;
  table.text("since", toolchain.since);
  table.text("until", toolchain.until);
  table.program("cc", toolchain.cc);
  table.program("llvm", toolchain.llvm);
  table.texts("make_args", toolchain.make_args);
  check_release(table, "since", toolchain.since);
  check_release(table, "until", toolchain.until);
  if (toolchain.cc.empty() && toolchain.llvm.empty())
    table.complain("cc", R"([[toolchain]] needs "cc" or "llvm")", R"(cc = "gcc-12", or llvm = "-19")");
  if (auto finished = table.finish(); !finished) return std::unexpected(std::move(finished.error()));
  return toolchain;
}

// A kernel of another architecture is built by Debian's cross compilers where nobody says otherwise.
void settle_toolchains(KernelConfig& config) {
  config.vm.arch = config.build.arch;
  const std::string prefix = run::cross_prefix(config.build.arch);
  if (config.build.toolchains.empty())
    config.build.toolchains.push_back({.since = "", .cc = prefix + "gcc", .llvm = "", .make_args = {}});
  if (prefix.empty()) return;
  config.names_toolchain = true;  // the table of compilers is of this machine's own
  config.vm.reproducer.cc = prefix + "gcc";
  for (build::Toolchain& toolchain : config.build.toolchains)
    if (toolchain.llvm.empty() && std::ranges::none_of(toolchain.make_args, [](const std::string& argument) {
          return argument.starts_with("CROSS_COMPILE=");
        }))
      toolchain.make_args.push_back("CROSS_COMPILE=" + prefix);
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
  if (variant.name == k_smaller || model::is_check_variant(variant.name) ||
      variant.name.starts_with(model::k_revert_prefix) || variant.name.starts_with(model::k_apply_prefix) ||
      variant.name.starts_with(model::k_config_prefix) || variant.name.find('|') != std::string::npos)
    table.complain("name", fmt::format("\"{}\" is a name of culprit's own", variant.name));
  if (taken.contains(variant.name))
    table.complain("name", fmt::format("there is a variant \"{}\" already", variant.name));
  if (changes.empty()) table.complain("set", "[[variant]] needs \"set\"", "set = [\"PROVE_LOCKING=n\"]");
  variant.changes = read_changes(table, changes);
  if (auto finished = table.finish(); !finished) return std::unexpected(std::move(finished.error()));
  return variant;
}

void take_bug(KernelBug bug, KernelConfig& config) {
  config.bug = bug;
  config.build.all_errors = bug == KernelBug::build;
  if (bug == KernelBug::boot) config.vm.sought = run::Sought::boot;
  if (bug == KernelBug::shutdown) config.vm.sought = run::Sought::shutdown;
  if (bug == KernelBug::suspend) config.vm.sought = run::Sought::suspend;
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
  config.names_toolchain = !config.build.toolchains.empty();
  settle_toolchains(config);
  for (const toml::table* table : top.tables("tweak"))
    config.build.tweaks.push_back(CULPRIT_TRY(read_tweak(TomlTable(*table, file, "[[tweak]]"))));
  for (const toml::table* table : top.tables("fixup"))
    config.build.fixups.push_back(CULPRIT_TRY(read_fixup(TomlTable(*table, file, "[[fixup]]"))));
  std::set<std::string> names;
  for (const toml::table* table : top.tables("variant")) {
    auto variant = read_variant(TomlTable(*table, file, "[[variant]]"), names);
    if (!variant) return std::unexpected(std::move(variant.error()));
    names.insert(variant->name);
    add_variant(config, std::move(*variant));
  }
  if (auto read = read_reproducer(section("reproducer"), config); !read) return read;
  if (auto read = read_harness(section("harness"), top.has("harness"), config.vm); !read) return read;
  if (!top.has("machine")) return read_vm(section("vm"), config);
  if (top.has("vm"))
    top.complain("vm", "[vm] and [machine] are two places for one kernel to run at",
                 "[vm] is a guest in QEMU, [machine] a machine of yours: leave one out");
  if (config.guests > 1)
    top.complain("guests", "[machine] is one machine, and \"guests\" asks for several", "leave `guests` out");
  CULPRIT_TRY(top.finish());
  return read_machine(section("machine"), config);
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
  std::size_t bug = 0;
  TomlTable top(*parsed, file.string(), "");
  top.path("tree", config.tree);
  top.text("start", config.start);
  top.text_or_texts("good", config.good);
  top.choice("bug", k_bugs, bug);
  top.integer("runs", config.runs, 1, k_many);
  top.integer("guests", config.guests, 1, 4096);
  // Declared before the sections are read, so that a misspelt section is what gets named.
  for (const char* key : {"kernel", "reproducer", "harness", "vm", "machine"}) (void)top.table(key);
  for (const char* key : {"toolchain", "variant", "tweak", "fixup"}) (void)top.tables(key);
  if (auto finished = top.finish(); !finished) return std::unexpected(std::move(finished.error()));
  take_bug(static_cast<KernelBug>(bug), config);
  if (auto read = read_sections(top, file.string(), config); !read)
    return std::unexpected(std::move(read.error()));
  return config;
}

}  // namespace culprit::cli
