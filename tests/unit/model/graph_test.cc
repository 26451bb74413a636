#include "model/graph/commit_graph.h"

#include <gtest/gtest.h>

namespace culprit::model {
namespace {

CommitId id(int n) {
  std::string hex(40, '0');
  hex[0] = static_cast<char>('a' + n % 6);
  hex[1] = static_cast<char>('0' + n % 10);
  return *CommitId::from_hex(hex);
}

TEST(CommitId, ReadsAndPrintsBothHashLengthsAndNothingElse) {
  const std::string sha1 = "73fcb1a370c76b202d406e95d9dabb76eaccf484";
  EXPECT_EQ(CommitId::from_hex(sha1)->hex(), sha1);
  EXPECT_EQ(CommitId::from_hex(std::string(64, 'A'))->hex(), std::string(64, 'a'));
  EXPECT_FALSE(CommitId::from_hex("73fcb1a"));
  EXPECT_FALSE(CommitId::from_hex(std::string(39, '0') + "g"));
}

TEST(CommitGraph, AncestorsFollowEveryParentOfAMerge) {
  // 0 - 1 - 3 (merge of 1 and 2), 2 is a root of its own, 4 on top.
  const auto graph =
      CommitGraph::create({id(0), id(1), id(2), id(3), id(4)}, {0, 0, 1, 1, 3, 4}, {0, 1, 2, 3});
  ASSERT_TRUE(graph);
  EXPECT_EQ(graph->ancestors(3), (std::vector<std::uint8_t>{1, 1, 1, 1, 0}));
  EXPECT_EQ(graph->ancestors(1), (std::vector<std::uint8_t>{1, 1, 0, 0, 0}));
  EXPECT_EQ(graph->find(id(3)), NodeIndex{3});
  EXPECT_FALSE(graph->find(id(5)));
  ASSERT_EQ(graph->children(2).size(), 1u);
  EXPECT_EQ(graph->children(2)[0], 3u);
}

TEST(CommitGraph, RefusesAChildBeforeItsParentAndDuplicates) {
  EXPECT_FALSE(CommitGraph::create({id(0), id(1)}, {0, 1, 1}, {1}));
  EXPECT_FALSE(CommitGraph::create({id(0), id(0)}, {0, 0, 1}, {0}));
}

}  // namespace
}  // namespace culprit::model
