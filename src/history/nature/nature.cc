#include "history/nature/nature.h"

#include <fmt/format.h>

#include "base/strings.h"
#include "history/nature/exposed.h"
#include "history/nature/interface.h"
#include "history/nature/patch.h"
#include "history/nature/touched.h"
#include "history/releases/branches.h"

namespace culprit::history {
namespace {

// A merge's own changes are those that neither side has.
base::Result<model::Classified> of_merge(const Git& git, const model::CommitInfo& commit) {
  const std::string own = CULPRIT_TRY(
      git.output({"-c", "core.quotepath=false", "diff-tree", "--cc", "--name-only", "--no-commit-id", "-r",
                  "--no-ext-diff", "--no-textconv", commit.id.hex(), "--"}));
  const auto files = base::split_lines(own);
  std::string why = fmt::format("it merges {} lines of history, each of which is free of the bug alone",
                                commit.parents.size());
  if (files.empty() || files.front().empty())
    why += "; it changes nothing of its own: what they bring does not fit together";
  else
    why += fmt::format("; what both sides changed is in {}{}", std::string(files.front()),
                       files.size() > 1 ? fmt::format(" and {} more", files.size() - 1) : "");
  return model::Classified{"merge", std::move(why)};
}

// By what it changes.
base::Result<std::vector<model::Classified>> of_patch(const Git& git, const model::CommitInfo& commit,
                                                      const BugFacts& bug) {
  const model::CommitId& parent = commit.parents.front();
  const auto patch = CULPRIT_TRY(patch_of(git, parent, commit.id));
  std::vector<model::Classified> out =
      CULPRIT_TRY(without_effect(git, parent, commit.id, patch, bug.arch, bug.run));
  if (!out.empty()) return out;
  out = exposes(patch, bug);
  for (model::Classified& one : CULPRIT_TRY(brings_interface(git, parent, patch, bug)))
    out.push_back(std::move(one));
  return out;
}

}  // namespace

base::Result<std::vector<model::Classified>> classify(const Git& git, const model::CommitInfo& commit,
                                                      const BugFacts& bug) {
  std::vector<model::Classified> out;
  if (commit.parents.empty()) return out;
  if (commit.parents.size() > 1) {
    out.push_back(CULPRIT_TRY(of_merge(git, commit)));
    return out;
  }
  out = CULPRIT_TRY(of_patch(git, commit, bug));
  if (const auto again = CULPRIT_TRY(found_again(git, commit)))
    out.push_back({"rewritten", sentence_of(*again)});
  return out;
}

}  // namespace culprit::history
