// Work trees that survive anything.
//
// A slot is a linked work tree of the private repository: <state>/worktrees/slot-N with git's data for it in
// <state>/git/worktrees/slot-N. git is always told both (--git-dir, --work-tree): were it to look for them
// itself in a folder whose .git a test has deleted, it would go up, find the user's repository and check out
// there.
//
// Killed in the middle of a checkout, git leaves an index of the old commit and files of the new one, among
// them some that neither the old nor the next commit knows. Before each switch its target is therefore
// written down (`culprit-target`), and a switch that was cut off is finished before the next one. The build
// products of a slot survive this; `git clean` would not be sure of it.
//
// `git checkout --force` puts every tracked file right whose size, times or inode changed. Should it fail,
// then mostly since untracked files stand where the commit has a folder: they are cleaned away; then the slot
// is made anew; only then it is an error.

#include "history/checkout/worktrees.h"

#include <cerrno>
#include <fstream>
#include <set>

#include "base/check.h"
#include "base/files.h"
#include "base/strings.h"
#include "history/git/resolve.h"

namespace culprit::history {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using model::CommitId;

constexpr const char* k_target = "culprit-target";

bool holds(const fs::path& file, const std::string& text) {
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) return false;
  const auto bytes = base::read_file(file);
  return bytes && *bytes == text;
}

// What has nothing to do with the commit's files is the machine's, not the commit's.
template <class T>
base::Result<T> no_fault_of(const CommitId& commit, base::Result<T> result) {
  if (result || result.error().kind != ErrorKind::repository) return result;
  result.error().kind = ErrorKind::infra;
  return std::unexpected(std::move(result).error().in("making a checkout for " + commit.short_hex()));
}

// The names of the filters that lines of .gitattributes give to files.
std::set<std::string> filters_in(const fs::path& attributes) {
  std::set<std::string> names;
  const auto text = base::read_file(attributes);
  if (!text) return names;
  for (const std::string_view line : base::split_lines(*text)) {
    if (base::trim(line).starts_with('#')) continue;
    for (const std::string_view word : base::split(line, ' '))
      if (const auto name = base::strip_prefix(base::trim(word), "filter=")) names.emplace(*name);
  }
  return names;
}

// Errors that another way to check out would not mend.
bool is_final(const base::Error& error) {
  return error.kind == ErrorKind::interrupted || error.kind == ErrorKind::infra;
}

}  // namespace

Worktrees::Worktrees(PrivateRepository repository, Repository user, fs::path state, WorktreeOptions options,
                     const base::CancelToken& cancel)
    : m_repository(std::move(repository)),
      m_user(std::move(user)),
      m_state(std::move(state)),
      m_options(std::move(options)),
      m_cancel(&cancel) {}

base::Result<std::unique_ptr<Worktrees>> Worktrees::open(const Repository& user, const fs::path& state,
                                                         WorktreeOptions options,
                                                         const base::CancelToken& cancel) {
  // As git sees it: it follows links before it writes a path down.
  std::error_code code;
  fs::create_directories(state, code);
  const fs::path real = code ? fs::path() : fs::canonical(state, code);
  if (code) return std::unexpected(base::file_error("make the folder", state, code.value()));
  PrivateRepository repository = CULPRIT_TRY(PrivateRepository::open(user, real / "git", cancel));
  CULPRIT_TRY(base::remove_tree(real / "worktrees" / "slot-aside"));
  return std::unique_ptr<Worktrees>(
      new Worktrees(std::move(repository), user, real, std::move(options), cancel));
}

Worktrees::Slot Worktrees::slot_at(int number) const {
  CULPRIT_CHECK(number >= 0, "slot " + std::to_string(number));
  const std::string name = "slot-" + std::to_string(number);
  return {.name = name, .folder = m_state / "worktrees" / name, .admin = m_repository.work_tree_folder(name)};
}

fs::path Worktrees::folder(int slot) const { return slot_at(slot).folder; }

Git Worktrees::git_in(const Slot& slot) const { return Git(slot.admin, slot.folder, *m_cancel); }

base::Result<fs::path> Worktrees::at(const CommitId& commit, int slot) {
  const Slot place = slot_at(slot);
  bool is_usable = holds(place.folder / ".git", "gitdir: " + place.admin.string() + "\n") &&
                   holds(place.admin / "gitdir", (place.folder / ".git").string() + "\n");
  if (is_usable) is_usable = CULPRIT_TRY(no_fault_of(commit, finish_interrupted(place)));
  if (!is_usable)
    if (auto made = no_fault_of(commit, make(place, commit)); !made)
      return gone_or(commit, std::move(made).error());
  if (m_options.submodules)
    if (auto removed = remove_old_submodules(place, commit); !removed)
      return gone_or(commit, std::move(removed).error());
  auto done = check_out_somehow(place, commit);
  if (std::error_code error; !done && !fs::exists(m_repository.folder() / "HEAD", error))
    return std::unexpected(is_final(done.error()) ? std::move(done).error() : own_repository_gone());
  CULPRIT_TRY_IN(std::move(done), "checking out " + commit.short_hex());
  if (m_options.clean) CULPRIT_TRY(no_fault_of(commit, clean(place)));
  CULPRIT_TRY(update_submodules(place));
  note_unknown_filters(place);
  return place.folder;
}

