// `git worktree add` in the user's repository would be simpler, but it writes there: refs, logs, admin
// folders that show up in `git worktree list` and stay behind when culprit is killed. A clone would copy
// gigabytes. So: a bare repository with an alternates file. It is laid out by hand, since `git init` copies
// the user's templates, hooks included; the layout (HEAD, config, objects, refs, packed-refs) is git's
// documented oldest one, whatever format the user's refs are in.
//
// Configuration. The user's global and system files stay in force: they hold credentials, safe.directory, the
// line-end conventions and the filters (LFS) without which files would be checked out differently than they
// are used to. What is set in the user's repository alone is copied for the keys that decide about files and
// remotes. Written last, so that it wins: no hooks, no garbage collection, no advice, no signing, no reflogs.
// Filters that make files (smudge, process) are required, whatever the user's configuration says: where one fails or
// its program is missing, git would leave what is stored (a pointer file of LFS), and a test of that would be a
// test of something else. The revision cannot be checked out then, and the builder says so.
//
// What is borrowed must stay where it is: if the user's repository drops commits that no ref holds any more
// (`git gc --prune=now`) while they are under test, the checkout fails and says so.

#include "history/git/private_repository.h"

#include <algorithm>
#include <array>

#include "base/files.h"
#include "base/strings.h"
#include "history/git/quoting.h"

