// The commit graph, as fast as the disk has it.
//
// git keeps parents of commits in commit-graph files: 56 bytes a commit, in the order of the ids. Reading
// them in process takes 0.9 s for 1.3 million commits, where `git rev-list --parents --topo-order` takes 3.6
// s with the same files, and 13 s without (bench/history, two busy cores). Whatever is younger than the file
// is asked of git: `git rev-list --parents TIPS --not NEWEST`, NEWEST being the commits of the file without
// children there. git itself ignores its files where history is rewritten (replace refs, grafts) or cut
// (shallow), since they hold the history before that; so do we. Of several files (alternates) the largest is
// taken: each is closed under ancestry, and one that was written by a borrowing repository holds what it
// borrowed.
//
// Numbers. A commit of the files has its number there (0 .. G-1); others follow from G on. A depth-first walk
// from the tips (sorted by id), first parents first, appends a commit when all its parents are there. So a
// branch is a run of consecutive nodes, right below the merge that took it in; and the order does not depend
// on the files.

#include "history/graph/load.h"

#include <algorithm>
#include <expected>

#include "history/graph/commit_graph_file.h"
#include "history/graph/rev_list.h"

namespace culprit::history {
namespace {

using base::ErrorKind;
using model::CommitGraph;
using model::CommitId;
using model::NodeIndex;

// The commits of the files and those that git listed, under one numbering.
class Commits {
 public:
  Commits(CommitGraphChain chain, std::size_t hash_size) : m_chain(std::move(chain)), m_listed(hash_size) {}

  const CommitGraphChain& chain() const { return m_chain; }
  RevListReader& listed() { return m_listed; }
  std::size_t size() const { return m_chain.size() + m_listed.size(); }

  std::optional<std::uint32_t> find(const CommitId& id) const {
    if (const auto in_file = m_chain.find(id)) return in_file;
    const auto listed = m_listed.find(id);
    return listed ? std::optional(m_chain.size() + *listed) : std::nullopt;
  }
  CommitId id(std::uint32_t number) const {
    return number < m_chain.size() ? m_chain.id(number) : m_listed.id(number - m_chain.size());
  }
  // Appends the parents' numbers, each once. False if they are not known.
  bool parents(std::uint32_t number, std::vector<std::uint32_t>& out) const {
    const auto begin = static_cast<std::ptrdiff_t>(out.size());
    if (number < m_chain.size()) {
      if (!m_chain.parents(number, out)) return false;
    } else {
      const auto listed = m_listed.parents(number - m_chain.size());
      if (!listed) return false;
      for (const std::uint32_t parent : *listed) {
        const auto in_file = m_chain.size() ? m_chain.find(m_listed.id(parent)) : std::nullopt;
        out.push_back(in_file ? *in_file : m_chain.size() + parent);
      }
    }
    for (auto at = out.begin() + begin; at != out.end();)
      at = std::find(out.begin() + begin, at, *at) == at ? at + 1 : out.erase(at);
    return true;
  }

 private:
  CommitGraphChain m_chain;
  RevListReader m_listed;
};

// A commit on the way from a tip to the root that the walk is at.
struct Step {
  std::uint32_t number;
  std::uint32_t next;  // in `pending`: parents not yet visited
  std::uint32_t end;
};

// The depth-first walk. Fails, in words, where parents are unknown or a commit is its own ancestor.
class Walk {
 public:
  explicit Walk(const Commits& commits) : m_commits(commits), m_place(commits.size(), k_unseen) {}

  std::expected<void, std::string> from(std::uint32_t tip) {
    if (m_place[tip] != k_unseen) return {};
    if (!enter(tip)) return std::unexpected(missing(tip));
    while (!m_path.empty()) {
      Step& step = m_path.back();
      if (step.next == step.end) {
        leave();
        continue;
      }
      const std::uint32_t parent = m_pending[step.next++];
      if (m_place[parent] == k_open)
        return std::unexpected("the commit " + m_commits.id(parent).hex() + " is its own ancestor");
      if (m_place[parent] == k_unseen && !enter(parent)) return std::unexpected(missing(parent));
    }
    return {};
  }

  std::vector<CommitId> ids;
  std::vector<std::uint32_t> offsets{0};
  std::vector<NodeIndex> parents;

 private:
  static constexpr std::uint32_t k_unseen = 0xffffffff, k_open = 0xfffffffe;

  bool enter(std::uint32_t number) {
    const auto begin = static_cast<std::uint32_t>(m_pending.size());
    if (!m_commits.parents(number, m_pending)) return false;
    m_path.push_back({.number = number, .next = begin, .end = static_cast<std::uint32_t>(m_pending.size())});
    m_place[number] = k_open;
    return true;
  }

