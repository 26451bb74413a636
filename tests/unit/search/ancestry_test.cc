#include "search/graph/ancestry.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>

#include "tests/unit/search/random_graph.h"

namespace culprit::search::testing {
namespace {

RC_GTEST_PROP(Ancestry, AgreesWithAWalkOverTheGraph, ()) {
  const model::CommitGraph graph = any_graph(60);
  const auto last = static_cast<NodeIndex>(graph.size() - 1);
  const Ancestry ancestry(graph, std::array{last});
  std::vector<double> weight(graph.size());
  for (double& w : weight) w = *rc::gen::inRange(0, 100);
  std::vector<double> prefix(graph.size() + 1, 0);
  for (Position p = 0; p < graph.size(); ++p) prefix[p + 1] = prefix[p] + weight[ancestry.node(p)];
  std::vector<double> sums(graph.size());
  ancestry.ancestor_sums(prefix, sums);
  for (NodeIndex node = 0; node < graph.size(); ++node) {
    const auto marks = graph.ancestors(node);
    double sum = 0;
    for (NodeIndex other = 0; other < graph.size(); ++other) {
      RC_ASSERT(ancestry.contains(node, other) == (marks[other] != 0));
      if (marks[other]) sum += weight[other];
    }
    RC_ASSERT(std::abs(sums[ancestry.position(node)] - sum) < 1e-9);
    RC_ASSERT(std::abs(ancestry.ancestor_sum(prefix, node) - sum) < 1e-9);
  }
}

RC_GTEST_PROP(Ancestry, PositionsAreTopological, ()) {
  const model::CommitGraph graph = any_graph(40);
  const Ancestry ancestry(graph, {});
  for (NodeIndex node = 0; node < graph.size(); ++node)
    for (const NodeIndex parent : graph.parents(node))
      RC_ASSERT(ancestry.position(parent) < ancestry.position(node));
}

TEST(Ancestry, TopicBranchTakesTwoIntervalsAndTheMainlineOne) {
  // 0 - 1 - 2 - 5 (merge of 2 and 4), 3 - 4 fork at 1.
  const auto graph = graph_of({{0, {}}, {1, {0}}, {2, {1}}, {3, {1}}, {4, {3}}, {5, {2, 4}}});
  const Ancestry ancestry(graph, std::array{NodeIndex{5}});
  EXPECT_EQ(ancestry.intervals(5), (std::vector<Interval>{{0, 6}}));
  EXPECT_EQ(ancestry.intervals(2), (std::vector<Interval>{{0, 3}}));
  EXPECT_EQ(ancestry.intervals(4), (std::vector<Interval>{{0, 2}, {3, 5}}));
}

TEST(MergeBases, OfACrissCrossAreBoth) {
  const auto graph = graph_of({{0, {}}, {1, {0}}, {2, {0}}, {3, {1, 2}}, {4, {2, 1}}, {5, {}}});
  EXPECT_EQ(merge_bases(graph, 3, 4), (std::vector<NodeIndex>{1, 2}));
  EXPECT_EQ(merge_bases(graph, 1, 3), (std::vector<NodeIndex>{1}));
  EXPECT_TRUE(merge_bases(graph, 5, 3).empty());
}

}  // namespace
}  // namespace culprit::search::testing
