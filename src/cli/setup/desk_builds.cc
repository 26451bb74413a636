#include "cli/setup/desk_builds.h"

#include <algorithm>
#include <utility>

#include "base/files.h"
#include "base/strings.h"
#include "history/git_history.h"

namespace culprit::cli {
namespace {

namespace fs = std::filesystem;
using base::Result;
using model::CommitId;

// Files beside the checkouts that are no older than `since`: a package build puts its packages there.
std::vector<fs::path> files_beside(const fs::path& folder, fs::file_time_type since) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder.parent_path(), error)) {
    std::error_code gone;
    if (entry.is_regular_file(gone) && entry.last_write_time(gone) >= since) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

// The list of all of these, of all builds.
fs::path all_beside(const StatePaths& paths) { return paths.checkouts() / "built-beside"; }

}  // namespace

Result<void> remove_desk_builds(const StatePaths& paths) {
  std::error_code ignored;
  const auto lines = base::read_file(all_beside(paths));
  if (lines)
    for (const std::string_view line : base::split_lines(*lines)) fs::remove(line, ignored);
  std::vector<fs::path> marks;
  for (const auto& entry : fs::directory_iterator(paths.checkouts(), ignored))
    if (entry.path().filename().string().starts_with("built-")) marks.push_back(entry.path());
  for (const fs::path& mark : marks) CULPRIT_TRY(base::remove_tree(mark));
  return {};
}

DeskBuilds::DeskBuilds(std::unique_ptr<Backends> backends, StatePaths paths, const base::CancelToken& cancel)
    : m_backends(std::move(backends)), m_paths(std::move(paths)), m_cancel(cancel) {}

DeskBuilds::~DeskBuilds() { stop_ahead({}); }

Result<std::unique_ptr<DeskBuilds>> DeskBuilds::open(const Settings& settings, const StatePaths& paths,
                                                     const history::GitHistory& history,
                                                     const base::CancelToken& cancel) {
  auto backends = CULPRIT_TRY(wire(settings, paths, history, cancel, [](const std::string&) {}));
  return std::unique_ptr<DeskBuilds>(new DeskBuilds(std::move(backends), paths, cancel));
}

fs::path DeskBuilds::mark(int slot) const { return m_paths.checkouts() / ("built-" + std::to_string(slot)); }

std::optional<int> DeskBuilds::slot_of(const CommitId& commit) const {
  for (int slot = 0; slot < k_slots; ++slot)
    if (const auto text = base::read_file(mark(slot)); text && *text == commit.hex()) return slot;
  return std::nullopt;
}

bool DeskBuilds::has(const CommitId& commit) const { return slot_of(commit).has_value(); }

bool DeskBuilds::is_coming(const CommitId& commit) const {
  const std::lock_guard lock(m_mutex);
  return m_at == commit || has(commit);
}

// One that holds nothing, else none of `keep`, else the last.
int DeskBuilds::free_slot(const std::vector<CommitId>& keep) const {
  int found = k_slots - 1;
  for (int slot = k_slots - 1; slot >= 0; --slot) {
    const auto text = base::read_file(mark(slot));
    const auto held = text ? CommitId::from_hex(*text) : std::nullopt;
    if (!held) return slot;
    if (std::ranges::find(keep, *held) == keep.end()) found = slot;
  }
  return found;
}

Result<DeskBuild> DeskBuilds::made(const CommitId& commit, int slot, bool ahead,
                                   const base::CancelToken& cancel) {
  CULPRIT_TRY(base::remove_tree(mark(slot)));
  const auto since = fs::file_time_type::clock::now();
  std::optional<build::BuildProduct> product;
  if (ahead)
    product = CULPRIT_TRY(m_backends->builder().build_ahead(commit, slot, cancel));
  else
    product = CULPRIT_TRY(m_backends->builder().build(commit, {}, slot, cancel));
  DeskBuild built{.record = {.commit = commit, .status = model::BuildStatus::infra}, .folder = {}};
  if (!product) return built;
  built.record = product->record;
  built.folder = product->artifact;
  if (built.record.status != model::BuildStatus::ok) return built;
  built.beside = files_beside(built.folder, since);
  CULPRIT_TRY(base::write_file_atomically(mark(slot), commit.hex()));
  std::string lines;
  for (const fs::path& file : built.beside) lines += file.string() + "\n";
  CULPRIT_TRY(base::write_file_atomically(mark(slot).string() + ".beside", lines));
  // The slot forgets them with its next build; they go with the checkouts.
  const std::string all = base::read_file(all_beside(m_paths)).value_or("");
  CULPRIT_TRY(base::write_file_atomically(all_beside(m_paths), all + lines));
  return built;
}

Result<DeskBuild> DeskBuilds::build(const CommitId& commit) {
  stop_ahead(commit);
  if (const auto slot = slot_of(commit)) {
    DeskBuild built{.record = {.commit = commit},
                    .folder = m_paths.checkouts() / "worktrees" / ("slot-" + std::to_string(*slot)),
                    .was_there = true};
    std::error_code error;
    if (const auto lines = base::read_file(mark(*slot).string() + ".beside"))
      for (const std::string_view line : base::split_lines(*lines))
        if (fs::exists(line, error)) built.beside.emplace_back(line);
    if (fs::is_directory(built.folder, error)) return built;
  }
  return made(commit, free_slot({}), false, m_cancel);
}

void DeskBuilds::start_ahead(std::vector<CommitId> commits, const CommitId& tested) {
  stop_ahead({});
  m_stop.emplace(m_cancel);
  m_enough = false;
  m_thread = std::thread([this, commits = std::move(commits), tested] {
    std::vector<CommitId> keep = commits;
    keep.push_back(tested);
    for (const CommitId& commit : commits) {
      if (has(commit)) continue;
      {
        const std::lock_guard lock(m_mutex);
        if (m_enough || m_stop->cancelled()) break;
        m_at = commit;
      }
      // What goes wrong goes wrong again when it is asked for, and is told then.
      (void)made(commit, free_slot(keep), true, *m_stop);
    }
    const std::lock_guard lock(m_mutex);
    m_at = {};
  });
}

void DeskBuilds::finish_ahead() {
  if (m_thread.joinable()) m_thread.join();
}

void DeskBuilds::stop_ahead(const CommitId& wanted) {
  if (!m_thread.joinable()) return;
  bool is_at_it = false;
  {
    const std::lock_guard lock(m_mutex);
    is_at_it = !wanted.is_null() && m_at == wanted;
    m_enough = true;
  }
  if (!is_at_it) m_stop->cancel();
  m_thread.join();
}

Result<void> DeskBuilds::tear_down() {
  stop_ahead({});
  CULPRIT_TRY(remove_desk_builds(m_paths));
  return m_backends->tear_down();
}

}  // namespace culprit::cli
