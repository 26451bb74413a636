#include "history/releases/branches.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "base/strings.h"
#include "history/releases/release_name.h"

namespace culprit::history {
namespace {

using model::CommitId;

constexpr std::size_t k_named_digits = 12;  // of an id, as people quote it in "Fixes:"
constexpr std::size_t k_most_alike = 50;    // commits with one title whose patches are compared
constexpr std::size_t k_most_branches =
    20;  // each takes a walk through its messages: seconds in a kernel's history

struct Alike {
  CommitId commit;
  std::string title, author, body;
};

// Commits that `branch` has beside `change` and that have its title or name its id.
base::Result<std::vector<Alike>> alike(const Git& git, const std::string& branch,
                                       const model::CommitInfo& change) {
  const std::string log = CULPRIT_TRY(git.output(
      {"log", "--no-merges", "--format=%H%x01%s%x01%an%x01%b%x00", "--no-show-signature", "--fixed-strings",
       "--grep=" + change.title, "--grep=" + change.id.hex().substr(0, k_named_digits), branch,
       "^" + change.id.hex(), "--"}));
  std::vector<Alike> out;
  for (const std::string_view record : nul_records(log)) {
    const auto parts = base::split(base::trim(record), '\x01');
    const auto id = CommitId::from_hex(parts.front());
    if (!id || parts.size() < 4) continue;
    out.push_back({*id, std::string(parts[1]), std::string(parts[2]), std::string(parts[3])});
    if (out.size() == k_most_alike) break;
  }
  return out;
}

// Is it said to be this change, not merely to mend or mention it?
bool says_it_is(const Alike& one, const std::string& id) {
  for (const std::string_view line : base::split_lines(one.body)) {
    const std::size_t at = line.find(id.substr(0, k_named_digits));
    if (at == std::string_view::npos) continue;
    const std::string_view before = line.substr(0, at), after = line.substr(at);
    if (before.contains("cherry picked from commit") || before.contains("cherry-picked from")) return true;
    if ((before.contains("commit ") || before.contains("Commit ") || before.contains("Upstream commit")) &&
        (after.contains("upstream") || before.contains("pstream")))
      return true;
  }
  return false;
}

base::Result<std::string> patch_id(const Git& git, const CommitId& commit) {
  const std::string patch =
      CULPRIT_TRY(git.output({"show", "--no-color", "--no-ext-diff", "--no-textconv", "--format=commit %H",
                              "--no-show-signature", commit.hex(), "--"}));
  const std::string line = CULPRIT_TRY(git.output({"patch-id", "--stable"}, patch));
  return line.substr(0, line.find(' '));
}

base::Result<std::string> first_release(const Git& git, const std::string& branch, const CommitId& commit) {
  const std::string tags = CULPRIT_TRY(
      git.output({"tag", "--contains", commit.hex(), "--merged", branch, "--sort=version:refname"}));
  std::string first, candidate;
  for (const std::string_view tag : base::split_lines(tags)) {
    if (candidate.empty()) candidate = std::string(tag);
    if (first.empty() && !tag.contains("-rc")) first = std::string(tag);
  }
  return first.empty() ? candidate : first;
}

}  // namespace

std::string_view words_of(Kinship kinship) {
  constexpr std::array<std::string_view, 4> k_words = {"itself", "named in its message", "the same patch",
                                                       "the same title and author"};
  return k_words[static_cast<std::size_t>(kinship)];
}

base::Result<std::vector<std::string>> branches_of(const Git& git) {
  const std::string listing = CULPRIT_TRY(
      git.output({"for-each-ref", "--format=%(refname)%00%(symref)%00", "refs/heads", "refs/remotes"}));
  std::vector<std::string> out;
  for (const std::string_view line : base::split_lines(listing)) {
    const auto parts = nul_records(line);
    if (parts.size() == 2 && parts[1].empty()) out.emplace_back(parts[0]);
  }
  return out;
}

base::Result<std::optional<Presence>> presence_of(const Git& git, const std::string& branch,
                                                  const model::CommitInfo& change) {
  std::optional<Presence> best;
  const auto holds = CULPRIT_TRY(git.run({"merge-base", "--is-ancestor", change.id.hex(), branch}));
  if (holds.ok()) {
    best = Presence{change.id, Kinship::itself, {}};
  } else {
    const auto candidates = CULPRIT_TRY(alike(git, branch, change));
    const std::string own = candidates.empty() ? std::string() : CULPRIT_TRY(patch_id(git, change.id));
    for (const Alike& one : candidates) {
      std::optional<Kinship> kinship;
      if (says_it_is(one, change.id.hex()))
        kinship = Kinship::named;
      else if (!own.empty() && CULPRIT_TRY(patch_id(git, one.commit)) == own)
        kinship = Kinship::patch_id;
      else if (one.title == change.title && one.author == change.author_name)
        kinship = Kinship::title;
      if (kinship && (!best || *kinship < best->kinship)) best = Presence{one.commit, *kinship, {}};
    }
  }
  if (best) best->release = CULPRIT_TRY(first_release(git, branch, best->commit));
  return best;
}

base::Result<std::optional<FoundAgain>> found_again(const Git& git, const model::CommitInfo& commit) {
  const std::string& id = commit.id.hex();
  // HEAD first: that is quick, and nearly always the answer.
  if (CULPRIT_TRY(git.run({"merge-base", "--is-ancestor", id, "HEAD"})).ok()) return std::nullopt;
  const std::string holder =
      CULPRIT_TRY(git.output({"for-each-ref", "--count=1", "--format=%(refname)", "--contains", id,
                              "refs/heads", "refs/remotes", "refs/tags"}));
  if (!base::trim(holder).empty()) return std::nullopt;
  std::vector<std::string> branches = CULPRIT_TRY(branches_of(git));
  const auto head = CULPRIT_TRY(git.run({"symbolic-ref", "-q", "HEAD"}));
  if (const auto own = std::ranges::find(branches, base::trim(head.output)); own != branches.end())
    std::rotate(branches.begin(), own, own + 1);
  if (branches.size() > k_most_branches) branches.resize(k_most_branches);
  for (const std::string& branch : branches)
    if (auto as = CULPRIT_TRY(presence_of(git, branch, commit))) return FoundAgain{branch, std::move(*as)};
  return std::nullopt;
}

std::string sentence_of(const FoundAgain& found) {
  std::string_view branch = found.branch;
  for (const std::string_view prefix : {"refs/heads/", "refs/remotes/"})
    if (branch.starts_with(prefix)) branch.remove_prefix(prefix.size());
  const std::string_view what = found.as.kinship == Kinship::named      ? "it, named in the message,"
                                : found.as.kinship == Kinship::patch_id ? "the same patch"
                                                                        : "one of the same title and author";
  return fmt::format("it is in no branch or tag any more; {} has {} as {}{}", branch, what,
                     found.as.commit.short_hex(),
                     found.as.release.empty() ? "" : fmt::format(" ({})", found.as.release));
}

base::Result<std::vector<CommitId>> fixes_of(const Git& git, const CommitId& change) {
  const std::string log = CULPRIT_TRY(
      git.output({"log", "--all", "--no-merges", "--reverse", "--format=%H", "--no-show-signature",
                  "--extended-regexp", "--grep=^Fixes: " + change.hex().substr(0, 8), "--"}));
  std::vector<CommitId> out;
  for (const std::string_view line : base::split_lines(log))
    if (const auto id = CommitId::from_hex(line)) out.push_back(*id);
  return out;
}

}  // namespace culprit::history