namespace culprit::history {
namespace {

namespace fs = std::filesystem;

// Keys of the user's repository that are taken over; those that end with a dot stand for all below.
constexpr std::array<std::string_view, 17> k_copied = {"core.autocrlf",
                                                       "core.eol",
                                                       "core.safecrlf",
                                                       "core.symlinks",
                                                       "core.ignorecase",
                                                       "core.filemode",
                                                       "core.precomposeunicode",
                                                       "core.protecthfs",
                                                       "core.protectntfs",
                                                       "core.attributesfile",
                                                       "core.usereplacerefs",
                                                       "extensions.partialclone",
                                                       "filter.",
                                                       "lfs.",
                                                       "remote.",
                                                       "http.",
                                                       "credential."};

struct Setting {
  std::string_view key;
  std::string_view value;
};

constexpr std::array k_own = {
    Setting{"core.bare", "true"},
    Setting{"core.hookspath", "/dev/null"},
    Setting{"core.logallrefupdates", "false"},
    Setting{"core.fsmonitor", "false"},
    Setting{"core.splitindex", "false"},
    Setting{"core.sparsecheckout", "false"},
    Setting{"gc.auto", "0"},
    Setting{"maintenance.auto", "false"},
    Setting{"advice.detachedhead", "false"},
    Setting{"commit.gpgsign", "false"},
    Setting{"tag.gpgsign", "false"},
    Setting{"submodule.recurse", "false"},
    Setting{"worktree.userelativepaths", "false"},
    // Submodules borrow their objects too: from <alternate>/../modules/<name>, where there is such a thing.
    Setting{"submodule.alternatelocation", "superproject"},
    Setting{"submodule.alternateerrorstrategy", "info"},
};

bool is_copied(std::string_view key) {
  return std::ranges::any_of(k_copied, [&](std::string_view copied) {
    return copied.ends_with('.') ? key.starts_with(copied) : key == copied;
  });
}

// A remote that is a folder is named from the user's repository.
std::string absolute_url(const Repository& user, std::string_view url) {
  const bool is_local = url.find(':') == std::string_view::npos && !url.starts_with('/');
  if (!is_local) return std::string(url);
  return ((user.work_tree.empty() ? user.common_dir : user.work_tree) / url).lexically_normal().string();
}

std::string config_text(const Repository& user) {
  const bool needs_version_1 = user.hash_size == 32 || user.config_value("extensions.partialclone");
  std::string text = config_entry("core.repositoryformatversion", needs_version_1 ? "1" : "0");
  if (user.hash_size == 32) text += config_entry("extensions.objectformat", "sha256");
  std::vector<std::string> filters;
  for (const auto& [key, value] : user.config) {
    if (key.starts_with("filter.") && key.rfind('.') > 7) filters.push_back(key.substr(0, key.rfind('.')));
    if (!is_copied(key)) continue;
    const bool is_url = key.starts_with("remote.") && key.ends_with("url");
    text += config_entry(key, is_url ? absolute_url(user, value) : value);
  }
  if (!user.config_value("remote.origin.url"))  // what relative urls of submodules are relative to
    text += config_entry("remote.origin.url",
                         (user.work_tree.empty() ? user.common_dir : user.work_tree).string());
  for (const std::string& filter : filters)
    if (!user.config_value(filter + ".smudge").value_or("").empty() ||
        !user.config_value(filter + ".process").value_or("").empty())
      text += config_entry(filter + ".required", "true");
  // A required filter wants both ways; without a word, the way back changes nothing.
  for (const std::string& filter : filters)
    if (user.config_value(filter + ".clean").value_or("").empty() &&
        user.config_value(filter + ".process").value_or("").empty())
      text += config_entry(filter + ".clean", "cat");
  for (const Setting& setting : k_own) text += config_entry(setting.key, setting.value);
  return text;
}

base::Result<std::string> refs_of(const Repository& user, const base::CancelToken& cancel) {
  return user.git(cancel).output({"for-each-ref", "--format=%(objectname) %(refname)", "refs/heads",
                                  "refs/tags", "refs/remotes", "refs/replace"});
}

// The same file in both repositories, or in neither.
base::Result<void> copy_or_remove(const fs::path& from, const fs::path& to) {
  std::error_code ignored;
  if (!fs::exists(from, ignored)) return base::remove_tree(to);
  const std::string bytes = CULPRIT_TRY(base::read_file(from));
  return base::write_file_atomically(to, bytes);
}

}  // namespace

void remove_locks(const fs::path& folder) {
  std::error_code ignored;
  std::vector<fs::path> locks;
  for (const auto& entry : fs::directory_iterator(folder, ignored))
    if (entry.path().extension() == ".lock") locks.push_back(entry.path());
  for (const fs::path& lock : locks) fs::remove(lock, ignored);
}

base::Result<void> lay_out_bare(const fs::path& folder, const std::string& config,
                                std::span<const fs::path> borrowed, const std::string& refs) {
  CULPRIT_TRY(base::remove_tree(folder / "refs"));  // what a test made there; ours are packed
  for (const char* name : {"refs/heads", "refs/tags", "objects/info", "objects/pack", "info", "worktrees"}) {
    std::error_code code;
    fs::create_directories(folder / name, code);
    if (code) return std::unexpected(base::file_error("make the folder", folder / name, code.value()));
  }
  std::string alternates;
  for (const fs::path& objects : borrowed) alternates += quote_c_style(objects.string()) + "\n";
  CULPRIT_TRY(base::write_file_atomically(folder / "objects/info/alternates", alternates));
  CULPRIT_TRY(base::write_file_atomically(folder / "config", config));
  CULPRIT_TRY(base::write_file_atomically(folder / "HEAD", "ref: refs/heads/culprit/none\n"));
  // Without the ids that tags point at ("peeled"): git looks them up, and a tag whose object is missing does
  // not spoil the others.
  return base::write_file_atomically(folder / "packed-refs", "# pack-refs with: sorted \n" + refs);
}

base::Result<PrivateRepository> PrivateRepository::open(const Repository& user, const fs::path& folder,
                                                        const base::CancelToken& cancel) {
  std::error_code ignored;
  PrivateRepository repository(fs::absolute(folder, ignored), cancel);
  const fs::path& root = repository.m_folder;
  remove_locks(root);
  for (const auto& entry : fs::directory_iterator(root / "worktrees", ignored)) remove_locks(entry.path());
  const std::string refs = CULPRIT_TRY(refs_of(user, cancel));
  CULPRIT_TRY(lay_out_bare(root, config_text(user), user.object_dirs, refs));
  for (const char* name : {"shallow", "info/grafts", "info/attributes", "info/exclude"})
    CULPRIT_TRY(copy_or_remove(user.common_dir / name, root / name));
  // An early word if git cannot use it, instead of one at the first checkout.
  CULPRIT_TRY_IN(repository.m_git.output({"rev-parse", "--git-dir"}),
                 "culprit's own repository " + root.string());
  return repository;
}

}  // namespace culprit::history
