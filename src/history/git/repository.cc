// Replace refs and grafts: git's plumbing honours them by default, `git log` and `git bisect` show the
// history that they make, and people use them to join histories (linux-history) or to cut a wrong merge. So
// do we: the history that is searched is the one that the user sees. core.useReplaceRefs=false is honoured
// like everything in the configuration; the variable GIT_NO_REPLACE_OBJECTS is not (see git.h), or an answer
// would depend on the shell that resumed the bisection.
//
// A shallow repository is refused: a bisection over a history that ends early finds a culprit where there is
// none. Where the whole range of interest is known to be there, the caller may allow it.

#include "history/git/repository.h"

#include <algorithm>
#include <cctype>
#include <functional>

#include "base/files.h"
#include "base/strings.h"
#include "history/git/quoting.h"

namespace culprit::history {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;

// As git says it, which knows what it compares with: neither the folder that was named nor its top, for a linked work
// tree or a bare repository.
std::string safe_directory_command(std::string_view errors, const fs::path& path) {
  constexpr std::string_view k_command = "git config --global --add safe.directory ";
  for (const std::string_view line : base::split_lines(errors))
    if (base::trim(line).starts_with(k_command)) return std::string(base::trim(line));
  std::error_code ignored;
  return std::string(k_command) + base::shell_quote(fs::weakly_canonical(path, ignored).string());
}

base::Error discovery_error(const fs::path& path, const base::ProcessEnd& end) {
  const std::string message = git_message(end.errors);
  base::Error error{.kind = ErrorKind::repository, .what = {}, .context = {}, .hint = {}};
  if (message.starts_with("not a git repository")) {
    error.what = "'" + path.string() + "' is not in a git repository";
    error.hint = "start culprit in a repository, or name one with -C DIR";
  } else if (message.find("dubious ownership") != std::string::npos) {
    error.what =
        "the repository at '" + path.string() + "' belongs to somebody else, and git refuses to read it";
    error.hint = "if you trust it: " + safe_directory_command(end.errors, path);
  } else {
    error.what = "git cannot open the repository at '" + path.string() + "': " + message;
    if (message.contains("repository extension") || message.contains("repository version"))
      error.hint =
          "it was made by a newer git (reftable wants 2.45): the git here, and culprit with it, must be as "
          "new";
  }
  return error;
}

// Yields the folder to look from.
base::Result<fs::path> starting_folder(const fs::path& path) {
  std::error_code code;
  fs::path absolute = fs::absolute(path, code);
  if (fs::is_directory(absolute, code)) return absolute;
  if (fs::exists(absolute, code) && absolute.filename() == ".git") return absolute.parent_path();
  if (fs::exists(absolute, code))
    return base::fail(ErrorKind::usage, "'" + path.string() + "' is a file, not a repository",
                      "name a folder inside the repository");
  return base::fail(ErrorKind::usage, "there is no folder '" + path.string() + "'",
                    "name a folder inside the repository");
}

// Any line that is neither empty nor a comment.
bool has_entries(const fs::path& file) {
  const std::string text = base::read_file(file).value_or("");
  return std::ranges::any_of(base::split_lines(text),
                             [](std::string_view line) { return !line.empty() && line[0] != '#'; });
}

std::vector<std::pair<std::string, std::string>> parse_config(std::string_view listing) {
  std::vector<std::pair<std::string, std::string>> entries;
  for (const std::string_view entry : nul_records(listing)) {
    const std::size_t newline = entry.find('\n');
    // A key without "=" means true.
    entries.emplace_back(entry.substr(0, newline),
                         newline == std::string_view::npos ? "true" : entry.substr(newline + 1));
  }
  return entries;
}

bool is_partial(const Repository& repository) {
  return std::ranges::any_of(repository.config, [&](const auto& entry) {
    const std::string& key = entry.first;
    return key == "extensions.partialclone" ||
           (key.starts_with("remote.") && key.ends_with(".promisor") && repository.config_bool(key, false));
  });
}

base::Result<void> find_places(Repository& repository, const fs::path& folder,
                               const base::CancelToken& cancel) {
  const Git git({}, folder, cancel);
  const auto facts = CULPRIT_TRY(
      git.run({"rev-parse", "--is-bare-repository", "--is-inside-work-tree", "--is-shallow-repository",
               "--show-object-format", "--absolute-git-dir", "--path-format=absolute", "--git-common-dir"}));
  if (!facts.ok()) return std::unexpected(discovery_error(folder, facts));
  const auto lines = base::split_lines(facts.output);
  constexpr std::size_t k_lines = 6;
  if (lines.size() < k_lines)
    return base::fail(ErrorKind::infra,
                      "git rev-parse gives an answer that is not understood: " + facts.output,
                      "culprit needs git 2.38 or later");
  repository.bare = lines[0] == "true";
  repository.shallow = lines[2] == "true";
  repository.hash_size = lines[3] == "sha256" ? 32 : 20;
  repository.git_dir = lines[4];
  repository.common_dir = lines[5];
  if (lines.size() > k_lines || facts.output.contains('\r')) {  // a path holds ends of lines: each alone
    repository.git_dir = CULPRIT_TRY(git.value({"rev-parse", "--absolute-git-dir"}));
    repository.common_dir =
        CULPRIT_TRY(git.value({"rev-parse", "--path-format=absolute", "--git-common-dir"}));
  }
  if (lines[1] == "true")
    repository.work_tree = CULPRIT_TRY(git.value({"rev-parse", "--show-toplevel"}));
  else if (!repository.bare && repository.git_dir.filename() == ".git")
    repository.work_tree = repository.git_dir.parent_path();
  return {};
}

base::Result<void> refuse_what_cannot_be_bisected(const Repository& repository, const fs::path& path,
                                                  const OpenOptions& options, const Git& git) {
  const bool has_head = CULPRIT_TRY(git.run({"rev-parse", "--verify", "--quiet", "HEAD"})).ok();
  if (!has_head && CULPRIT_TRY(git.output({"for-each-ref", "--count=1"})).empty())
    return base::fail(ErrorKind::repository, "the repository at '" + path.string() + "' has no commits",
                      "commit something first, or name another repository");
  if (repository.shallow && !options.allow_shallow)
    return base::fail(
        ErrorKind::repository, "the repository at '" + path.string() + "' is shallow: its history is cut off",
        "fetch the rest with `git fetch --unshallow`, or accept it with --allow-shallow where the "
        "whole range is there");
  return {};
}

}  // namespace

