// Taking a commit back, or applying one, without a work tree.
//
// Reverting C on B is the three-way merge of B and C's parent over the base C. `git merge-tree --write-tree`
// (git 2.38) merges without a work tree, with renames followed, but finds the base itself, from the commits'
// history; naming it came two versions later. So three commits are made up whose history says what is wanted:
// one with C's tree, and as its children one with B's tree and one with the tree of C's parent. Their only
// merge base is the first. Dates and names are fixed, which makes every id a function of the trees.
// Applying C is the same with C and its parent in each other's place.
//
// Later changes to the same lines are the rule in files that most commits touch (a changelog, a list of sources, a version). They
// stay as they are, and the rest is taken back: by a merge driver of ours, since merge-tree takes no -X before git 2.44.

#include "base/strings.h"
#include "history/checkout/worktrees.h"

namespace culprit::history {
namespace {

using model::CommitId;

Git with_fixed_identity(Git git, const std::string& date) {
  for (const std::string who : {"AUTHOR", "COMMITTER"}) {
    git.set_env("GIT_" + who + "_NAME", "culprit");
    git.set_env("GIT_" + who + "_EMAIL", "culprit@localhost");
    git.set_env("GIT_" + who + "_DATE", date);
  }
  return git;
}

// Of a commit that nobody reads; a title may be longer than an argument can be.
constexpr std::size_t k_longest_message = 200;

base::Result<std::string> commit_tree(const Git& git, const std::string& tree, const std::string& parent,
                                      const std::string& message) {
  std::vector<std::string> args{"commit-tree", "--no-gpg-sign", tree};
  if (!parent.empty()) args.insert(args.end(), {"-p", parent});
  args.insert(args.end(), {"-m", message.substr(0, k_longest_message)});
  return git.value(std::move(args));
}

base::Result<std::string> tree_of_first_parent(const Git& git, const CommitId& commit) {
  const auto parent = CULPRIT_TRY(git.run({"rev-parse", "--verify", "--quiet", commit.hex() + "^1^{tree}"}));
  if (parent.ok()) return std::string(base::trim(parent.output));
  return git.value({"mktree"});  // a root: the empty tree
}

struct Merged {
  std::string tree;
  std::vector<std::string> conflicting;  // files; `tree` has marks in them
};
base::Result<Merged> merge(const Git& git, const std::string& ours, const std::string& theirs) {
  const auto merged = CULPRIT_TRY(
      git.run({"merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours, theirs}));
  if (merged.exit_code > 1) return std::unexpected(git_failure("merge-tree", merged));
  const auto records = nul_records(merged.output);  // the tree, then the files in conflict
  if (records.empty()) return base::fail(base::ErrorKind::repository, "git merge-tree gave no tree");
  Merged out{.tree = std::string(records[0]), .conflicting = {}};
  if (merged.exit_code == 1)
    for (std::size_t i = 1; i < records.size(); ++i) out.conflicting.emplace_back(records[i]);
  return out;
}

}  // namespace

base::Result<Changed> Worktrees::change(const CommitId& base, Changed::Way way,
                                        const CommitId& commit) const {
  const Git& plain = m_repository.git();
  const std::string date =
      CULPRIT_TRY(plain.value({"rev-list", "--max-count=1", "--format=@%ct +0000", base.hex()}));
  const std::string title =
      CULPRIT_TRY(plain.value({"rev-list", "--max-count=1", "--format=%s", commit.hex()}));
  // Each answer's first line is "commit <id>".
  const Git git = with_fixed_identity(plain, date.substr(date.find('\n') + 1));
  const std::string base_tree = CULPRIT_TRY(tree(base));
  std::string from = CULPRIT_TRY(tree(commit));
  std::string to = CULPRIT_TRY(tree_of_first_parent(git, commit));
  if (way == Changed::Way::with) std::swap(from, to);

  const std::string origin = CULPRIT_TRY(commit_tree(git, from, "", "before"));
  const std::string ours = CULPRIT_TRY(commit_tree(git, base_tree, origin, "where to change"));
  const std::string theirs = CULPRIT_TRY(commit_tree(git, to, origin, "after"));
  const Merged whole = CULPRIT_TRY(merge(git, ours, theirs));
  Merged made_of = whole;
  if (!whole.conflicting.empty()) {
    Git keeping = git;
    keeping.set_config("merge.default=culprit-keep");
    keeping.set_config("merge.culprit-keep.driver=git merge-file --quiet --ours %A %O %B");
    made_of = CULPRIT_TRY(merge(keeping, ours, theirs));
  }
  Changed changed;
  for (const std::string& file : whole.conflicting) changed.conflicting.push_back(file);
  // Nothing but what is in conflict, or files that only one side has.
  if (!whole.conflicting.empty() && (!made_of.conflicting.empty() || made_of.tree == base_tree)) {
    changed.how = Changed::How::conflicts;
    return changed;
  }
  if (!whole.conflicting.empty()) changed.how = Changed::How::partly;
  if (made_of.tree == base_tree) {
    changed.how = Changed::How::nothing;
    changed.commit = base;
    return changed;
  }
  const std::string first = title.substr(title.find('\n') + 1);
  const std::string message = way == Changed::Way::with
                                  ? first + "\n\n(cherry picked from commit " + commit.hex() + ")\n"
                                  : "Revert \"" + first + "\"\n\nThis reverts commit " + commit.hex() + ".\n";
  const std::string id = CULPRIT_TRY(commit_tree(git, made_of.tree, base.hex(), message));
  const auto made = CommitId::from_hex(id);
  if (!made) return base::fail(base::ErrorKind::repository, "git commit-tree gave no commit: " + id);
  changed.commit = *made;
  return changed;
}

}  // namespace culprit::history
