// git writes the files one by one, then the index (index.lock, renamed), then HEAD. Killed in between it leaves any
// beginning of that: files of both commits, one of them half written, and the lock. Told from outside:
//
//   HEAD is neither old nor new    the user went elsewhere since: nothing to do
//   HEAD is new                    it was done, but for the record
//   the index is new               all files are: HEAD follows
//   the index is old               each file that differs between the commits is old, new, missing, or the beginning
//                                  of one of them: it becomes old again. Anything else in its place is the user's.
//
// Taking back rather than going on: the index is still the old one, and `git checkout` would take every new file
// for a change of the user's. The next move begins from a clean checkout, by git's own rules.

#include "history/checkout/user_checkout.h"

#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/files.h"
#include "base/strings.h"

namespace culprit::history {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;
using base::Result;
using model::CommitId;

constexpr std::string_view k_none = "000000";
constexpr std::string_view k_submodule = "160000";
constexpr std::string_view k_link = "120000";
constexpr std::size_t k_named = 5;  // files in a message

// The lines of git's message that name files begin with a tab.
std::vector<std::string> named_files(std::string_view errors) {
  std::vector<std::string> files;
  for (const std::string_view line : base::split_lines(errors))
    if (line.starts_with('\t')) files.emplace_back(base::trim(line));
  return files;
}

std::string some_of(const std::vector<std::string>& files) {
  const std::size_t shown = std::min(files.size(), k_named);
  std::string out = base::join(std::span(files).first(shown), ", ");
  if (files.size() > shown) out += fmt::format(" and {} more", files.size() - shown);
  return out;
}

// Whether a git stands in the work tree: then a lock may be its own.
bool git_is_at_work_in(const fs::path& work_tree) {
  std::error_code error;
  for (const auto& process : fs::directory_iterator("/proc", error)) {
    if (process.path().filename().string().find_first_not_of("0123456789") != std::string::npos) continue;
    const auto name = base::read_file(process.path() / "comm");
    if (!name || base::trim(*name) != "git") continue;
    std::error_code ignored;
    const fs::path place = fs::read_symlink(process.path() / "cwd", ignored).lexically_relative(work_tree);
    if (!place.empty() && *place.begin() != "..") return true;
  }
  return false;
}

// What stands at `path` in the work tree, which is no link and no folder: its bytes.
Result<std::string> bytes_of(const fs::path& path, bool& is_link) {
  std::error_code error;
  is_link = fs::is_symlink(fs::symlink_status(path, error));
  if (!is_link) return base::read_file(path);
  const fs::path target = fs::read_symlink(path, error);
  if (error) return std::unexpected(base::file_error("read", path, error.value()));
  return target.string();
}

// The ids that git would give the regular files `paths`; in their order.
Result<std::vector<std::string>> blobs_of(const Git& git, const std::vector<std::string>& paths) {
  std::string input;
  for (const std::string& path : paths) input += path + "\n";
  std::vector<std::string> ids;
  if (paths.empty()) return ids;
  const std::string answer = CULPRIT_TRY(git.output({"hash-object", "--stdin-paths"}, input));
  for (const std::string_view id : base::split_lines(answer)) ids.emplace_back(id);
  ids.resize(paths.size());
  return ids;
}

// The beginning of the file as the commit has it, on disk: filters and line ends included.
Result<bool> is_beginning_of(const Git& git, const std::string& bytes, const CommitId& commit,
                             const std::string& path) {
  const auto whole = CULPRIT_TRY(git.run({"cat-file", "--filters", commit.hex() + ":" + path}));
  return whole.ok() && whole.output.starts_with(bytes);
}

// Files of the index that a sparse checkout leaves out.
Result<std::set<std::string>> sparse_files(const Git& git) {
  std::set<std::string> out;
  const auto sparse = CULPRIT_TRY(git.run({"config", "--bool", "core.sparseCheckout"}));
  if (base::trim(sparse.output) != "true") return out;
  const std::string listing = CULPRIT_TRY(git.output({"ls-files", "-t", "-z"}));
  for (const std::string_view entry : nul_records(listing))
    if (entry.starts_with("S ")) out.emplace(entry.substr(2));
  return out;
}

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(fs::symlink_status(path, error));
}

}  // namespace

