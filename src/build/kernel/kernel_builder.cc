// A kernel's first build takes minutes, the next one of a neighbouring commit seconds, if three things hold.
//
// The object folder is the same one: there is one for each slot and toolchain, outside of the source tree
// (object_folders.h).
//
// The environment is the same one: time, user, host, build number, locale and the version's suffix are fixed
// in every call of make, configuration included (one call without them changes the build id and the embedded
// cpio), and nothing that a user has exported (MAKEFLAGS, KCFLAGS, LLVM, ...) gets through. Equal sources
// then give equal images, which is what signatures live from.
//
// Nothing half-written is trusted (object_folders.h).
//
// No failure is believed at once: a process of a build may be killed in a way that leaves no word, and objects
// of an earlier revision may be what does not fit. So the objects are put aside and the revision is built from
// nothing. If it fails again, the objects are taken back, for the next revision's sake; if not, they were what
// was wrong, and go. A broken revision costs a second build, which ccache makes a quick one.
//
// allnoconfig takes the fragment as KCONFIG_ALLCONFIG: put on top of a finished allnoconfig, options that the
// fragment makes visible would get their defaults, which are often y. Other targets have no such way; there
// the fragment is appended and olddefconfig settles it.

#include "build/kernel/kernel_builder.h"

#include <algorithm>
#include <cctype>
#include <chrono>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/files.h"
#include "base/process/build_output.h"
#include "base/process/subprocess.h"
#include "base/strings.h"
#include "build/binary/functions.h"
#include "build/binary/inputs.h"
#include "build/kernel/environment.h"
#include "build/kernel/kernel_errors.h"
#include "build/kernel/kernel_modules.h"
#include "build/kernel/object_folders.h"
#include "build/kernel/signature.h"
#include "build/machine_failures.h"
#include "model/build/build_facts.h"

namespace culprit::build {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;
using base::ProcessEnd;
using base::Result;
using model::BuildRecord;
using model::BuildStatus;

// Part of every key: to be raised when builds of the same inputs come out differently than before.
constexpr int k_recipe = 5;
constexpr std::size_t k_make_output_limit = std::size_t{4} << 20;
constexpr std::size_t k_lost_shown = 20;
// Error messages kept of a build that fails where all are wanted. A header's error is repeated by every file that
// includes it.
constexpr std::size_t k_all_errors = 2000;
// Of one build: a failure of the revision's counts when a clean try repeats it, one of the machine's never.
constexpr int k_tries = 3;
constexpr int k_failures_that_count = 2;

// A later change of an option replaces an earlier one.
std::vector<ConfigSymbol> last_of_each(const std::vector<ConfigSymbol>& symbols) {
  std::vector<ConfigSymbol> unique;
  for (const ConfigSymbol& symbol : symbols) {
    const auto same = std::ranges::find(unique, symbol.name, &ConfigSymbol::name);
    if (same == unique.end())
      unique.push_back(symbol);
    else
      same->value = symbol.value;
  }
  return unique;
}

// Whether it is there and may write its cache: else it fails every build.
bool has_ccache(const std::string& compiler, const base::CancelToken& cancel) {
  std::vector<std::string> argv = {"ccache", compiler, "-c", "-x", "c", "/dev/null", "-o", "/dev/null"};
  return base::run_tool({.argv = std::move(argv), .timeout_s = 30}, cancel).has_value();
}

// What is booted of an architecture, where it lies below arch, and make's word for it.
struct ImageFile {
  const char* goal;
  const char* folder;
  std::string_view make;
};

ImageFile image_of(std::string_view arch) {
  if (arch == "arm64") return {"Image", "arm64", arch};
  if (arch == "riscv64")
    return {"Image", "riscv", "riscv"};  // `make ARCH=riscv` builds for 32 and for 64 bits
  return {"bzImage", "x86", arch};
}

// "ccache: 612 of 650 objects came from it", by the log of its statistics; empty without one.
std::string hits_of_ccache(const fs::path& temporary) {
  const auto log = base::read_file(temporary / k_ccache_log);
  if (!log) return {};
  std::size_t hits = 0, misses = 0;
  for (const std::string_view line : base::split_lines(*log)) {
    hits += line == "direct_cache_hit" || line == "preprocessed_cache_hit";
    misses += line == "cache_miss";
  }
  return hits + misses == 0 ? "" : fmt::format("ccache: {} of {} objects came from it", hits, hits + misses);
}

bool is_kept_config(std::string_view variant) { return variant.starts_with(model::k_config_prefix); }

fs::path kept_config(const fs::path& state_dir, std::string_view variant) {
  return state_dir / "configs" / variant.substr(std::min(variant.size(), model::k_config_prefix.size()));
}

// They follow each other in hundreds, and differ by little: one folder of objects is for all of them.
std::string objects_variant(const std::string& variant) {
  return is_kept_config(variant) ? std::string("config") : variant;
}

// On top of allnoconfig nothing is on by default: what the table switches off for any configuration is off.
void leave_out_defaults(Tweaked& tweaked, const std::vector<ConfigSymbol>& requested, KernelVersion version) {
  const Tweaked defaults = tweak({}, version, {});
  std::erase_if(tweaked.words, [&](const std::string& word) {
    return std::ranges::find(defaults.words, word) != defaults.words.end();
  });
  std::erase_if(tweaked.requested, [&](const ConfigSymbol& symbol) {
    return std::ranges::find(defaults.requested, symbol) != defaults.requested.end() &&
           std::ranges::find(requested, symbol.name, &ConfigSymbol::name) == requested.end();
  });
}

}  // namespace

