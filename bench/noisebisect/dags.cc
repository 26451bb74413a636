// Several branches grow at once, a commit at a time on a random one. A branch lives for some dozen commits,
// then its parent branch merges it. New branches fork from the mainline, mostly from a recent commit and
// sometimes from one long ago (a topic that is based on an old release), or from another branch. All that
// still lives at the end is merged into the mainline.
#include "bench/noisebisect/dags.h"

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "base/rng.h"

namespace culprit::search::noisebisect {
namespace {

using model::CommitGraph;
using model::CommitId;
using model::NodeIndex;

class Builder {
 public:
  NodeIndex add(std::vector<NodeIndex> parents) {
    const auto node = static_cast<NodeIndex>(m_ids.size());
    std::array<std::uint8_t, 20> bytes{};
    for (int i = 0; i < 4; ++i)
      bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(node >> (24 - 8 * i));
    bytes[19] = 1;  // never the null id
    m_ids.push_back(CommitId::from_bytes(bytes.data(), bytes.size()));
    m_parents.insert(m_parents.end(), parents.begin(), parents.end());
    m_offsets.push_back(static_cast<std::uint32_t>(m_parents.size()));
    return node;
  }
  std::size_t size() const { return m_ids.size(); }
  CommitGraph finish() {
    auto graph = CommitGraph::create(std::move(m_ids), std::move(m_offsets), std::move(m_parents));
    CULPRIT_CHECK(graph.has_value(), "a generated graph is not a graph");
    return std::move(*graph);
  }

 private:
  std::vector<CommitId> m_ids;
  std::vector<std::uint32_t> m_offsets{0};
  std::vector<NodeIndex> m_parents;
};

struct Branch {
  NodeIndex tip = 0;
  int left = 0;     // commits until it is merged
  int parent = -1;  // index of the branch that merges it; -1: the mainline
};

}  // namespace

CommitGraph make_line(std::size_t commits) {
  Builder builder;
  NodeIndex last = builder.add({});
  for (std::size_t i = 0; i < commits; ++i) last = builder.add({last});
  return builder.finish();
}

CommitGraph make_dag(std::size_t commits, std::uint64_t seed) {
  base::Rng rng(seed);
  Builder builder;
  std::vector<NodeIndex> mainline{builder.add({})};
  std::vector<Branch> branches;
  const std::size_t total = commits + 1;
  const auto wanted = std::clamp<std::size_t>(commits / 60, 2, 60);  // branches alive at once
  const auto merge_into = [&](int parent, std::vector<NodeIndex> tips) {
    NodeIndex& into = parent < 0 ? mainline.back() : branches[static_cast<std::size_t>(parent)].tip;
    std::vector<NodeIndex> parents{into};
    parents.insert(parents.end(), tips.begin(), tips.end());
    const NodeIndex merge = builder.add(parents);
    if (parent < 0)
      mainline.push_back(merge);
    else
      branches[static_cast<std::size_t>(parent)].tip = merge;
  };
  const auto is_parent = [&](std::size_t i) {
    return std::ranges::any_of(branches, [&](const Branch& b) { return b.parent == static_cast<int>(i); });
  };
  const auto remove = [&](std::size_t i) {
    const int last = static_cast<int>(branches.size()) - 1;
    branches[i] = branches.back();
    branches.pop_back();
    for (Branch& b : branches)
      if (b.parent == last) b.parent = static_cast<int>(i);
  };
  // One commit is kept for each living branch, to merge it at the end.
  while (builder.size() + branches.size() < total) {
    if (branches.size() < wanted && builder.size() + branches.size() + 2 < total) {
      Branch branch;
      // Mean length 13: one merge in about fourteen commits.
      branch.left = 1;
      while (rng.chance(12.0 / 13)) ++branch.left;
      const double u = rng.uniform();
      const double far = rng.chance(0.1) ? static_cast<double>(mainline.size())
                                         : std::min(40.0, static_cast<double>(mainline.size()));
      branch.tip = mainline[mainline.size() - 1 - static_cast<std::size_t>(u * u * far * 0.999)];
      if (!branches.empty() && rng.chance(0.2)) {
        const auto other = static_cast<int>(rng.below(branches.size()));
        branch.tip = branches[static_cast<std::size_t>(other)].tip;
        branch.parent = other;
      }
      branch.tip = builder.add({branch.tip});
      branches.push_back(branch);
      continue;
    }
    if (branches.empty() || rng.chance(0.06)) {
      mainline.push_back(builder.add({mainline.back()}));
      continue;
    }
    const std::size_t at = rng.below(branches.size());
    Branch& branch = branches[at];
    if (--branch.left > 0 || is_parent(at)) {
      branch.tip = builder.add({branch.tip});
      continue;
    }
    std::vector<NodeIndex> tips{branch.tip};
    const int parent = branch.parent;
    remove(at);
    if (parent < 0 && !branches.empty() && rng.chance(0.01)) {
      const std::size_t other = rng.below(branches.size());
      if (branches[other].parent < 0 && !is_parent(other)) {
        tips.push_back(branches[other].tip);
        remove(other);
      }
    }
    merge_into(parent == static_cast<int>(branches.size()) ? static_cast<int>(at) : parent, tips);
  }
  while (!branches.empty()) {
    std::size_t leaf = branches.size() - 1;
    while (is_parent(leaf)) --leaf;
    const Branch branch = branches[leaf];
    remove(leaf);
    merge_into(branch.parent == static_cast<int>(branches.size()) ? static_cast<int>(leaf) : branch.parent,
               {branch.tip});
  }
  // A merge of two branches at once has saved a commit.
  while (builder.size() < total) mainline.push_back(builder.add({mainline.back()}));
  return builder.finish();
}

}  // namespace culprit::search::noisebisect
