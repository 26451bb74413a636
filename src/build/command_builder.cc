// Builds are incremental: a checkout touches only the files that differ, and what earlier builds left stays,
// so that a project of an hour builds a neighbouring revision in a minute. The price is trust in the
// project's own dependencies; `clean` is for those who cannot give it.
//
// One thing no project's dependencies can know: that a compiler was killed while it wrote. The object file it
// leaves is newer than its sources and looks complete. A mark in the worktree's git folder, there while a
// build runs, tells the next build (of this or a later culprit) to begin with `git clean`.

#include "build/command_builder.h"

#include <glob.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <clocale>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/process/confine.h"
#include "base/process/subprocess.h"
#include "base/strings.h"
#include "build/machine_failures.h"

namespace culprit::build {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::ProcessEnd;
using base::Result;
using model::BuildRecord;
using model::BuildStatus;

// Of the output of a build, half head and half tail; of a broken one's, what its record keeps of the end.
constexpr std::size_t k_output_limit = std::size_t{1} << 20;
constexpr std::size_t k_text_lines = 100;
constexpr std::size_t k_text_bytes = std::size_t{16} << 10;

// The folder of git's own files of a worktree: .git itself, or what the file .git names. Empty without one.
fs::path git_folder(const fs::path& worktree) {
  fs::path entry = worktree / ".git";
  std::error_code error;
  if (fs::is_directory(entry, error)) return entry;
  const auto text = base::read_file(entry);
  if (!text) return {};
  const auto named = base::strip_prefix(base::trim(*text), "gitdir: ");
  return named ? worktree / *named : fs::path();
}

fs::path unfinished_mark(const fs::path& worktree) {
  const fs::path folder = git_folder(worktree);
  return folder.empty() ? folder : folder / "culprit-unfinished-build";
}

// Where a build that may write in its own places only puts what it needs for a moment.
fs::path own_temporary(const fs::path& worktree) { return git_folder(worktree) / "culprit-tmp"; }

// Below a folder for caches (XDG's), those of which an entry is named by what it was made of, or locked while it is written. The
// rest of such a folder is the user's: a build that writes there is not made ahead.
constexpr std::string_view k_shared_caches[] = {"ccache", "sccache", "go-build", "clang", "zig", "pip", "uv"};

// Where such a build may write: nothing that another build or a test could notice.
Result<std::vector<fs::path>> own_places(const fs::path& worktree, bool beside) {
  const fs::path temporary = own_temporary(worktree);
  CULPRIT_TRY(base::remove_tree(temporary));
  CULPRIT_TRY(base::make_folders(temporary));
  std::vector<fs::path> places{worktree, git_folder(worktree), "/dev"};
  if (beside) places.push_back(worktree.parent_path());
  const auto named = [](const char* variable) {
    const char* place = std::getenv(variable);
    return place != nullptr && *place == '/' ? fs::path(place) : fs::path();
  };
  fs::path caches = named("XDG_CACHE_HOME");
  if (const fs::path home = named("HOME"); !home.empty()) {
    if (caches.empty()) caches = home / ".cache";
    for (const char* cache : {".ccache", ".cargo/registry", ".cargo/git", "go/pkg"})
      places.push_back(home / cache);
  }
  if (!caches.empty())
    for (const std::string_view cache : k_shared_caches) places.push_back(caches / cache);
  for (const char* variable : {"CCACHE_DIR", "SCCACHE_DIR", "GOCACHE", "GOMODCACHE"})
    if (fs::path place = named(variable); !place.empty()) places.push_back(std::move(place));
  return places;
}

// Something was refused to it: in the user's language, or in none. A script may go on all the same, and build another thing
// than it would where it may write.
bool was_refused(const std::string& output) {
  if (output.contains(::strerrordesc_np(EACCES))) return true;
  const locale_t locale = ::newlocale(LC_MESSAGES_MASK, "", nullptr);
  if (locale == nullptr) return false;
  const bool found = output.contains(::strerror_l(EACCES, locale));
  ::freelocale(locale);
  return found;
}

std::string text_of(const std::string& output, std::string_view last_word) {
  std::string_view text = base::last_lines(output, k_text_lines);
  if (text.size() > k_text_bytes) text.remove_prefix(text.size() - k_text_bytes);
  std::string out(text);
  if (!last_word.empty()) out += fmt::format("{}culprit: {}", out.empty() ? "" : "\n", last_word);
  return out;
}

std::string glob_escaped(const fs::path& path) {
  std::string out;
  for (const char c : path.string())
    out += (std::string_view("*?[\\").contains(c) ? "\\" : "") + std::string(1, c);
  return out;
}

// What `pattern` matches below `worktree`, sorted; of a folder, all files below it.
std::vector<fs::path> matching_files(const fs::path& worktree, const std::string& pattern) {
  std::vector<fs::path> files;
  glob_t matches{};
  if (::glob((glob_escaped(worktree) + "/" + pattern).c_str(), 0, nullptr, &matches) == 0) {
    for (std::size_t i = 0; i < matches.gl_pathc; ++i) {
      const fs::path match = matches.gl_pathv[i];
      std::error_code error;
      if (!fs::is_directory(match, error)) files.push_back(match);
      for (fs::recursive_directory_iterator walk(match, error), end; !error && walk != end;
           walk.increment(error))
        if (walk->is_regular_file(error)) files.push_back(walk->path());
    }
  }
  ::globfree(&matches);
  std::ranges::sort(files);
  return files;
}

// The digest of names and contents; empty where a pattern matches nothing, which is then `unmatched`.
Result<std::string> digest(const fs::path& worktree, const std::vector<std::string>& patterns,
                           std::string& unmatched) {
  base::Sha256 all;
  for (const std::string& pattern : patterns) {
    const std::vector<fs::path> files = matching_files(worktree, pattern);
    if (files.empty()) {
      unmatched = pattern;
      return std::string();
    }
    for (const fs::path& file : files)
      all.update(fmt::format("{}  {}\n", CULPRIT_TRY(base::sha256_file(file)),
                             file.lexically_relative(worktree).string()));
  }
  return all.hex();
}

}  // namespace

