// A kernel's first build takes minutes, the next one of a neighbouring commit seconds, if three things hold.
//
// The object folder is the same one: there is one for each slot and toolchain, outside of the source tree.
// Each variant of the configuration has objects of its own, which start as a copy of another's, since kbuild
// recompiles just what depends on the changed options. But its records hold the folder's path, and a copy
// elsewhere is compiled from scratch; so the variants take turns at one path, by renames, and the others wait
// beside it.
//
// The environment is the same one: time, user, host, build number, locale and the version's suffix are fixed
// in every call of make, configuration included (one call without them changes the build id and the embedded
// cpio), and nothing that a user has exported (MAKEFLAGS, KCFLAGS, LLVM, ...) gets through. Equal sources
// then give equal images, which is what signatures live from.
//
// Nothing half-written is trusted: a compiler that was killed leaves an object that is newer than its
// sources. While make runs, a mark lies in the object folder. A build that finds it removes all files not
// older than it first; that costs their recompilation, a new folder would cost everything's.
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
#include "base/process/subprocess.h"
#include "base/strings.h"
#include "build/kernel/environment.h"
#include "build/kernel/kernel_errors.h"
#include "build/kernel/signature.h"

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
constexpr int k_recipe = 2;
constexpr std::size_t k_output_limit = std::size_t{4} << 20;
constexpr std::size_t k_lost_shown = 20;
constexpr const char* k_mark = ".culprit-building";
constexpr const char* k_variant = ".culprit-variant";  // whose objects a folder holds
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

Result<void> remove_half_written(const fs::path& objects) {
  std::error_code error;
  const auto since = fs::last_write_time(objects / k_mark, error);
  if (error) return {};  // no mark: the last build came to its end
  std::vector<fs::path> doubtful;
  for (auto file = fs::recursive_directory_iterator(objects, error);
       file != fs::recursive_directory_iterator(); file.increment(error)) {
    std::error_code none;
    if (file->is_regular_file(none) && !file->is_symlink(none) && file->last_write_time(none) >= since)
      doubtful.push_back(file->path());
    if (error) break;
  }
  if (error) return std::unexpected(base::file_error("read", objects, error.value()));
  for (const fs::path& file : doubtful) fs::remove(file, error);
  return {};
}

bool is_there(const fs::path& path) {
  std::error_code none;
  return fs::exists(path, none);
}

bool has_ccache(const base::CancelToken& cancel) {
  return base::run_tool({.argv = {"ccache", "--version"}, .timeout_s = 30}, cancel).has_value();
}

std::string folder_name(const std::string& variant) {
  const bool plain = std::ranges::all_of(
      variant, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_'; });
  return plain ? variant : base::sha256(variant).substr(0, 16);
}

// Where the objects of `variant` wait while another variant's are at `objects`.
fs::path parked(const fs::path& objects, const std::string& variant) {
  return fs::path(objects.string() + "+" + variant);
}

// Where objects wait while their revision is built from nothing, since it failed with them.
fs::path suspect(const fs::path& objects) { return fs::path(objects.string() + ".suspect"); }

Result<void> move_folder(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) return std::unexpected(base::file_error("rename " + from.string() + " to", to, error.value()));
  return {};
}

Result<void> make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return std::unexpected(base::file_error("create", path, error.value()));
  return {};
}

// Puts a copy of the objects in `from` at `to`, marked as `variant`'s.
Result<void> copy_objects(const fs::path& from, const fs::path& to, const std::string& variant) {
  if (auto cleaned = remove_half_written(from); !cleaned) return cleaned;
  const fs::path half = to.string() + ".new";
  if (auto removed = base::remove_tree(half); !removed) return removed;
  // cp keeps the times, which make compares; std::filesystem::copy does not.
  auto copied = base::run_tool({.argv = {"cp", "-a", from.string(), half.string()}}, base::CancelToken());
  if (!copied) return std::unexpected(std::move(copied.error()));
  if (auto named = base::write_file_atomically(half / k_variant, variant); !named) return named;
  return move_folder(half, to);
}