Result<std::string> keep_config(const fs::path& state_dir, std::string_view text) {
  std::string variant = std::string(model::k_config_prefix) + base::sha256(text).substr(0, 16);
  const fs::path file = kept_config(state_dir, variant);
  if (base::is_there(file)) return variant;
  CULPRIT_TRY(base::make_folders(file.parent_path()));
  CULPRIT_TRY(base::write_file_atomically(file, text));
  return variant;
}

// A variant's name, read: a configuration, and for checks another revision's compiler and options.
struct KernelBuilder::Wanted {
  std::vector<ConfigSymbol> requested;
  std::vector<ConfigSymbol> must_take;     // else the build counts as broken
  std::optional<std::size_t> toolchain{};  // index; none: by the revision's version
};

struct KernelBuilder::Job {
  fs::path source;
  fs::path objects;
  fs::path temporary;
  std::size_t toolchain = 0;  // index
  std::vector<ConfigSymbol> requested;
  std::vector<ConfigSymbol> must_take;
  std::vector<std::string> words;  // what was done to configuration and sources, a line each
  std::string unfit;               // why the sources cannot be made fit; empty: they are
  int jobs = 1;
  bool boots_vmlinux = false;
  bool settled = false;  // a failure that another try would only repeat
  bool timed_out = false;
  std::chrono::steady_clock::time_point deadline;
};

KernelBuilder::KernelBuilder(KernelBuildOptions options, Checkout& checkout,
                             std::vector<std::string> versions, bool ccache)
    : m_options(std::move(options)),
      m_checkout(checkout),
      m_cache(m_options.cache_dir, m_options.cache_limit),
      m_versions(std::move(versions)),
      m_ccache(ccache) {}

// make splits at blanks, takes ':' and '%' for parts of rules, and hands the rest to shells: a kernel's own
// Makefile refuses some of these, and the others fail in the middle of a build.
Result<void> KernelBuilder::check_place(const fs::path& state_dir) {
  const std::string path = state_dir.string();
  const std::size_t at = path.find_first_of(" \t\n:%#$\\'\"`&;|<>()*?[]{}!,");
  if (at == std::string::npos) return {};
  const std::string what =
      std::isspace(static_cast<unsigned char>(path[at])) ? "a blank" : fmt::format("'{}'", path[at]);
  return fail(ErrorKind::usage,
              fmt::format("kernels cannot be built below \"{}\": make cannot have {} in a path",
                          base::printable(path), what),
              "name a state folder with a plain path: --state DIR, or $XDG_STATE_HOME");
}