CommandBuilder::CommandBuilder(CommandBuilderOptions options, Checkout& checkout)
    : m_options(std::move(options)), m_checkout(checkout), m_kept(checkout) {
  if (!m_options.artifacts.empty() && !std::getenv("SOURCE_DATE_EPOCH"))
    m_options.environment.emplace_back("SOURCE_DATE_EPOCH", "1000000000");
}

Result<BuildProduct> CommandBuilder::build(const model::CommitId& commit, const std::string& variant,
                                           int slot, const base::CancelToken& cancel) {
  bool has_begun = false;
  return make(commit, variant, slot, false, has_begun, cancel);
}

Result<std::optional<BuildProduct>> CommandBuilder::build_ahead(const model::CommitId& commit, int slot,
                                                                const base::CancelToken& cancel) {
  if (m_options.command.empty() || !base::can_confine()) return std::nullopt;
  bool has_begun = false;
  auto product = make(commit, {}, slot, true, has_begun, cancel);
  if (!product && product.error().kind == base::ErrorKind::interrupted && has_begun) return std::nullopt;
  if (!product) return std::unexpected(std::move(product).error());
  if (product->record.status != BuildStatus::ok) return std::nullopt;
  return std::move(*product);
}

bool CommandBuilder::has_room_beside(int slot) const {
  fs::path worktree;
  {
    const std::lock_guard lock(m_mutex);
    if (const auto held = m_held.find(slot); held != m_held.end()) worktree = held->second.artifact;
    if (const auto at = m_compiling.find(slot); at != m_compiling.end()) worktree = at->second;
  }
  std::error_code error;
  return !worktree.empty() && !fs::exists(worktree / ".gitmodules", error) &&
         bytes_below(worktree) <= room_at(worktree, 0, {});
}

CommandBuilder::Compiling::Compiling(CommandBuilder& builder, int slot, const fs::path& worktree)
    : m_builder(builder), m_slot(slot) {
  const std::lock_guard lock(m_builder.m_mutex);
  m_builder.m_compiling.insert_or_assign(slot, worktree);
}

CommandBuilder::Compiling::~Compiling() {
  const std::lock_guard lock(m_builder.m_mutex);
  m_builder.m_compiling.erase(m_slot);
}

Result<BuildProduct> CommandBuilder::make(const model::CommitId& commit, const std::string& variant, int slot,
                                          bool confined, bool& has_begun, const base::CancelToken& cancel) {
  const double start = base::SystemClock().monotonic();
  const bool clean = wants_clean(slot);
  if (auto held = CULPRIT_TRY(at_hand(slot, commit, variant, clean))) {
    held->record.seconds = 0;
    held->held = true;
    return std::move(*held);
  }
  const fs::path worktree = CULPRIT_TRY_IN(m_checkout.at(commit, slot), "checking out " + commit.short_hex());
  BuildProduct product{.record = {.commit = commit,
                                  .variant = variant,
                                  .status = BuildStatus::ok,
                                  .signature = {},
                                  .compiler = {},
                                  .text = {}},
                       .artifact = worktree};
  BuildRecord& record = product.record;
  const bool cleaned = CULPRIT_TRY(prepare(worktree, clean || m_options.clean, cancel));
  record.from_clean = cleaned || (is_first_use(slot) && is_untouched(worktree, cancel));
  const bool complete = CULPRIT_TRY(this->complete(worktree, record, product.remark, cancel));
  const Compiling compiling(*this, slot, worktree);
  has_begun = complete && !m_options.command.empty();
  if (has_begun)
    CULPRIT_TRY_IN(confined ? compile_confined(worktree, slot, product, cancel)
                            : compile_twice(worktree, slot, product, cleaned, cancel),
                   "building " + commit.short_hex());
  if (record.status == BuildStatus::ok)
    record.signature = CULPRIT_TRY(signature(worktree, commit, variant, product.remark));
  record.seconds = base::SystemClock().monotonic() - start;

  // A failure is not held: whoever asks again wants to know whether it fails again.
  if (record.status == BuildStatus::ok) {
    hold(slot, product);
    const std::lock_guard lock(m_keeping);
    m_kept.built(record.seconds);
  }
  return product;
}