// The folder at `objects` is empty afterwards; the first one that was there waits as suspect(objects).
Result<void> begin_clean_in(const fs::path& objects, const std::string& variant) {
  if (is_there(suspect(objects)) || !is_there(objects))
    CULPRIT_TRY(base::remove_tree(objects));
  else
    CULPRIT_TRY(move_folder(objects, suspect(objects)));
  CULPRIT_TRY(make_folder(objects));
  return base::write_file_atomically(objects / k_variant, variant);
}

// After a clean try: keeps the new objects, or takes those of before back.
Result<void> choose_objects(const fs::path& objects, bool keep_new) {
  if (keep_new) return base::remove_tree(suspect(objects));
  if (!is_there(suspect(objects))) return {};
  CULPRIT_TRY(base::remove_tree(objects));
  return move_folder(suspect(objects), objects);
}

// Any variant's objects that wait beside `objects`; empty where there are none.
fs::path any_parked(const fs::path& objects) {
  std::error_code none;
  for (const auto& folder : fs::directory_iterator(objects.parent_path(), none))
    if (folder.path().string().starts_with(objects.string() + "+") && folder.path().extension() != ".new")
      return folder.path();
  return {};
}

// Afterwards the folder `objects` is there and holds the objects of `variant`; for a new variant a copy of
// another one's.
Result<void> hold_variant(const fs::path& objects, const std::string& variant) {
  const fs::path wanted = parked(objects, variant);
  if (is_there(objects)) {
    const std::string held = base::read_file(objects / k_variant).value_or("");
    if (held == variant) return {};
    if (!is_there(wanted))
      if (auto copied = copy_objects(objects, wanted, variant); !copied) return copied;
    const fs::path place = parked(objects, held);
    if (auto removed = base::remove_tree(place); !removed) return removed;
    if (auto moved = move_folder(objects, place); !moved) return moved;
  } else if (const fs::path other = any_parked(objects); !is_there(wanted) && !other.empty()) {
    if (auto copied = copy_objects(other, wanted, variant); !copied) return copied;
  }
  if (is_there(wanted)) return move_folder(wanted, objects);
  CULPRIT_TRY(make_folder(objects));
  return base::write_file_atomically(objects / k_variant, variant);
}

}  // namespace

struct KernelBuilder::Job {
  fs::path source;
  fs::path objects;
  fs::path temporary;
  std::size_t toolchain = 0;  // index
  std::vector<ConfigSymbol> requested;
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
  const bool ccache = options.ccache && has_ccache(cancel);
  return std::unique_ptr<KernelBuilder>(
      new KernelBuilder(std::move(options), checkout, std::move(versions), ccache));
}

// Null for the plain one.
Result<const ConfigVariant*> KernelBuilder::find_variant(const std::string& variant) const {
  if (variant.empty()) return nullptr;
  const auto found = std::ranges::find(m_options.variants, variant, &ConfigVariant::name);
  if (found == m_options.variants.end())
    return fail(ErrorKind::usage, fmt::format("there is no variant \"{}\"", variant));
  return &*found;
}

Result<std::vector<ConfigSymbol>> KernelBuilder::requested_options(const std::string& variant) const {
  const ConfigVariant* found = CULPRIT_TRY(find_variant(variant));
  std::vector<ConfigSymbol> requested =
      parse_config(found && !found->config.empty() ? found->config : m_options.config);
  if (found) requested.insert(requested.end(), found->changes.begin(), found->changes.end());
  return last_of_each(requested);
}

std::string KernelBuilder::key(const std::string& tree, const std::vector<ConfigSymbol>& requested) const {
  std::string all = fmt::format("{}\n{}\n{}\n{}\n{}\n", k_recipe, tree, m_options.target, m_options.arch,
                                static_cast<int>(m_options.image));
  all += config_lines(requested) + fmt::format("{}\n", fmt::join(m_options.make_args, "\n"));
  for (std::size_t i = 0; i < m_versions.size(); i++)
    all +=
        fmt::format("{} {} {}\n", m_options.toolchains[i].since, m_options.toolchains[i].id(), m_versions[i]);
  return base::sha256(all);
}