Result<std::vector<UserCheckout::Change>> UserCheckout::changes(const Git& git, const Move& move) const {
  const std::string listing = CULPRIT_TRY(
      git.output({"diff-tree", "-r", "-z", "--no-renames", "--raw", move.from.hex(), move.to.hex(), "--"}));
  std::vector<Change> out;
  const auto records = nul_records(listing);
  for (std::size_t i = 0; i + 1 < records.size(); i += 2) {
    const auto fields = base::split(records[i].substr(1), ' ');  // ":mode mode id id status"
    if (fields.size() != 5)
      return fail(ErrorKind::repository, "git diff-tree gives an answer that is not understood");
    if (fields[0] == k_submodule || fields[1] == k_submodule) continue;
    out.push_back({.path = std::string(records[i + 1]),
                   .mode_from = std::string(fields[0]),
                   .mode_to = std::string(fields[1]),
                   .blob_from = std::string(fields[2]),
                   .blob_to = std::string(fields[3])});
  }
  return out;
}

// The lock of the git that was killed; the session's strays are dead by now.
Result<void> UserCheckout::remove_lock(const Git& git, const Move& move) const {
  fs::path lock = CULPRIT_TRY(git.value({"rev-parse", "--git-path", "index.lock"}));
  if (lock.is_relative()) lock = move.work_tree / lock;
  struct stat lock_file{}, record{};
  if (::lstat(lock.c_str(), &lock_file) != 0 || ::stat(m_record.c_str(), &record) != 0) return {};
  constexpr time_t k_clock_slack_s = 2;
  if (lock_file.st_mtim.tv_sec + k_clock_slack_s < record.st_mtim.tv_sec || git_is_at_work_in(move.work_tree))
    return fail(ErrorKind::usage, "another git is at work in the checkout: " + lock.string() + " is there",
                "wait for it, or remove that file if there is none");
  std::error_code error;
  fs::remove(lock, error);
  return {};
}

Result<std::string> UserCheckout::settle() const {
  if (!is_there(m_record)) return std::string();
  const std::string text = CULPRIT_TRY(base::read_file(m_record));
  const auto lines = base::split(text, '\n');
  const auto from = CommitId::from_hex(lines[0]);
  const auto to = lines.size() > 2 ? CommitId::from_hex(lines[1]) : std::nullopt;
  std::string done;
  if (from && to) {
    const Move move{*from, *to, text.substr(lines[0].size() + lines[1].size() + 2)};
    std::error_code error;
    if (fs::is_directory(move.work_tree, error)) {
      const Git git({}, move.work_tree, *m_cancel);
      const auto head = CULPRIT_TRY(git.run({"rev-parse", "--verify", "--quiet", "HEAD^{commit}"}));
      const auto at = head.ok() ? CommitId::from_hex(base::trim(head.output)) : std::nullopt;
      if (at == move.from || at == move.to) CULPRIT_TRY(remove_lock(git, move));
      if (at == move.from) done = CULPRIT_TRY(take_back(git, move));
    }
  }
  CULPRIT_TRY(base::remove_tree(m_record));
  return done;
}

base::Error UserCheckout::changed_since(const Move& move, const std::vector<std::string>& files) {
  return {
      .kind = ErrorKind::usage,
      .what = fmt::format(
          "the move of the checkout from {} to {} was cut off, and what is there now is not culprit's: {}",
          move.from.short_hex(), move.to.short_hex(), some_of(files)),
      .context = {},
      .hint =
          fmt::format("keep what you want of it elsewhere, then: git checkout -f {}", move.from.short_hex())};
}