Result<std::unique_ptr<KernelBuilder>> KernelBuilder::create(KernelBuildOptions options, Checkout& checkout,
                                                             const base::CancelToken& cancel) {
  if (options.toolchains.empty()) return fail(ErrorKind::usage, "no toolchain is configured");
  CULPRIT_TRY(check_place(options.state_dir));
  if (auto version = base::run_tool({.argv = {options.make, "--version"}, .timeout_s = 60}, cancel);
      !version) {
    if (version.error().what.starts_with("cannot start '")) version.error().hint = "apt-get install make";
    return std::unexpected(std::move(version.error()));
  }
  std::vector<std::string> versions;
  for (const Toolchain& toolchain : options.toolchains) {
    auto version = toolchain_version(toolchain, cancel);
    if (!version) return std::unexpected(std::move(version.error()));
    versions.push_back(std::move(*version));
  }
  const bool ccache = options.ccache && has_ccache(options.toolchains.front().compiler(), cancel);
  return std::unique_ptr<KernelBuilder>(
      new KernelBuilder(std::move(options), checkout, std::move(versions), ccache));
}

// Null for the plain one, and for those that are no changes to it.
Result<const ConfigVariant*> KernelBuilder::find_variant(const std::string& variant) const {
  if (variant.empty() || is_kept_config(variant)) return nullptr;
  const auto found = std::ranges::find(m_options.variants, variant, &ConfigVariant::name);
  if (found == m_options.variants.end())
    return fail(ErrorKind::usage, fmt::format("there is no variant \"{}\"", variant));
  return &*found;
}

Result<std::vector<ConfigSymbol>> KernelBuilder::requested_options(const std::string& variant) const {
  if (is_kept_config(variant))
    return last_of_each(
        parse_config(CULPRIT_TRY(base::read_file(kept_config(m_options.state_dir, variant)))));
  const ConfigVariant* found = CULPRIT_TRY(find_variant(variant));
  std::vector<ConfigSymbol> requested =
      parse_config(found && !found->config.empty() ? found->config : m_options.config);
  if (found) requested.insert(requested.end(), found->changes.begin(), found->changes.end());
  return last_of_each(requested);
}

Result<KernelBuilder::Wanted> KernelBuilder::wanted(const std::string& variant) const {
  const auto with = model::with_variant_from_name(variant);
  const std::string& plain = with ? with->variant : variant;
  Wanted out{.requested = CULPRIT_TRY(requested_options(plain)), .must_take = {}};
  if (const ConfigVariant* found = CULPRIT_TRY(find_variant(plain))) out.must_take = found->changes;
  if (!with) return out;
  for (const std::string& option : with->options) {
    out.requested.push_back(CULPRIT_TRY(parse_config_change(option)));
    out.must_take.push_back(out.requested.back());
  }
  out.requested = last_of_each(out.requested);
  if (with->compiler.empty()) return out;
  const auto at = std::ranges::find(m_versions, with->compiler);
  if (at == m_versions.end())
    return fail(ErrorKind::infra, fmt::format("no toolchain is \"{}\" any more", with->compiler),
                "install it again, or search anew: culprit bisect --fresh");
  out.toolchain = static_cast<std::size_t>(at - m_versions.begin());
  return out;
}

std::string KernelBuilder::key(const std::string& tree, const Wanted& wanted) const {
  std::string all = fmt::format("{}\n{}\n{}\n{}\n{}\n", k_recipe, tree, m_options.target, m_options.arch,
                                static_cast<int>(m_options.image));
  if (m_options.all_errors) all += "all errors\n";
  if (!m_options.modules.empty()) all += fmt::format("modules {}\n", fmt::join(m_options.modules, " "));
  all += config_lines(wanted.requested) + fmt::format("{}\n", fmt::join(m_options.make_args, "\n"));
  for (std::size_t i = 0; i < m_versions.size(); i++)
    all += fmt::format("{} {} {} {}\n", m_options.toolchains[i].since, m_options.toolchains[i].until,
                       m_options.toolchains[i].id(), m_versions[i]);
  for (const KernelVersion& version : m_options.held)
    all += fmt::format("held {}.{}.{}\n", version.major, version.minor, version.patch);
  if (wanted.toolchain) all += fmt::format("with {}\n", *wanted.toolchain);
  if (!wanted.must_take.empty()) all += "must take\n" + config_lines(wanted.must_take);
  for (const Tweak& tweak : m_options.tweaks)
    all += fmt::format("tweak {} {}\n{}", tweak.since, tweak.until, config_lines(tweak.set));
  for (const Fixup& fixup : m_options.fixups)
    all += fmt::format("fixup {} {} {}\n", fixup.from, fixup.to, base::sha256(fixup.patch));
  return base::sha256(all);
}