// `error` came of a commit that is not there: where that is all, the history was rewritten meanwhile.
std::unexpected<base::Error> Worktrees::gone_or(const CommitId& commit, base::Error error) const {
  std::error_code ignored;
  if (fs::exists(m_repository.folder() / "HEAD", ignored))
    if (auto gone = refuse_gone(m_repository.git(), commit); !gone && gone.error().kind == ErrorKind::usage)
      error = std::move(gone).error();
  return std::unexpected(std::move(error));
}

base::Error Worktrees::own_repository_gone() const {
  return {.kind = ErrorKind::infra,
          .what = "culprit's own repository " + m_repository.folder().string() +
                  " was removed while culprit was at work",
          .context = {},
          .hint = "`culprit resume` makes it anew"};
}

// git leaves the files of a filter that it does not know as they are stored, and says nothing.
void Worktrees::note_unknown_filters(const Slot& slot) const {
  if (!m_options.note) return;
  for (const std::string& name : filters_in(slot.folder / ".gitattributes")) {
    const auto is_set = [&](const char* what) {
      return !m_user.config_value("filter." + name + "." + what).value_or("").empty();
    };
    if (is_set("smudge") || is_set("process") || is_set("clean")) continue;
    m_options.note("files are tested as they are stored, for git knows no filter \"" + name + "\" here" +
                   (name == "lfs" ? ": pointers in the place of Git LFS's files (git lfs install)" : ""));
  }
}

// The slot from nothing, without files.
base::Result<void> Worktrees::make(const Slot& slot, const CommitId& commit) {
  const std::lock_guard lock(m_shared);
  std::error_code code;
  if (!fs::exists(m_repository.folder() / "HEAD", code)) return std::unexpected(own_repository_gone());
  CULPRIT_TRY(base::remove_tree(slot.folder));
  CULPRIT_TRY(base::remove_tree(slot.admin));
  fs::create_directories(slot.folder.parent_path(), code);
  if (code)
    return std::unexpected(base::file_error("make the folder", slot.folder.parent_path(), code.value()));
  CULPRIT_TRY(m_repository.git().output(
      {"worktree", "add", "--force", "--detach", "--no-checkout", slot.folder.string(), commit.hex()}));
  return {};
}

base::Result<bool> Worktrees::finish_interrupted(const Slot& slot) {
  std::error_code ignored;
  if (!fs::exists(slot.admin / k_target, ignored)) return true;
  remove_locks(slot.admin);
  const auto hex = base::read_file(slot.admin / k_target);
  const auto target = CommitId::from_hex(hex ? *hex : "");
  if (!target) return false;
  const auto done = check_out(slot, *target);
  if (!done && is_final(done.error())) return std::unexpected(done.error());
  return done.has_value();
}

base::Result<void> Worktrees::check_out(const Slot& slot, const CommitId& commit) {
  // Neither renamed into place nor synced: what is not whole is taken for a slot to be made anew.
  if (!(std::ofstream(slot.admin / k_target, std::ios::trunc) << commit.hex() << std::flush))
    return std::unexpected(base::file_error("write", slot.admin / k_target, errno));
  CULPRIT_TRY(git_in(slot).output(
      {"checkout", "--quiet", "--force", "--detach", "--no-recurse-submodules", commit.hex()}));
  return base::remove_tree(slot.admin / k_target);
}

// A build may leave folders that nobody may write in.
base::Result<void> Worktrees::clean(const Slot& slot) {
  auto cleaned = git_in(slot).output({"clean", "-ffdxq"});
  if (!cleaned && !is_final(cleaned.error())) {
    base::open_up_folders(slot.folder);
    cleaned = git_in(slot).output({"clean", "-ffdxq"});
  }
  if (!cleaned) return std::unexpected(std::move(cleaned).error());
  return {};
}

base::Result<void> Worktrees::check_out_somehow(const Slot& slot, const CommitId& commit) {
  auto done = check_out(slot, commit);
  if (done || is_final(done.error())) return done;
  const auto exists = CULPRIT_TRY(m_repository.git().run({"cat-file", "-e", commit.hex() + "^{tree}"}));
  if (!exists.ok()) return gone_or(commit, std::move(done).error());
  if (clean(slot)) {
    base::open_up_folders(slot.folder);
    done = check_out(slot, commit);
  }
  if (done || is_final(done.error())) return done;
  CULPRIT_TRY(no_fault_of(commit, make(slot, commit)));
  return check_out(slot, commit);
}

base::Result<std::string> Worktrees::tree(const CommitId& commit) const {
  return m_repository.git().value({"rev-parse", "--verify", commit.hex() + "^{tree}"});
}

base::Result<void> Worktrees::remove_all() {
  std::error_code ignored;
  std::vector<fs::path> slots;
  for (const auto& entry : fs::directory_iterator(m_state / "worktrees", ignored))
    if (entry.path().filename().string().starts_with("slot-")) slots.push_back(entry.path());
  for (const fs::path& slot : slots) CULPRIT_TRY(base::remove_tree(slot));
  fs::remove(m_state / "worktrees", ignored);  // unless something else is in it, which is not ours
  return base::remove_tree(m_repository.folder());
}

}  // namespace culprit::history