Result<std::string> UserCheckout::take_back(const Git& git, const Move& move) const {
  const auto index_is = [&](const CommitId& commit) -> Result<bool> {
    return CULPRIT_TRY(
               git.run({"diff-index", "--cached", "--quiet", "--ignore-submodules", commit.hex(), "--"}))
        .ok();
  };
  const std::vector<Change> all = CULPRIT_TRY(changes(git, move));
  if (!all.empty() && CULPRIT_TRY(index_is(move.to))) {
    CULPRIT_TRY(git.output({"update-ref", "--no-deref", "-m", "culprit: moving to " + move.to.hex(), "HEAD",
                            move.to.hex(), move.from.hex()}));
    return "the move of the checkout to " + move.to.short_hex() + ", which was cut off, is finished";
  }
  std::set<std::string> staged;
  const std::string listing = CULPRIT_TRY(git.output({"diff-index", "--cached", "--name-only", "--no-renames",
                                                      "-z", "--ignore-submodules", move.from.hex(), "--"}));
  for (const std::string_view path : nul_records(listing)) staged.emplace(path);

  const std::set<std::string> left_out = CULPRIT_TRY(sparse_files(git));
  std::vector<std::string> foreign, hashed;  // the user's; regular files with a plain name
  std::vector<const Change*> hashed_changes, doubtful;
  std::string restored;  // as -z wants them
  std::vector<fs::path> added;
  std::size_t moved = 0;
  for (const Change& change : all) {
    if (staged.contains(change.path)) foreign.push_back(change.path);
    const fs::path path = move.work_tree / change.path;
    std::error_code error;
    const fs::file_status status = fs::symlink_status(path, error);
    if (change.mode_from == k_none && fs::exists(status) && !fs::is_directory(status)) added.push_back(path);
    if (!fs::exists(status) && left_out.contains(change.path)) continue;
    if (change.mode_from != k_none) restored += change.path + '\0';
    if (!fs::exists(status) || fs::is_directory(status)) {
      moved += change.mode_from != k_none ? 1 : 0;
    } else if (fs::is_regular_file(status) && change.path.find('\n') == std::string::npos &&
               !change.path.starts_with('"') && change.mode_from != k_link && change.mode_to != k_link) {
      hashed.push_back(change.path);
      hashed_changes.push_back(&change);
    } else {
      doubtful.push_back(&change);
    }
  }
  const std::vector<std::string> ids = CULPRIT_TRY(blobs_of(git, hashed));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] == hashed_changes[i]->blob_from) continue;
    ++moved;
    if (ids[i] != hashed_changes[i]->blob_to) doubtful.push_back(hashed_changes[i]);
  }
  for (const Change* change : doubtful) {
    bool is_link = false;
    const std::string bytes = CULPRIT_TRY(bytes_of(move.work_tree / change->path, is_link));
    bool ours = false;
    for (const auto& [mode, commit] :
         {std::pair(change->mode_from, move.from), std::pair(change->mode_to, move.to)}) {
      if (mode == k_none || (mode == k_link) != is_link) continue;
      if (!is_link) ours = ours || CULPRIT_TRY(is_beginning_of(git, bytes, commit, change->path));
      if (is_link)
        ours =
            ours || CULPRIT_TRY(git.output({"cat-file", "blob", commit.hex() + ":" + change->path})) == bytes;
    }
    if (ours)
      ++moved;
    else
      foreign.push_back(change->path);
  }
  if (!foreign.empty()) return std::unexpected(changed_since(move, foreign));
  if (moved + added.size() == 0) return std::string();
  for (const fs::path& path : added) {
    std::error_code error;
    fs::remove(path, error);
    for (fs::path folder = path.parent_path(); folder != move.work_tree && fs::remove(folder, error);)
      folder = folder.parent_path();
  }
  // git would remove what is in a folder that stands where a file was.
  for (const Change& change : all) {
    std::error_code error;
    if (change.mode_from != k_none &&
        fs::is_directory(fs::symlink_status(move.work_tree / change.path, error)))
      foreign.push_back(change.path);
  }
  if (!foreign.empty()) return std::unexpected(changed_since(move, foreign));
  CULPRIT_TRY(git.output({"checkout-index", "--force", "--index", "-z", "--stdin"}, restored));
  return "the move of the checkout to " + move.to.short_hex() + ", which was cut off, is taken back";
}

Result<void> UserCheckout::move(const fs::path& from, const CommitId& commit) const {
  const Git git({}, from, *m_cancel);
  const std::string head = CULPRIT_TRY(git.value({"rev-parse", "--verify", "HEAD^{commit}"}));
  const std::string top = CULPRIT_TRY(git.value({"rev-parse", "--show-toplevel"}));
  CULPRIT_TRY(base::write_file_atomically(m_record, head + "\n" + commit.hex() + "\n" + top));
  // Where files of both commits differ, an ignored one is the user's too.
  auto end = git.run({"checkout", "--quiet", "--detach", "--no-overwrite-ignore", commit.hex(), "--"});
  if (!end) return std::unexpected(std::move(end).error());  // cut off: the record stays
  if (end->ok()) return base::remove_tree(m_record);
  const std::vector<std::string> files = named_files(end->errors);
  // git refuses before it begins; a file that cannot be written ends it in the middle.
  if (files.empty())
    CULPRIT_TRY(settle());
  else
    CULPRIT_TRY(base::remove_tree(m_record));
  const std::string hint = "go there by hand: git checkout " + commit.short_hex();
  if (!files.empty())
    return fail(
        ErrorKind::usage,
        fmt::format("the checkout is not moved: {} has files where you have ones that are in no commit: {}",
                    commit.short_hex(), some_of(files)),
        "move them out of the way");
  return fail(ErrorKind::repository,
              "git cannot check out " + commit.short_hex() + ": " + git_message(end->errors), "or " + hint);
}

}  // namespace culprit::history