// The revision's files, without what earlier fix-ups made beside them.
Result<fs::path> KernelBuilder::sources(const model::CommitId& commit, int slot) const {
  fs::path source = CULPRIT_TRY(m_checkout.at(commit, slot));
  if (m_options.fixups.empty()) return source;
  remove_made(source, m_options.fixups);
  return m_checkout.at(commit, slot);
}

Result<KernelBuilder::Job> KernelBuilder::prepare(const model::CommitId& commit, const std::string& variant,
                                                  int slot, const Wanted& wanted,
                                                  const base::CancelToken& cancel) const {
  Job job;
  job.source = CULPRIT_TRY(sources(commit, slot));
  const auto makefile = base::read_file(job.source / "Makefile");
  const auto version = makefile ? kernel_version_of(*makefile) : std::nullopt;
  if (!version)
    return fail(
        ErrorKind::usage,
        fmt::format("commit {} is no Linux kernel tree: its Makefile names no version", commit.short_hex()));
  const Toolchain* toolchain = wanted.toolchain
                                   ? &m_options.toolchains[*wanted.toolchain]
                                   : pick_toolchain(m_options.toolchains, *version, m_options.held);
  if (!toolchain)
    return fail(ErrorKind::usage,
                fmt::format("no toolchain for v{}.{}.{}, the version of commit {}", version->major,
                            version->minor, version->patch, commit.short_hex()),
                "add a [[toolchain]] with an older \"since\", or without one");

  Tweaked tweaked = tweak(wanted.requested, *version, m_options.tweaks);
  if (m_options.target == "allnoconfig") leave_out_defaults(tweaked, wanted.requested, *version);
  job.requested = std::move(tweaked.requested);
  job.must_take = wanted.must_take;
  for (const std::string& word : tweaked.words) job.words.push_back("configuration: " + word);
  FixedUp fixed = CULPRIT_TRY(fix_up(job.source, *version, m_options.fixups, cancel));
  for (const std::string& word : fixed.words) job.words.push_back("fix-up: " + word);
  job.unfit = std::move(fixed.conflict);
  job.toolchain = static_cast<std::size_t>(toolchain - m_options.toolchains.data());
  job.deadline = deadline();
  job.jobs = m_options.jobs;
  job.objects = m_options.state_dir / "objects" / fmt::format("slot{}-{}", slot, toolchain->id());
  job.temporary = m_options.state_dir / "tmp" / fmt::format("slot{}", slot);
  CULPRIT_TRY(drop_suspect(job.objects));  // of a second try that was cut off
  CULPRIT_TRY(base::remove_tree(job.temporary));
  CULPRIT_TRY(base::make_folders(job.temporary));
  if (auto held = hold_variant(job.objects, objects_variant(variant)); !held)
    return std::unexpected(std::move(held.error()));
  if (auto cleaned = remove_half_written(job.objects); !cleaned)
    return std::unexpected(std::move(cleaned.error()));
  return job;
}

std::vector<std::string> KernelBuilder::make_command(const Job& job) const {
  const Toolchain& toolchain = m_options.toolchains[job.toolchain];
  std::vector<std::string> argv = hide_environment(fixed_environment(job.source, job.temporary));
  argv.insert(argv.end(), {m_options.make, "-s", fmt::format("-j{}", job.jobs), "-C", job.source.string(),
                           "O=" + job.objects.string(), fmt::format("ARCH={}", image_of(m_options.arch).make),
                           "LOCALVERSION="});
  if (m_options.all_errors) argv.emplace_back("-k");
  if (!toolchain.llvm.empty()) argv.push_back("LLVM=" + toolchain.llvm);
  if (m_ccache)
    argv.push_back("CC=ccache " + toolchain.compiler());
  else if (!toolchain.cc.empty())
    argv.push_back("CC=" + toolchain.cc);
  argv.insert(argv.end(), toolchain.make_args.begin(), toolchain.make_args.end());
  argv.insert(argv.end(), m_options.make_args.begin(), m_options.make_args.end());
  return argv;
}