std::optional<BuildProduct> CommandBuilder::held_by(int slot) const {
  const std::lock_guard lock(m_mutex);
  const auto held = m_held.find(slot);
  return held == m_held.end() ? std::nullopt : std::optional(held->second);
}

void CommandBuilder::hold(int slot, std::optional<BuildProduct> product) {
  const std::lock_guard lock(m_mutex);
  m_held.erase(slot);
  if (product) m_held.emplace(slot, std::move(*product));
}

bool CommandBuilder::holds(const model::CommitId& commit, const std::string& variant, int slot) const {
  const auto held = held_by(slot);
  if (held && held->record.commit == commit && held->record.variant == variant) return true;
  const std::lock_guard lock(m_keeping);
  return m_kept.has(commit, variant, slot);
}

// What is asked for, if the slot holds it or held it and it was kept. Else the slot's worktree is about to move on: what
// it holds is kept for later. `clean`: what was built of it before does not count.
Result<std::optional<BuildProduct>> CommandBuilder::at_hand(int slot, const model::CommitId& commit,
                                                            const std::string& variant, bool clean) {
  auto held = held_by(slot);
  const bool same = held && held->record.commit == commit;
  if (same && held->record.variant == variant && !clean) return held;
  hold(slot, std::nullopt);
  const std::lock_guard lock(m_keeping);
  if (clean) CULPRIT_TRY(m_kept.forget(commit, slot));
  const bool comes_back = !clean && m_kept.has(commit, variant, slot);
  // A slot that starts from nothing, or holds another one next, needs no copy.
  if (held && !same) CULPRIT_TRY(m_kept.keep(slot, *held, !comes_back && !clean && m_options.incremental));
  if (!comes_back) return std::nullopt;
  auto back = CULPRIT_TRY(m_kept.take(commit, variant, slot));
  hold(slot, back);
  return back;
}

void CommandBuilder::start_clean(int slot) {
  const std::lock_guard lock(m_mutex);
  m_wanted_clean.insert(slot);
}

bool CommandBuilder::wants_clean(int slot) {
  const std::lock_guard lock(m_mutex);
  return m_wanted_clean.erase(slot) > 0;
}

// A build may leave folders that nobody may write in.
Result<void> CommandBuilder::clean_out(const fs::path& worktree, const base::CancelToken& cancel) {
  // Both places by name: a GIT_WORK_TREE in the environment must not turn this on the user's checkout.
  const base::Command clean{.argv = {"git", "--git-dir=.git", "--work-tree=.", "clean", "-ffdxq"},
                            .cwd = worktree};
  if (base::run_tool(clean, cancel)) return {};
  base::open_up_folders(worktree);
  CULPRIT_TRY(base::run_tool(clean, cancel));
  return {};
}

bool CommandBuilder::is_first_use(int slot) {
  const std::lock_guard lock(m_mutex);
  return m_used.insert(slot).second;
}

// Nothing is in the worktree but what the revision has.
bool CommandBuilder::is_untouched(const fs::path& worktree, const base::CancelToken& cancel) {
  const base::Command look{.argv = {"git", "--git-dir=.git", "--work-tree=.", "clean", "-ffdxn"},
                           .cwd = worktree};
  const auto left = base::run_tool(look, cancel);  // fails where there is more than a screen of it
  return left && left->empty();
}

// Cleans the worktree where that is asked for or needed, and marks that a build runs in it. Whether it is
// clean.
Result<bool> CommandBuilder::prepare(const fs::path& worktree, bool clean,
                                     const base::CancelToken& cancel) const {
  const fs::path mark = unfinished_mark(worktree);
  std::error_code error;
  clean |= !mark.empty() && fs::exists(mark, error);
  if (clean) CULPRIT_TRY(clean_out(worktree, cancel));
  if (!mark.empty() && !m_options.command.empty()) CULPRIT_TRY(base::write_file_atomically(mark, ""));
  return clean;
}