Result<KernelBuilder::Job> KernelBuilder::prepare(const model::CommitId& commit, const std::string& variant,
                                                  int slot,
                                                  const std::vector<ConfigSymbol>& requested) const {
  auto source = m_checkout.at(commit, slot);
  if (!source) return std::unexpected(std::move(source.error()));
  const auto makefile = base::read_file(*source / "Makefile");
  const auto version = makefile ? kernel_version_of(*makefile) : std::nullopt;
  if (!version)
    return fail(
        ErrorKind::usage,
        fmt::format("commit {} is no Linux kernel tree: its Makefile names no version", commit.short_hex()));
  const Toolchain* toolchain = pick_toolchain(m_options.toolchains, *version);
  if (!toolchain)
    return fail(ErrorKind::usage,
                fmt::format("no toolchain for v{}.{}.{}, the version of commit {}", version->major,
                            version->minor, version->patch, commit.short_hex()),
                "add a [[toolchain]] with an older \"since\", or without one");

  Job job;
  job.source = std::move(*source);
  job.requested = requested;
  job.toolchain = static_cast<std::size_t>(toolchain - m_options.toolchains.data());
  job.deadline = deadline();
  job.jobs = m_options.jobs;
  job.objects = m_options.state_dir / "objects" / fmt::format("slot{}-{}", slot, toolchain->id());
  job.temporary = m_options.state_dir / "tmp" / fmt::format("slot{}", slot);
  CULPRIT_TRY(base::remove_tree(suspect(job.objects)));  // of a second try that was cut off
  CULPRIT_TRY(base::remove_tree(job.temporary));
  CULPRIT_TRY(make_folder(job.temporary));
  if (auto held = hold_variant(job.objects, folder_name(variant)); !held)
    return std::unexpected(std::move(held.error()));
  if (auto cleaned = remove_half_written(job.objects); !cleaned)
    return std::unexpected(std::move(cleaned.error()));
  return job;
}