// True: made. False: the revision's or the machine's fault, as `record` says.
Result<bool> KernelBuilder::make(Job& job, std::vector<std::string> goals, BuildRecord& record,
                                 const base::CancelToken& cancel) const {
  const double left = std::chrono::duration<double>(job.deadline - std::chrono::steady_clock::now()).count();
  base::Command command{.argv = make_command(job),
                        .env = fixed_environment(job.source, job.temporary),
                        .timeout_s = std::max(left, 0.001),
                        .output_limit = k_make_output_limit};
  command.argv.insert(command.argv.end(), goals.begin(), goals.end());

  const fs::path mark = building_mark(job.objects);
  if (auto marked = base::write_file_atomically(mark, ""); !marked)
    return std::unexpected(std::move(marked.error()));
  auto end = base::run_process(command, cancel);
  if (!end) return std::unexpected(std::move(end.error()));
  if (base::came_of_interruption(*end, cancel))
    return fail(ErrorKind::interrupted, "interrupted while a kernel was built");
  if (end->how == ProcessEnd::How::timed_out) {
    job.settled = job.timed_out = true;
    record.status = BuildStatus::broken;
    record.text = fmt::format("{} {}\n{}", k_no_end, base::format_duration(m_options.timeout_s),
                              base::last_lines(end->output, 10));
    return false;
  }
  if (end->ok()) {
    std::error_code ignored;  // the mark of a build that came to its end costs time only
    fs::remove(mark, ignored);
    return true;
  }
  if (blame(end->output) == BuildFault::disk_full && !base::has_room(job.objects))
    return std::unexpected(base::disk_full(job.objects));
  if (const auto missing = missing_tool(end->output))
    return fail(ErrorKind::infra, fmt::format("the build needs {}, which is missing here", missing->name),
                fmt::format("apt-get install {}; `culprit doctor` looks for the others", missing->package));
  tell_failure(job, *end, goals.back(), record);
  if (record.status == BuildStatus::broken) {
    std::error_code ignored;
    fs::remove(mark, ignored);
  }
  return false;
}

// What a make that failed makes of the build: status and text of `record`.
void KernelBuilder::tell_failure(Job& job, const ProcessEnd& end, const std::string& goal,
                                 BuildRecord& record) const {
  record.status = BuildStatus::infra;
  record.text =
      m_options.all_errors ? summarize_failure(end.output, k_all_errors) : summarize_failure(end.output);
  for (const fs::path& folder : {job.source, job.objects, job.temporary, building_mark(job.objects)})
    if (!base::is_there(folder)) {
      record.text += fmt::format("culprit: {} vanished while the kernel was built\n", folder.string());
      return;
    }
  if (end.how == ProcessEnd::How::signaled) {
    record.text += fmt::format("culprit: make was ended by signal {}\n", end.signal);
    return;
  }
  if (blame(end.output) != BuildFault::subject) return;
  record.status = BuildStatus::broken;
  if (goal != m_options.target || !has_no_target(end.output, goal)) return;
  job.settled = true;
  record.text = fmt::format("this revision has no target \"{}\"\n", goal) + record.text;
}

Result<bool> KernelBuilder::configure(Job& job, BuildRecord& record, const base::CancelToken& cancel) const {
  const fs::path config = job.objects / ".config";
  const std::string lines = config_lines(job.requested);
  if (m_options.target == "allnoconfig") {
    const fs::path fragment = job.objects / ".culprit-fragment";
    if (auto written = base::write_file_atomically(fragment, lines); !written)
      return std::unexpected(std::move(written.error()));
    auto made = make(job, {"KCONFIG_ALLCONFIG=" + fragment.string(), m_options.target}, record, cancel);
    if (!made || !*made) return made;
  } else {
    std::string text = lines;
    if (!m_options.target.empty()) {
      auto made = make(job, {m_options.target}, record, cancel);
      if (!made || !*made) return made;
      auto base_config = base::read_file(config);
      if (!base_config) return std::unexpected(std::move(base_config.error()));
      text = *base_config + lines;
    }
    if (auto written = base::write_file_atomically(config, text); !written)
      return std::unexpected(std::move(written.error()));
    auto made = make(job, {"olddefconfig"}, record, cancel);
    if (!made || !*made) return made;
  }

  auto result = base::read_file(config);
  if (!result) return std::unexpected(std::move(result.error()));
  // A change that does not take leaves what it was to get past in place: nothing is gained by running that.
  if (const auto not_taken = lost_options(job.must_take, *result); !not_taken.empty()) {
    job.settled = true;
    record.status = BuildStatus::broken;
    record.text =
        fmt::format("the variant \"{}\" does not take: {}", record.variant, base::join(not_taken, ", "));
    return false;
  }
  std::vector<std::string> lost = lost_options(job.requested, *result);
  if (lost.size() > k_lost_shown) {
    const std::string more = fmt::format("and {} more", lost.size() - k_lost_shown);
    lost.resize(k_lost_shown);
    lost.push_back(more);
  }
  if (!lost.empty())
    job.words.insert(job.words.begin(), std::string(model::k_options_lost) + base::join(lost, ", "));
  record.text = base::join(job.words, "\n");
  const std::string padded = "\n" + *result;
  const bool bootable_vmlinux = padded.contains("\nCONFIG_PVH=y\n") && !padded.contains("\nCONFIG_KASAN=y\n");
  job.boots_vmlinux = m_options.image == KernelImage::vmlinux ||
                      (m_options.image == KernelImage::automatic && bootable_vmlinux);
  return true;
}

