// Submodules of a work tree.
//
// git keeps a submodule's repository in the admin folder of the work tree that it belongs to. Cloning each
// from its url for every slot would need the network and the space again. So the copy that the user's
// repository has (modules/NAME) serves, whose objects are borrowed (submodule.alternateLocation). It cannot
// be cloned as it is: it names a work tree (core.worktree) that is gone when the user's checkout is at a
// commit without the submodule, and git refuses it then. A bare repository in front of it, made like the
// private one, takes its refs and serves any commit, whether a ref reaches it or not. Submodules that the
// user never initialised come from their real url.
//
// A commit may name a submodule commit that exists nowhere any more. That is the commit's trouble, not ours:
// it is noted, and the build says what it thinks of a missing folder.

#include <set>

#include <fmt/format.h>

#include "base/files.h"
#include "base/strings.h"
#include "history/checkout/worktrees.h"
#include "history/git/quoting.h"

namespace culprit::history {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;

constexpr const char* k_record = "culprit-submodules";  // paths of the submodules that a slot has had

// Of "160000 <id> 0\t<path>" (ls-files --stage) or "160000 commit <id>\t<path>" (ls-tree).
std::set<std::string> submodule_paths(std::string_view listing) {
  std::set<std::string> paths;
  for (const std::string_view entry : nul_records(listing))
    if (entry.starts_with("160000 ")) paths.emplace(entry.substr(entry.find('\t') + 1));
  return paths;
}

std::set<std::string> recorded(const fs::path& admin) {
  std::set<std::string> paths;
  const auto text = base::read_file(admin / k_record);
  if (text)
    for (const std::string_view path : nul_records(*text)) paths.emplace(path);
  return paths;
}

// A path as git reads it in a url: percent signs begin escapes there.
std::string file_url(const fs::path& path) {
  std::string url = "file://";
  for (const char c : path.string()) url += c == '%' ? std::string("%25") : std::string(1, c);
  return url;
}

// "submodule.NAME.path" entries of .gitmodules give the names.
std::set<std::string> submodule_names(std::string_view config) {
  std::set<std::string> names;
  for (const std::string_view entry : nul_records(config)) {
    const std::string_view key = entry.substr(0, entry.find('\n'));
    const auto middle = base::strip_prefix(key, "submodule.");
    const auto name = middle ? base::strip_suffix(*middle, ".path") : std::nullopt;
    if (name) names.emplace(*name);
  }
  return names;
}

}  // namespace

base::Result<std::string> Worktrees::local_url(const std::string& submodule) const {
  // A name comes from the tree and becomes a path; git itself refuses these.
  for (const fs::path& part : fs::path(submodule))
    if (part == ".." || part.is_absolute()) return "";
  std::error_code ignored;
  const fs::path users = m_user.common_dir / "modules" / submodule;
  if (!fs::exists(users / "HEAD", ignored)) return "";
  // With any folder that is there as its work tree, see above.
  const Git git(users, users, *m_cancel);
  const std::string refs = CULPRIT_TRY(git.output(
      {"for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/tags", "refs/remotes"}));
  const fs::path front = m_repository.folder() / "submodules" / submodule;
  const bool is_sha256 = m_user.hash_size == 32;
  std::string config = config_entry("core.repositoryformatversion", is_sha256 ? "1" : "0");
  if (is_sha256) config += config_entry("extensions.objectformat", "sha256");
  config += config_entry("core.bare", "true") + config_entry("uploadpack.allowanysha1inwant", "true");
  CULPRIT_TRY(lay_out_bare(front, config, with_alternates(users / "objects"), refs));
  return file_url(front);
}

// git leaves the files of a submodule behind when the next commit has none there.
base::Result<void> Worktrees::remove_old_submodules(const Slot& slot, const model::CommitId& next) {
  const std::set<std::string> had = recorded(slot.admin);
  if (had.empty()) return {};
  std::vector<std::string> args{"--literal-pathspecs", "ls-tree", "-z", "--full-tree", next.hex(), "--"};
  args.insert(args.end(), had.begin(), had.end());
  const std::string listing = CULPRIT_TRY(m_repository.git().output(std::move(args)));
  const std::set<std::string> stay = submodule_paths(listing);
  for (const std::string& path : had)
    if (!stay.contains(path)) CULPRIT_TRY(base::remove_tree(slot.folder / path));
  return {};
}

base::Result<void> Worktrees::update_submodules(const Slot& slot) {
  std::error_code ignored;
  if (!fs::exists(slot.folder / ".gitmodules", ignored)) return {};
  const std::lock_guard lock(m_shared);  // `git submodule init` writes the shared configuration
  const auto note = [&](const std::string& text) {
    if (m_options.note) m_options.note(text);
  };
  if (!m_options.submodules) {
    if (!m_told_of_submodules) note("the project has submodules, which are not checked out");
    m_told_of_submodules = true;
    return {};
  }
  Git git = git_in(slot);
  const std::string index = CULPRIT_TRY(git.output({"ls-files", "--stage", "-z"}));
  std::string record;
  for (const std::string& path : submodule_paths(index)) record += path + '\0';
  CULPRIT_TRY(base::write_file_atomically(slot.admin / k_record, record));

  const auto config = CULPRIT_TRY(git.run({"config", "--file", ".gitmodules", "--null", "--list"}));
  for (const std::string& name : submodule_names(config.output)) {
    const std::string url = CULPRIT_TRY(local_url(name));
    if (!url.empty()) git.set_config("submodule." + name + ".url=" + url);
  }
  git.set_config("protocol.file.allow=always");
  git.set_timeout(m_options.submodule_timeout_s);
  auto updated = git.run({"submodule", "--quiet", "update", "--init", "--recursive", "--force"});
  if (!updated && updated.error().kind == ErrorKind::repository) {
    updated.error().kind = ErrorKind::infra;  // the next revision's would not come either
    updated.error().hint = fmt::format(
        "a server does not answer within {}: `git submodule update --init --recursive` in your own checkout "
        "gets the submodules for culprit too",
        base::format_duration(m_options.submodule_timeout_s));
  }
  const base::ProcessEnd end = CULPRIT_TRY(std::move(updated));
  if (!end.ok()) note("submodules could not be checked out: " + git_message(end.errors));
  if (end.ok() && m_options.clean) {
    const std::vector<std::string> cleaning = {"submodule", "--quiet", "foreach", "--recursive",
                                               "git clean -ffdxq"};
    if (CULPRIT_TRY(git.run(cleaning)).ok()) return {};
    base::open_up_folders(slot.folder);
    CULPRIT_TRY(git.output(cleaning));
  }
  return {};
}

}  // namespace culprit::history
