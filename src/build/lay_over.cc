// The next checkout takes it away again: git puts every tracked file right that differs, and what an overlay brought
// new is brought again for every revision. A file that a patch creates is neither, and would be in the patch's own way
// at the next revision: it is removed first where the revision does not track it.
#include "build/lay_over.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/process/subprocess.h"
#include "base/strings.h"

namespace culprit::build {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::ProcessEnd;
using base::Result;

constexpr const char* k_again = "put it back where it was: `culprit resume` goes on";

// Both places by name: a GIT_WORK_TREE in the environment must not turn this on the user's checkout.
Result<ProcessEnd> git(std::vector<std::string> words, const fs::path& worktree,
                       const base::CancelToken& cancel) {
  base::Command command{.argv = {"git", "--git-dir=.git", "--work-tree=."}, .cwd = worktree};
  command.argv.insert(command.argv.end(), words.begin(), words.end());
  auto end = CULPRIT_TRY(base::run_process(command, cancel));
  if (base::came_of_interruption(end, cancel))
    return base::fail(ErrorKind::interrupted, "laying files over a checkout was interrupted");
  return end;
}

// "a/b" below `worktree`, if no link on the way leads out of it.
bool stays_inside(const fs::path& worktree, const fs::path& place) {
  const fs::path parent = fs::weakly_canonical((worktree / place).parent_path());
  const fs::path top = fs::weakly_canonical(worktree);
  const auto [end, ignored] = std::ranges::mismatch(top, parent);
  return end == top.end();
}

// Paths that the patch creates.
Result<std::vector<std::string>> created_by(const fs::path& patch, const fs::path& worktree,
                                            const base::CancelToken& cancel) {
  std::vector<std::string> paths;
  const auto end = CULPRIT_TRY(git({"apply", "--summary", patch.string()}, worktree, cancel));
  for (const std::string_view line : base::split_lines(end.output))
    if (const auto rest = base::strip_prefix(base::trim(line), "create mode "))
      paths.emplace_back(rest->substr(std::min(rest->size(), rest->find(' ') + 1)));
  return paths;
}

Result<void> remove_created(const fs::path& patch, const fs::path& worktree,
                            const base::CancelToken& cancel) {
  for (const std::string& path : CULPRIT_TRY(created_by(patch, worktree, cancel))) {
    const auto tracked = CULPRIT_TRY(git({"ls-files", "--error-unmatch", "--", path}, worktree, cancel));
    std::error_code ignored;
    if (!tracked.ok() && stays_inside(worktree, path)) fs::remove(worktree / path, ignored);
  }
  return {};
}

Result<LayOverEnd> apply(const Patch& patch, const model::CommitId& commit, const fs::path& worktree,
                         const base::CancelToken& cancel) {
  std::error_code ignored;
  if (!fs::is_regular_file(patch.file, ignored))
    return base::fail(ErrorKind::usage, "the patch " + patch.file.string() + " is not there any more",
                      k_again);
  CULPRIT_TRY(remove_created(patch.file, worktree, cancel));
  if (patch.on && !patch.on->contains(commit)) return LayOverEnd{};
  const std::string file = patch.file.string();
  if (CULPRIT_TRY(git({"apply", "--whitespace=nowarn", file}, worktree, cancel)).ok()) return LayOverEnd{};
  if (CULPRIT_TRY(git({"apply", "--check", "--reverse", file}, worktree, cancel)).ok()) return LayOverEnd{};
  if (patch.on) return LayOverEnd{.refusal = fmt::format("{} does not apply to this revision", file)};
  return LayOverEnd{
      .remark = fmt::format("{} does not apply to some revisions, which are tested without it", file)};
}

Result<LayOverEnd> lay(const Overlay& overlay, const fs::path& worktree, const base::CancelToken& cancel) {
  std::error_code error;
  const bool folder = fs::is_directory(overlay.source, error);
  if (!folder && !fs::exists(overlay.source, error))
    return base::fail(ErrorKind::usage,
                      overlay.source.string() + ", which --overlay names, is not there any more", k_again);
  const fs::path to = worktree / overlay.place;
  if (!stays_inside(worktree, overlay.place) || fs::is_symlink(fs::symlink_status(to, error)))
    if (!stays_inside(worktree, overlay.place / "."))
      return LayOverEnd{.refusal = fmt::format("{} leads out of the checkout here", overlay.place.string())};
  fs::create_directories(folder ? to : to.parent_path(), error);
  if (error)
    return LayOverEnd{.refusal = fmt::format("{} is in the way of --overlay", overlay.place.string())};
  base::Command copy{.argv = {"cp", "-a", "--remove-destination", "-T"}};
  // Of a link that the user names, what it points to.
  copy.argv.insert(copy.argv.end(), {"-H", "--", overlay.source.string(), to.string()});
  const ProcessEnd end = CULPRIT_TRY(base::run_process(copy, cancel));
  if (base::came_of_interruption(end, cancel))
    return base::fail(ErrorKind::interrupted, "laying files over a checkout was interrupted");
  if (!end.ok())
    return LayOverEnd{.refusal =
                          fmt::format("--overlay {}: {}", overlay.place.string(), base::trim(end.output))};
  return LayOverEnd{};
}

}  // namespace

Result<LayOverEnd> lay_over(const LaidOver& what, const model::CommitId& commit, const fs::path& worktree,
                            const base::CancelToken& cancel) {
  std::error_code error;
  for (const std::string& path : what.only_with)
    if (!fs::exists(fs::symlink_status(worktree / path, error)))
      return LayOverEnd{.refusal = fmt::format("this revision has no {}", path)};
  LayOverEnd all;
  const auto take = [&](LayOverEnd one) {
    if (!one.remark.empty()) all.remark = std::move(one.remark);
    all.refusal = std::move(one.refusal);
    return all.refusal.empty();
  };
  for (const Patch& patch : what.patches)
    if (!take(CULPRIT_TRY(apply(patch, commit, worktree, cancel)))) return all;
  for (const Overlay& overlay : what.overlays)
    if (!take(CULPRIT_TRY(lay(overlay, worktree, cancel)))) return all;
  return all;
}

}  // namespace culprit::build