Result<bool> KernelBuilder::compile(Job& job, BuildRecord& record, const base::CancelToken& cancel) const {
  auto configured = configure(job, record, cancel);
  if (!configured || !*configured) return configured;
  auto made = make(job, {job.boots_vmlinux ? "vmlinux" : image_of(m_options.arch).goal}, record, cancel);
  if (made && *made && !m_options.modules.empty()) made = make_modules(job, record, cancel);
  if (made && *made && m_ccache)
    if (const std::string hits = hits_of_ccache(job.temporary); !hits.empty())
      record.text += (record.text.empty() ? "" : "\n") + hits;
  return made;
}

Result<bool> KernelBuilder::make_modules(Job& job, BuildRecord& record,
                                         const base::CancelToken& cancel) const {
  const fs::path installed = job.temporary / "modules";
  auto made = make(job, {"modules"}, record, cancel);
  if (made && *made)
    made = make(job, {"INSTALL_MOD_PATH=" + installed.string(), "INSTALL_MOD_STRIP=1", "modules_install"},
                record, cancel);
  if (!made || !*made) return made;
  const std::string archive = CULPRIT_TRY(pack_modules(installed, m_options.modules));
  CULPRIT_TRY(base::write_file_atomically(job.objects / k_modules_archive, archive));
  CULPRIT_TRY(base::remove_tree(installed));
  return true;
}

// Equal for kernels that differ in line numbers alone, where vmlinux.o is there to tell; else the image's.
Result<std::string> KernelBuilder::sign(const Job& job, const std::string& image) const {
  const fs::path object = job.objects / "vmlinux.o";
  if (!base::is_there(object)) return image;
  const auto functions = function_hashes(object);
  if (!functions) return image;
  std::string signature = normalised_signature(*functions);
  CULPRIT_TRY(m_cache.keep_functions(signature, to_text(*functions)));
  return signature;
}

// What the first build of a session read: as a rule it is the start's.
Result<void> KernelBuilder::keep_inputs(const Job& job, const std::string& signature) {
  if (m_has_inputs.exchange(true)) return {};
  std::string text;
  for (const std::string& file : inputs_of(job.objects, job.source)) text += file + "\n";
  return text.empty() ? Result<void>() : m_cache.keep_inputs(signature, text);
}

Result<BuildProduct> KernelBuilder::keep(const Job& job, BuildRecord record, std::string& image) {
  image = CULPRIT_TRY(image_signature(job.objects / "vmlinux"));
  record.signature = CULPRIT_TRY(sign(job, image));
  CULPRIT_TRY(keep_inputs(job, record.signature));
  std::vector<std::pair<std::string, fs::path>> files = {{"vmlinux", job.objects / "vmlinux"},
                                                         {"config", job.objects / ".config"}};
  const ImageFile boot = image_of(m_options.arch);
  if (!job.boots_vmlinux)
    files.emplace_back(boot.goal, job.objects / "arch" / boot.folder / "boot" / boot.goal);
  if (!m_options.modules.empty()) {
    const fs::path modules = job.objects / k_modules_archive;
    const std::string sum = CULPRIT_TRY(base::sha256_file(modules));
    record.signature = base::sha256(record.signature + sum);
    image = base::sha256(image + sum);
    files.emplace_back(k_modules_archive, modules);
  }
  auto folder = m_cache.put(image, files);
  if (!folder) return std::unexpected(std::move(folder.error()));
  return BuildProduct{.record = std::move(record), .artifact = std::move(*folder)};
}

