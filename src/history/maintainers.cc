// get_maintainer.pl is a program of the tree, not of ours, and reads its options from files of the tree and
// of the user (.get_maintainer.conf in the tree, in $HOME and in scripts/), where --git is popular: it asks
// the history of every file and takes minutes. So it runs in a folder that holds the script, MAINTAINERS and
// its two lists of exceptions, with that folder as $HOME. Its options are those that every version since 2010
// has.

#include "history/maintainers.h"

#include <array>

#include "base/files.h"
#include "base/strings.h"
#include "history/recipients.h"

namespace culprit::history {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view k_script = "scripts/get_maintainer.pl";
constexpr std::array<std::string_view, 4> k_script_files = {k_script, "MAINTAINERS", ".get_maintainer.ignore",
                                                            ".mailmap"};
// A patch that touches more than this is a move of the tree; the script would name half the kernel.
constexpr std::size_t k_largest_patch = std::size_t{8} << 20;

// Whether the tree has the script; writes what it needs to `folder`.
base::Result<bool> export_files(const Git& git, const model::CommitId& tree, const fs::path& folder) {
  std::vector<std::string> listing{"ls-tree", "-z", "--full-tree", tree.hex(), "--"};
  listing.insert(listing.end(), k_script_files.begin(), k_script_files.end());
  const std::string listed = CULPRIT_TRY(git.output(std::move(listing)));
  bool has_script = false;
  for (const std::string_view entry : nul_records(listed)) {  // "100755 blob <id>\t<path>"
    const auto halves = base::split(entry, '\t');
    const auto fields = base::split(halves.front(), ' ');
    if (halves.size() != 2 || fields.size() != 3 || fields[1] != "blob") continue;
    const fs::path path = folder / halves[1];
    std::error_code ignored;
    fs::create_directories(path.parent_path(), ignored);
    const std::string bytes = CULPRIT_TRY(git.output({"cat-file", "blob", std::string(fields[2])}));
    CULPRIT_TRY(base::write_file_atomically(path, bytes));
    has_script |= halves[1] == k_script;
  }
  return has_script;
}

}  // namespace

base::Result<std::vector<Recipient>> ask_get_maintainer(const Git& git, const model::CommitId& tree,
                                                        const model::CommitInfo& commit, double timeout_s) {
  if (commit.parents.size() > 1) return std::vector<Recipient>{};
  const auto folder = CULPRIT_TRY(base::TempDir::create("culprit-maintainers-"));
  const bool has_script = CULPRIT_TRY(export_files(git, tree, folder.path()));
  if (!has_script) return std::vector<Recipient>{};
  const std::string patch = CULPRIT_TRY(git.output({"diff-tree", "-p", "-M", "--root", "--no-commit-id",
                                                    "--no-ext-diff", "--no-textconv", commit.id.hex()}));
  if (patch.empty()) return std::vector<Recipient>{};
  if (patch.size() > k_largest_patch)
    return base::fail(base::ErrorKind::infra, "the patch is too large: " + base::format_bytes(patch.size()));
  CULPRIT_TRY(base::write_file_atomically(folder.path() / "commit.patch", patch));

  base::Command command;
  command.argv = {"perl",    std::string(k_script), "--no-tree", "--no-git", "--no-git-fallback",
                  "--roles", "commit.patch"};
  command.cwd = folder.path();
  command.env = {{"HOME", folder.path().string()}, {"LC_ALL", "C"}};
  command.timeout_s = timeout_s;
  const std::string output = CULPRIT_TRY(base::run_tool(command, git.cancel()));
  return parse_maintainers(output);
}

}  // namespace culprit::history