std::vector<std::string> KernelBuilder::make_command(const Job& job) const {
  const Toolchain& toolchain = m_options.toolchains[job.toolchain];
  std::vector<std::string> argv = hide_environment(fixed_environment(job.source, job.temporary));
  argv.insert(argv.end(), {m_options.make, "-s", fmt::format("-j{}", job.jobs), "-C", job.source.string(),
                           "O=" + job.objects.string(), "ARCH=" + m_options.arch, "LOCALVERSION="});
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
                        .output_limit = k_output_limit};
  command.argv.insert(command.argv.end(), goals.begin(), goals.end());

  const fs::path mark = job.objects / k_mark;
  if (auto marked = base::write_file_atomically(mark, ""); !marked)
    return std::unexpected(std::move(marked.error()));
  auto end = base::run_process(command, cancel);
  if (!end) return std::unexpected(std::move(end.error()));
  if (base::came_of_interruption(*end, cancel))
    return fail(ErrorKind::interrupted, "interrupted while a kernel was built");
  if (end->how == ProcessEnd::How::timed_out) {
    job.settled = job.timed_out = true;
    record.status = BuildStatus::broken;
    record.text = fmt::format("the build did not end within {}\n{}",
                              base::format_duration(m_options.timeout_s), base::last_lines(end->output, 10));
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
  record.text = summarize_failure(end.output);
  for (const fs::path& folder : {job.source, job.objects, job.temporary, job.objects / k_mark})
    if (!is_there(folder)) {
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
  const ConfigVariant* variant = CULPRIT_TRY(find_variant(record.variant));
  if (const auto not_taken = variant ? lost_options(variant->changes, *result) : std::vector<std::string>();
      !not_taken.empty()) {
    job.settled = true;
    record.status = BuildStatus::broken;
    record.text =
        fmt::format("the variant \"{}\" does not take: {}", variant->name, base::join(not_taken, ", "));
    return false;
  }
  std::vector<std::string> lost = lost_options(job.requested, *result);
  if (lost.size() > k_lost_shown) {
    const std::string more = fmt::format("and {} more", lost.size() - k_lost_shown);
    lost.resize(k_lost_shown);
    lost.push_back(more);
  }
  if (!lost.empty())
    record.text = "requested options that this revision does not take: " + base::join(lost, ", ");
  const std::string padded = "\n" + *result;
  const bool bootable_vmlinux = padded.contains("\nCONFIG_PVH=y\n") && !padded.contains("\nCONFIG_KASAN=y\n");
  job.boots_vmlinux = m_options.image == KernelImage::vmlinux ||
                      (m_options.image == KernelImage::automatic && bootable_vmlinux);
  return true;
}

Result<bool> KernelBuilder::compile(Job& job, BuildRecord& record, const base::CancelToken& cancel) const {
  auto configured = configure(job, record, cancel);
  if (!configured || !*configured) return configured;
  return make(job, {job.boots_vmlinux ? "vmlinux" : "bzImage"}, record, cancel);
}

Result<BuildProduct> KernelBuilder::keep(const Job& job, BuildRecord record) const {
  auto signature = image_signature(job.objects / "vmlinux");
  if (!signature) return std::unexpected(std::move(signature.error()));
  record.signature = std::move(*signature);
  std::vector<std::pair<std::string, fs::path>> files = {{"vmlinux", job.objects / "vmlinux"},
                                                         {"config", job.objects / ".config"}};
  if (!job.boots_vmlinux) files.emplace_back("bzImage", job.objects / "arch" / "x86" / "boot" / "bzImage");
  auto folder = m_cache.put(record.signature, files);
  if (!folder) return std::unexpected(std::move(folder.error()));
  return BuildProduct{.record = std::move(record), .artifact = std::move(*folder)};
}

// Builds with the objects that are there, and from nothing where that fails, until it is known whose fault it
// is. After a failure of the machine's, what was written last is made again. `job` is the last try's.
Result<bool> KernelBuilder::compile_surely(Job& job, BuildRecord& record,
                                           const base::CancelToken& cancel) const {
  const BuildRecord blank = record;
  const int allowed_jobs = job.jobs;
  int failures = 0;
  for (int tries = 1;; ++tries) {
    record = blank;
    auto made = compile(job, record, cancel);
    if (!made && is_there(job.objects)) return made;
    if (!made) record.status = BuildStatus::infra, record.text = made.error().what;
    const bool is_made = made && *made;
    failures += !is_made && record.status == BuildStatus::broken;
    const bool over = is_made || job.settled || failures == k_failures_that_count || tries == k_tries;
    if (over && tries > 1)
      CULPRIT_TRY(choose_objects(job.objects, is_made || failures < k_failures_that_count));
    if (over) return is_made;
    const bool is_machines = record.status == BuildStatus::infra;
    if (is_machines && is_there(job.objects))
      CULPRIT_TRY(remove_half_written(job.objects));
    else
      CULPRIT_TRY(begin_clean_in(job.objects, folder_name(record.variant)));
    CULPRIT_TRY(base::remove_tree(job.temporary));
    CULPRIT_TRY(make_folder(job.temporary));
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
  auto requested = requested_options(variant);
  if (!requested) return std::unexpected(std::move(requested.error()));
  auto tree = m_checkout.tree(commit);
  if (!tree) return std::unexpected(std::move(tree.error()));
  const std::string name = key(*tree, *requested);
  if (auto known = m_cache.recall(name)) {
    known->commit = commit;
    known->variant = variant;
    if (known->status == BuildStatus::broken)
      return BuildProduct{.record = std::move(*known), .artifact = {}};
    if (auto folder = m_cache.find(known->signature))
      return BuildProduct{.record = std::move(*known), .artifact = std::move(*folder)};
  }

  const auto started = std::chrono::steady_clock::now();
  auto job = prepare(commit, variant, slot, *requested);
  if (!job) return std::unexpected(std::move(job.error()));
  BuildRecord record;
  record.commit = commit;
  record.variant = variant;
  record.compiler = m_versions[job->toolchain];
  auto made = compile_surely(*job, record, cancel);
  if (!made) return std::unexpected(std::move(made.error()).in("building " + commit.short_hex()));
  BuildProduct product{.record = std::move(record), .artifact = {}};
  if (*made) {
    auto kept = keep(*job, std::move(product.record));
    if (!kept) return kept;
    product = std::move(*kept);
  }
  // A deadline depends on the machine's load, and what the machine did is nothing to remember.
  if (*made || (product.record.status == BuildStatus::broken && !job->timed_out))
    if (auto remembered = m_cache.remember(name, product.record); !remembered)
      return std::unexpected(std::move(remembered.error()));
  product.record.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return product;
}

}  // namespace culprit::build