// Lays over the checkout what belongs to every revision. False where that cannot be, and the revision is broken.
Result<bool> CommandBuilder::complete(const fs::path& worktree, BuildRecord& record, std::string& remark,
                                      const base::CancelToken& cancel) const {
  if (m_options.laid_over.empty()) return true;
  LayOverEnd end = CULPRIT_TRY(lay_over(m_options.laid_over, record.commit, worktree, cancel));
  if (!end.remark.empty()) remark = std::move(end.remark);
  if (end.refusal.empty()) return true;
  record.status = BuildStatus::broken;
  record.text = "culprit: " + end.refusal;
  // Nothing was compiled, and nothing is half made.
  if (const fs::path mark = unfinished_mark(worktree); !mark.empty()) CULPRIT_TRY(base::remove_tree(mark));
  return false;
}

// What an earlier revision's build left may break this one's: a failure counts if it comes from clean too.
Result<void> CommandBuilder::compile_twice(const fs::path& worktree, int slot, BuildProduct& product,
                                           bool cleaned, const base::CancelToken& cancel) const {
  BuildRecord& record = product.record;
  CULPRIT_TRY(compile(worktree, slot, product, {}, cancel));
  if (record.status != BuildStatus::broken || cleaned) return {};
  record = BuildRecord{.commit = record.commit, .variant = record.variant, .from_clean = true};
  CULPRIT_TRY(prepare(worktree, true, cancel));
  // Cleaning took the untracked part of it away.
  std::string remark;
  if (!CULPRIT_TRY(complete(worktree, record, remark, cancel))) return {};
  ++record.times;
  return compile(worktree, slot, product, {}, cancel);
}

Result<void> CommandBuilder::compile_confined(const fs::path& worktree, int slot, BuildProduct& product,
                                              const base::CancelToken& cancel) const {
  return compile(worktree, slot, product, CULPRIT_TRY(own_places(worktree, m_options.writes_beside)), cancel);
}

// Runs the command; sets the record's status and text.
Result<void> CommandBuilder::compile(const fs::path& worktree, int slot, BuildProduct& product,
                                     const Writable& writable, const base::CancelToken& cancel) const {
  BuildRecord& record = product.record;
  const fs::path folder = m_options.subdirectory.empty() ? worktree : worktree / m_options.subdirectory;
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    record.status = BuildStatus::broken;
    record.text = fmt::format("culprit: this revision has no folder {}", m_options.subdirectory.string());
    return {};
  }
  base::Command command{.argv = {"sh", "-c", m_options.command},
                        .cwd = folder,
                        .env = m_options.environment,
                        .timeout_s = m_options.timeout_s,
                        .writable = writable,
                        .output_limit = k_output_limit};
  if (!writable.empty()) command.env.emplace_back("TMPDIR", own_temporary(worktree).string());
  command.env.emplace_back("CULPRIT_COMMIT", record.commit.hex());
  command.env.emplace_back("CULPRIT_SLOT", std::to_string(slot));
  if (!record.variant.empty()) command.env.emplace_back("CULPRIT_VARIANT", record.variant);
  const ProcessEnd end = CULPRIT_TRY(base::run_process(command, cancel));
  if (base::came_of_interruption(end, cancel))
    return base::fail(ErrorKind::interrupted, "the build was interrupted");
  product.cpu_seconds += end.cpu_seconds;

  const bool cut_off = end.how == ProcessEnd::How::timed_out;
  if (const fs::path mark = unfinished_mark(worktree); !cut_off && !mark.empty()) fs::remove(mark, error);
  const bool refused = !writable.empty() && was_refused(end.output);
  if (end.ok() && !refused) return {};
  // Where there is room again, the build is tried again.
  const bool was_full = disk_was_full(end.output);
  if (was_full && !base::has_room(worktree)) return std::unexpected(base::disk_full(worktree));
  record.status = was_full || machine_failure(end.output) ? BuildStatus::infra : BuildStatus::broken;
  std::string last_word;
  if (cut_off) last_word = fmt::format("the build did not end within {} s", *m_options.timeout_s);
  if (end.how == ProcessEnd::How::signaled)
    last_word = fmt::format("the build died of signal {}", end.signal);
  record.text = text_of(end.output, last_word);
  return {};
}

Result<std::string> CommandBuilder::signature(const fs::path& worktree, const model::CommitId& commit,
                                              const std::string& variant, std::string& remark) const {
  std::string out, unmatched;
  if (!m_options.artifacts.empty()) out = CULPRIT_TRY(digest(worktree, m_options.artifacts, unmatched));
  if (!unmatched.empty())
    remark = fmt::format(
        "a build made no '{}' (--artifact counts from the top of the checkout): where it is missing, equal "
        "builds are not known for equal",
        base::printable(unmatched));
  if (out.empty()) out = CULPRIT_TRY(m_checkout.tree(commit));
  return variant.empty() ? out : out + "+" + variant;
}

}  // namespace culprit::build
