#include "model/graph/ancestry.h"

#include <gtest/gtest.h>

#include "tests/unit/model/drawn_graph.h"

namespace culprit::model {
namespace {

TEST(MergeBases, ACrissCrossMergeHasTwo) {
  // 1 and 2 from 0; 3 and 4 both merge 1 and 2.
  const auto graph = drawn_graph({{}, {0}, {0}, {1, 2}, {2, 1}});
  EXPECT_EQ(merge_bases(graph, 3, 4), (std::vector<NodeIndex>{1, 2}));
}

TEST(MergeBases, AnAncestorIsTheBaseAndSoIsACommitOfItself) {
  const auto graph = drawn_graph({{}, {0}, {1}});
  EXPECT_EQ(merge_bases(graph, 2, 1), (std::vector<NodeIndex>{1}));
  EXPECT_EQ(merge_bases(graph, 2, 2), (std::vector<NodeIndex>{2}));
}

TEST(MergeBases, UnrelatedHistoriesHaveNone) {
  const auto graph = drawn_graph({{}, {}, {0}, {1}});
  EXPECT_TRUE(merge_bases(graph, 2, 3).empty());
}

TEST(IsAncestor, FollowsEveryParentAndHoldsOfTheCommitItself) {
  const auto graph = drawn_graph({{}, {0}, {0}, {1, 2}, {}});
  EXPECT_TRUE(is_ancestor(graph, 2, 3));
  EXPECT_TRUE(is_ancestor(graph, 3, 3));
  EXPECT_FALSE(is_ancestor(graph, 3, 2));
  EXPECT_FALSE(is_ancestor(graph, 1, 2));
  EXPECT_FALSE(is_ancestor(graph, 0, 4));
}

}  // namespace
}  // namespace culprit::model
