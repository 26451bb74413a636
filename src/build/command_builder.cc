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
#include <chrono>
#include <cstdlib>

#include <fmt/format.h>

#include "base/files.h"
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
  const fs::path entry = worktree / ".git";
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

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

CommandBuilder::CommandBuilder(CommandBuilderOptions options, Checkout& checkout)
    : m_options(std::move(options)), m_checkout(checkout) {
  if (!m_options.artifacts.empty() && !std::getenv("SOURCE_DATE_EPOCH"))
    m_options.environment.emplace_back("SOURCE_DATE_EPOCH", "1000000000");
}

Result<BuildProduct> CommandBuilder::build(const model::CommitId& commit, const std::string& variant,
                                           int slot, const base::CancelToken& cancel) {
  if (auto held = held_by(slot, commit, variant)) {
    held->record.seconds = 0;
    held->held = true;
    return std::move(*held);
  }
  const double start = now();
  const fs::path worktree = CULPRIT_TRY_IN(m_checkout.at(commit, slot), "checking out " + commit.short_hex());
  BuildProduct product{.record = {.commit = commit,
                                  .variant = variant,
                                  .status = BuildStatus::ok,
                                  .signature = {},
                                  .compiler = {},
                                  .text = {}},
                       .artifact = worktree};
  BuildRecord& record = product.record;
  record.from_clean = CULPRIT_TRY(prepare(worktree, wants_clean(slot), cancel));
  if (!m_options.command.empty())
    CULPRIT_TRY_IN(compile_twice(worktree, slot, record, cancel), "building " + commit.short_hex());
  if (record.status == BuildStatus::ok)
    record.signature = CULPRIT_TRY(signature(worktree, commit, variant, product.remark));
  record.seconds = now() - start;

  // A failure is not held: whoever asks again wants to know whether it fails again.
  if (record.status == BuildStatus::ok) {
    const std::lock_guard lock(m_mutex);
    m_held[slot] = product;
  }
  return product;
}

// What the slot holds if it is that; else it is forgotten, since the worktree is about to move on.
std::optional<BuildProduct> CommandBuilder::held_by(int slot, const model::CommitId& commit,
                                                    const std::string& variant) {
  const std::lock_guard lock(m_mutex);
  const auto held = m_held.find(slot);
  if (held == m_held.end()) return std::nullopt;
  if (held->second.record.commit == commit && held->second.record.variant == variant) return held->second;
  m_held.erase(held);
  return std::nullopt;
}

void CommandBuilder::start_clean(int slot) {
  const std::lock_guard lock(m_mutex);
  m_held.erase(slot);
  m_wanted_clean.insert(slot);
}

bool CommandBuilder::wants_clean(int slot) {
  const std::lock_guard lock(m_mutex);
  return m_wanted_clean.erase(slot) > 0 || m_options.clean;
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

// What an earlier revision's build left may break this one's: a failure counts if it comes from clean too.
Result<void> CommandBuilder::compile_twice(const fs::path& worktree, int slot, BuildRecord& record,
                                           const base::CancelToken& cancel) const {
  CULPRIT_TRY(compile(worktree, slot, record, cancel));
  if (record.status != BuildStatus::broken || record.from_clean) return {};
  record = BuildRecord{.commit = record.commit, .variant = record.variant, .from_clean = true};
  CULPRIT_TRY(prepare(worktree, true, cancel));
  return compile(worktree, slot, record, cancel);
}

// Runs the command; sets the record's status and text.
Result<void> CommandBuilder::compile(const fs::path& worktree, int slot, BuildRecord& record,
                                     const base::CancelToken& cancel) const {
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
                        .output_limit = k_output_limit};
  command.env.emplace_back("CULPRIT_COMMIT", record.commit.hex());
  command.env.emplace_back("CULPRIT_SLOT", std::to_string(slot));
  if (!record.variant.empty()) command.env.emplace_back("CULPRIT_VARIANT", record.variant);
  const ProcessEnd end = CULPRIT_TRY(base::run_process(command, cancel));
  if (base::came_of_interruption(end, cancel))
    return base::fail(ErrorKind::interrupted, "the build was interrupted");

  const bool cut_off = end.how == ProcessEnd::How::timed_out;
  if (const fs::path mark = unfinished_mark(worktree); !cut_off && !mark.empty()) fs::remove(mark, error);
  if (end.ok()) return {};
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