  void leave() {
    const Step step = m_path.back();
    m_path.pop_back();
    const std::uint32_t begin = m_path.empty() ? 0 : m_path.back().end;
    m_place[step.number] = static_cast<std::uint32_t>(ids.size());
    ids.push_back(m_commits.id(step.number));
    for (std::uint32_t k = begin; k < step.end; ++k) parents.push_back(m_place[m_pending[k]]);
    offsets.push_back(static_cast<std::uint32_t>(parents.size()));
    m_pending.resize(begin);
  }

  std::string missing(std::uint32_t number) const {
    return "the commit " + m_commits.id(number).hex() + " is named as a parent but is not there";
  }

  const Commits& m_commits;
  std::vector<std::uint32_t> m_place;  // node of each number, or k_unseen, or k_open while on the path
  std::vector<std::uint32_t> m_pending;
  std::vector<Step> m_path;
};

CommitGraphChain largest_chain(const Repository& repository, std::vector<std::string>& notes) {
  CommitGraphChain largest;
  const bool is_wanted = repository.config_bool("core.commitgraph", true);
  if (repository.rewritten || repository.shallow || !is_wanted) return largest;
  for (std::size_t i = 0; i < repository.object_dirs.size(); ++i) {
    auto chain = CommitGraphChain::open(repository.object_dirs, i, repository.hash_size, notes);
    if (chain.size() > largest.size()) largest = std::move(chain);
  }
  return largest;
}

// The chain's commits that are no parents there, as arguments to exclude. Nothing if a parent is impossible.
std::optional<std::string> newest_of(const CommitGraphChain& chain) {
  std::vector<std::uint8_t> is_parent(chain.size(), 0);
  std::vector<std::uint32_t> parents;
  for (std::uint32_t i = 0; i < chain.size(); ++i) {
    parents.clear();
    if (!chain.parents(i, parents)) return std::nullopt;
    for (const std::uint32_t parent : parents) is_parent[parent] = 1;
  }
  std::string excluded;
  for (std::uint32_t i = 0; i < chain.size(); ++i)
    if (!is_parent[i]) excluded += "^" + chain.id(i).hex() + "\n";
  return excluded;
}

// Asks git for the ancestors of `tips` that are not in the chain.
base::Result<void> list_the_rest(const Git& git, Commits& commits, std::span<const CommitId> tips) {
  std::string input;
  for (const CommitId& tip : tips)
    if (!commits.chain().find(tip)) input += tip.hex() + "\n";
  if (input.empty()) return {};
  if (commits.chain().size() > 0) {
    const auto excluded = newest_of(commits.chain());
    if (!excluded) return base::fail(ErrorKind::repository, "the commit-graph file names impossible parents");
    input += *excluded;
  }
  CULPRIT_TRY(git.stream({"rev-list", "--parents", "--stdin"}, std::move(input),
                         [&](std::string_view chunk) { commits.listed().read(chunk); }));
  if (!commits.listed().finish())
    return base::fail(ErrorKind::repository,
                      "git rev-list printed a line that is not understood: " + commits.listed().bad_line());
  return {};
}

base::Result<CommitGraph> walk(const Commits& commits, std::span<const CommitId> tips) {
  Walk walk(commits);
  for (const CommitId& tip : tips) {
    const auto number = commits.find(tip);
    if (!number)
      return base::fail(ErrorKind::repository, "the commit " + tip.hex() + " is not in the repository");
    if (const auto walked = walk.from(*number); !walked)
      return base::fail(ErrorKind::repository, walked.error(),
                        "was it rewritten and pruned? else `git fsck` tells what it lacks");
  }
  return CommitGraph::create(std::move(walk.ids), std::move(walk.offsets), std::move(walk.parents));
}

base::Result<CommitGraph> load_with(const Git& git, CommitGraphChain chain, std::size_t hash_size,
                                    std::span<const CommitId> tips, LoadReport& report) {
  Commits commits(std::move(chain), hash_size);
  CULPRIT_TRY(list_the_rest(git, commits, tips));
  CommitGraph graph = CULPRIT_TRY(walk(commits, tips));
  report.from_git = commits.listed().listed();
  report.from_file = graph.size() - std::min(graph.size(), report.from_git);
  return graph;
}

}  // namespace

base::Result<CommitGraph> load_graph(const Repository& repository, std::span<const CommitId> tips,
                                     const base::CancelToken& cancel, LoadReport* report) {
  LoadReport unwanted;
  LoadReport& told = report ? *report : unwanted;
  std::vector<CommitId> sorted(tips.begin(), tips.end());
  std::ranges::sort(sorted);
  sorted.erase(std::ranges::unique(sorted).begin(), sorted.end());
  CommitGraphChain chain = largest_chain(repository, told.notes);
  Git git = repository.git(cancel);
  if (chain.size() > 0) {
    auto graph = load_with(git, std::move(chain), repository.hash_size, sorted, told);
    if (graph || graph.error().kind == ErrorKind::interrupted) return graph;
    told.notes.push_back("git's commit-graph file is not used: " + graph.error().what);
  }
  git.set_config("core.commitGraph=false");
  return load_with(git, {}, repository.hash_size, sorted, told);
}

}  // namespace culprit::history
