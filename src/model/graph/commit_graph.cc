#include "model/graph/commit_graph.h"

#include <algorithm>
#include <numeric>

namespace culprit::model {
namespace {

constexpr std::size_t k_buckets = std::size_t{1} << 16;

std::size_t bucket_of(const CommitId& id) { return std::size_t{id.bytes()[0]} << 8 | id.bytes()[1]; }

// Node indices in the order of their ids. Comparing 1.3 million ids through indices misses the cache at each
// step; ids are hashes and spread evenly, so a counting sort on their first two bytes leaves buckets of some
// twenty entries to be sorted in place (right for any ids, merely slower for ids that cluster).
std::vector<NodeIndex> order_by_id(const std::vector<CommitId>& ids) {
  std::vector<std::uint32_t> starts(k_buckets + 1, 0);
  for (const CommitId& id : ids) ++starts[bucket_of(id) + 1];
  std::partial_sum(starts.begin(), starts.end(), starts.begin());
  std::vector<NodeIndex> order(ids.size());
  std::vector<std::uint32_t> fill(starts.begin(), starts.end() - 1);
  for (std::size_t i = 0; i < ids.size(); ++i) order[fill[bucket_of(ids[i])]++] = static_cast<NodeIndex>(i);
  for (std::size_t b = 0; b < k_buckets; ++b)
    std::sort(order.begin() + starts[b], order.begin() + starts[b + 1],
              [&](NodeIndex x, NodeIndex y) { return ids[x] < ids[y]; });
  return order;
}

}  // namespace

base::Result<CommitGraph> CommitGraph::create(std::vector<CommitId> ids,
                                              std::vector<std::uint32_t> parent_offsets,
                                              std::vector<NodeIndex> parents) {
  using base::ErrorKind;
  const std::size_t n = ids.size();
  if (parent_offsets.size() != n + 1 || parent_offsets.front() != 0 ||
      parent_offsets.back() != parents.size())
    return base::fail(ErrorKind::internal, "a commit graph with offsets that do not fit its parents");

  CommitGraph graph;
  graph.m_child_offsets.assign(n + 1, 0);
  for (std::size_t i = 0; i < n; ++i) {
    if (parent_offsets[i] > parent_offsets[i + 1])
      return base::fail(ErrorKind::internal, "a commit graph with offsets that go back");
    for (std::uint32_t k = parent_offsets[i]; k < parent_offsets[i + 1]; ++k) {
      if (parents[k] >= i)
        return base::fail(ErrorKind::internal,
                          "a commit graph that is not in topological order at " + ids[i].hex());
      ++graph.m_child_offsets[parents[k] + 1];
    }
  }
  std::partial_sum(graph.m_child_offsets.begin(), graph.m_child_offsets.end(), graph.m_child_offsets.begin());
  graph.m_children.resize(parents.size());
  std::vector<std::uint32_t> fill(graph.m_child_offsets.begin(), graph.m_child_offsets.end() - 1);
  for (std::size_t i = 0; i < n; ++i)
    for (std::uint32_t k = parent_offsets[i]; k < parent_offsets[i + 1]; ++k)
      graph.m_children[fill[parents[k]]++] = static_cast<NodeIndex>(i);

  graph.m_by_id = order_by_id(ids);
  for (std::size_t i = 1; i < n; ++i)
    if (ids[graph.m_by_id[i - 1]] == ids[graph.m_by_id[i]])
      return base::fail(ErrorKind::internal,
                        "a commit graph that holds twice the commit " + ids[graph.m_by_id[i]].hex());

  graph.m_ids = std::move(ids);
  graph.m_parent_offsets = std::move(parent_offsets);
  graph.m_parents = std::move(parents);
  return graph;
}

std::optional<NodeIndex> CommitGraph::find(const CommitId& id) const {
  const auto at =
      std::ranges::lower_bound(m_by_id, id, {}, [&](NodeIndex i) -> const CommitId& { return m_ids[i]; });
  if (at == m_by_id.end() || m_ids[*at] != id) return std::nullopt;
  return *at;
}

std::vector<std::uint8_t> CommitGraph::ancestors(NodeIndex node) const {
  std::vector<std::uint8_t> marks(size(), 0);
  marks[node] = 1;
  for (NodeIndex i = node + 1; i-- > 0;)
    if (marks[i])
      for (const NodeIndex parent : parents(i)) marks[parent] = 1;
  return marks;
}

}  // namespace culprit::model