std::optional<std::string> Repository::config_value(std::string_view key) const {
  std::optional<std::string> value;
  for (const auto& [name, text] : config)
    if (name == key) value = text;
  return value;
}

bool Repository::config_bool(std::string_view key, bool otherwise) const {
  std::string value = config_value(key).value_or("");
  std::ranges::transform(value, value.begin(), [](unsigned char c) { return std::tolower(c); });
  if (value == "true" || value == "yes" || value == "on" || value == "1") return true;
  if (value == "false" || value == "no" || value == "off" || value == "0") return false;
  return otherwise;
}

base::Result<Repository> open_repository(const fs::path& path, const OpenOptions& options,
                                         const base::CancelToken& cancel) {
  Repository repository;
  const fs::path folder = CULPRIT_TRY(starting_folder(path));
  CULPRIT_TRY(find_places(repository, folder, cancel));
  const Git git = repository.git(cancel);
  CULPRIT_TRY(refuse_what_cannot_be_bisected(repository, path, options, git));
  repository.config = parse_config(CULPRIT_TRY(git.output({"config", "--null", "--list"})));
  repository.object_dirs = with_alternates(repository.common_dir / "objects");
  repository.partial = is_partial(repository);
  const bool replaced = repository.config_bool("core.usereplacerefs", true) &&
                        !CULPRIT_TRY(git.output({"for-each-ref", "--count=1", "refs/replace/"})).empty();
  repository.rewritten = replaced || has_entries(repository.common_dir / "info" / "grafts");
  return repository;
}

std::string subdirectory_of(const Repository& repository, const fs::path& folder) {
  if (repository.work_tree.empty()) return {};
  const fs::path relative = folder.lexically_relative(repository.work_tree);
  if (relative.empty() || relative == "." || *relative.begin() == "..") return {};
  return relative.string();
}

base::Result<WorkTreeState> work_tree_state(const Repository& repository, const base::CancelToken& cancel) {
  WorkTreeState state;
  if (repository.work_tree.empty()) return state;
  const Git git(repository.git_dir, repository.work_tree, cancel);
  const std::string listing =
      CULPRIT_TRY(git.output({"status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=normal",
                              "--ignore-submodules=dirty"}));
  for (const std::string_view entry : nul_records(listing))
    (entry.starts_with("?? ") ? state.untracked : state.modified) = true;
  return state;
}

std::vector<fs::path> with_alternates(const fs::path& objects) {
  constexpr int k_deepest = 6;  // git follows five levels
  std::vector<fs::path> found{objects};
  std::error_code ignored;
  const std::function<void(const fs::path&, int)> follow = [&](const fs::path& from, int depth) {
    if (depth >= k_deepest) return;
    const std::string text = base::read_file(from / "info" / "alternates").value_or("");
    for (const std::string_view line : base::split_lines(text)) {
      if (line.empty() || line[0] == '#') continue;
      fs::path dir = unquote_c_style(line).value_or(std::string(line));
      if (dir.is_relative()) dir = from / dir;
      dir = fs::weakly_canonical(dir, ignored);
      if (!fs::is_directory(dir, ignored) || std::ranges::find(found, dir) != found.end()) continue;
      found.push_back(dir);
      follow(dir, depth + 1);
    }
  };
  follow(objects, 0);
  return found;
}

}  // namespace culprit::history