// Builds with the objects that are there, and from nothing where that fails, until it is known whose fault it
// is. After a failure of the machine's, what was written last is made again. `job` is the last try's.
Result<bool> KernelBuilder::compile_surely(Job& job, BuildRecord& record,
                                           const base::CancelToken& cancel) const {
  const BuildRecord blank = record;
  const std::vector<std::string> words = job.words;
  const int allowed_jobs = job.jobs;
  int failures = 0;    // in a row, in one way
  std::string failed;  // the text of the last one
  for (int tries = 1;; ++tries) {
    record = blank;
    job.words = words;
    auto made = compile(job, record, cancel);
    if (!made && base::is_there(job.objects)) return made;
    if (!made) record.status = BuildStatus::infra, record.text = made.error().what;
    const bool is_made = made && *made;
    if (!is_made && record.status == BuildStatus::broken) {
      // Of a make with many jobs the errors come in any order.
      const std::string_view way = base::telling_line(record.text);
      failures = failed.empty() || failed.contains(way) ? failures + 1 : 1;
      failed = record.text;
    }
    const bool over = is_made || job.settled || failures == k_failures_that_count || tries == k_tries;
    if (over && tries > 1) CULPRIT_TRY(choose_objects(job.objects, is_made || failures == 0));
    record.times = tries;
    if (over) return is_made;
    const bool is_machines = record.status == BuildStatus::infra;
    if (is_machines && base::is_there(job.objects))
      CULPRIT_TRY(remove_half_written(job.objects));
    else
      CULPRIT_TRY(begin_clean(job.objects, objects_variant(record.variant)));
    CULPRIT_TRY(base::remove_tree(job.temporary));
    CULPRIT_TRY(base::make_folders(job.temporary));
    // What killed a compiler was the lack of memory, as a rule.
    job.jobs = is_machines ? std::max(1, job.jobs / 2) : allowed_jobs;
    job.deadline = deadline();
  }
}

std::chrono::steady_clock::time_point KernelBuilder::deadline() const {
  return std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                                std::chrono::duration<double>(m_options.timeout_s));
}

Result<BuildProduct> KernelBuilder::build(const model::CommitId& commit, const std::string& variant, int slot,
                                          const base::CancelToken& cancel) {
  const Wanted asked = CULPRIT_TRY(wanted(variant));
  auto tree = m_checkout.tree(commit);
  if (!tree) return std::unexpected(std::move(tree.error()));
  const std::string name = key(*tree, asked);
  if (auto known = m_cache.recall(name)) {
    known->commit = commit;
    known->variant = variant;
    if (known->status == BuildStatus::broken)
      return BuildProduct{.record = std::move(*known), .artifact = {}};
    if (auto folder = m_cache.find(m_cache.image_of(name)))
      return BuildProduct{.record = std::move(*known), .artifact = std::move(*folder)};
  }

  const auto started = std::chrono::steady_clock::now();
  auto job = prepare(commit, variant, slot, asked, cancel);
  if (!job) return std::unexpected(std::move(job.error()));
  BuildRecord record;
  record.commit = commit;
  record.variant = variant;
  record.compiler = m_versions[job->toolchain];
  if (!job->unfit.empty()) {
    record.status = BuildStatus::broken;
    record.text = job->unfit;
    return BuildProduct{.record = std::move(record), .artifact = {}};
  }
  auto made = compile_surely(*job, record, cancel);
  if (!made) return std::unexpected(std::move(made.error()).in("building " + commit.short_hex()));
  BuildProduct product{.record = std::move(record), .artifact = {}};
  std::string image;
  if (*made) {
    auto kept = keep(*job, std::move(product.record), image);
    if (!kept) return kept;
    product = std::move(*kept);
  }
  // A deadline depends on the machine's load, and what the machine did is nothing to remember.
  if (*made || (product.record.status == BuildStatus::broken && !job->timed_out))
    if (auto remembered = m_cache.remember(name, product.record, image); !remembered)
      return std::unexpected(std::move(remembered.error()));
  product.record.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return product;
}

}  // namespace culprit::build
