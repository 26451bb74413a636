// Commits that the tested revisions cannot tell apart, beside the slow way of asking each.
#include "search/graph/cells.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>

#include "tests/unit/search/evidence_builder.h"
#include "tests/unit/search/random_graph.h"

namespace culprit::search::testing {
namespace {

Ancestry ancestry_of(const model::CommitGraph& graph) {
  const auto tip = static_cast<NodeIndex>(graph.size() - 1);
  return {graph, std::span(&tip, 1)};
}

// Prefix sums of a weight of one for each commit and none for "nowhere".
std::vector<double> even(std::size_t commits) {
  std::vector<double> below(commits + 2);
  std::iota(below.begin(), below.end() - 1, 0.0);
  below.back() = static_cast<double>(commits);
  return below;
}

TEST(Cells, NothingTestedIsOneCell) {
  const auto graph = line_of(10);
  const Cells cells(ancestry_of(graph), even(10), {});
  ASSERT_EQ(cells.size(), 1U);
  EXPECT_EQ(cells[0].prior, 10);
  EXPECT_EQ(cells.at(0), cells.at(10)) << "nowhere is a place too";
}

TEST(Cells, ARevisionCutsALineInTwo) {
  const auto graph = line_of(10);
  const Ancestry ancestry = ancestry_of(graph);
  const std::vector<NodeIndex> tested = {6};
  const Cells cells(ancestry, even(10), tested);
  ASSERT_EQ(cells.size(), 2U);
  EXPECT_TRUE(cells[cells.at(ancestry.position(6))].positive(0));
  EXPECT_FALSE(cells[cells.at(ancestry.position(7))].positive(0));
  EXPECT_EQ(cells[cells.at(ancestry.position(0))].prior, 7);
  EXPECT_EQ(cells[cells.at(ancestry.position(9))].prior, 3);
  EXPECT_FALSE(cells[cells.at(10)].positive(0)) << "nowhere is nobody's ancestor";
}

// 1-2-3-6 and 1-4-5-6: two tested branches make four cells, whatever order the commits are numbered in.
TEST(Cells, BranchesAreToldApart) {
  const auto graph = graph_of({{1, {}}, {2, {1}}, {3, {2}}, {4, {1}}, {5, {4}}, {6, {3, 5}}});
  const Ancestry ancestry = ancestry_of(graph);
  const auto node = [&](int commit) { return *graph.find(id_of(commit)); };
  const std::vector<NodeIndex> tested = {node(3), node(5)};
  const Cells cells(ancestry, even(6), tested);
  EXPECT_EQ(cells.size(), 4U);
  const auto cell = [&](int commit) { return cells.at(ancestry.position(node(commit))); };
  EXPECT_EQ(cell(2), cell(3));
  EXPECT_EQ(cell(4), cell(5));
  EXPECT_NE(cell(2), cell(4));
  EXPECT_NE(cell(1), cell(2));
  EXPECT_NE(cell(6), cell(1));
}

// More revisions than a word has bits.
TEST(Cells, AHundredRevisionsOfALine) {
  const auto graph = line_of(101);
  const Ancestry ancestry = ancestry_of(graph);
  std::vector<NodeIndex> tested(100);
  std::iota(tested.begin(), tested.end(), NodeIndex{0});
  const Cells cells(ancestry, even(101), tested);
  EXPECT_EQ(cells.size(), 101U);
  EXPECT_TRUE(cells[cells.at(ancestry.position(70))].positive(70));
  EXPECT_FALSE(cells[cells.at(ancestry.position(71))].positive(70));
}

RC_GTEST_PROP(Cells, AreTheClassesOfEqualMembership, ()) {
  const auto graph = any_graph(40);
  const Ancestry ancestry = ancestry_of(graph);
  const auto n = static_cast<int>(graph.size());
  std::vector<double> below = {0};
  for (int i = 0; i <= n; ++i) below.push_back(below.back() + *rc::gen::inRange(0, 9));
  std::vector<NodeIndex> tested;
  for (int i = *rc::gen::inRange(0, 8); i > 0; --i)
    tested.push_back(static_cast<NodeIndex>(*rc::gen::inRange(0, n)));
  const Cells cells(ancestry, below, tested);

  const auto holds = [&](std::size_t i, Position p) {
    return p < ancestry.size() && ancestry.contains(tested[i], ancestry.node(p));
  };
  std::vector<double> mass(cells.size(), 0);
  for (Position p = 0; p <= ancestry.size(); ++p) {
    mass[cells.at(p)] += below[p + 1] - below[p];
    for (std::size_t i = 0; i < tested.size(); ++i) RC_ASSERT(cells[cells.at(p)].positive(i) == holds(i, p));
  }
  // The cells of different patterns differ, so no class is in two of them.
  for (std::size_t a = 0; a < cells.size(); ++a) {
    RC_ASSERT(std::abs(mass[a] - cells[a].prior) < 1e-9);
    for (std::size_t b = 0; b < a; ++b) RC_ASSERT(cells[a].pattern != cells[b].pattern);
  }
  Position next = 0;
  for (const Cells::Segment& segment : cells.segments()) {
    RC_ASSERT(segment.begin == next && segment.end > segment.begin);
    next = segment.end;
  }
  RC_ASSERT(next == ancestry.size() + 1);
}

}  // namespace
}  // namespace culprit::search::testing
