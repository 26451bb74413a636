#include "history/releases/releases.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/support/test_repo.h"
#include "tests/unit/model/drawn_graph.h"

namespace culprit::history {
namespace {

using model::drawn_graph;
using model::drawn_id;
using model::NodeIndex;
using model::ReleaseTag;

std::vector<ReleaseTag> numbered(const std::vector<std::string>& names) {
  std::vector<ReleaseTag> tags;
  for (std::size_t i = 0; i < names.size(); ++i) tags.push_back({.name = names[i], .commit = drawn_id(i)});
  return tags;
}

std::string names_of(const std::vector<ReleaseTag>& tags) {
  std::string out;
  for (const ReleaseTag& tag : tags) out += (out.empty() ? "" : " ") + tag.name;
  return out;
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

std::string picked(const std::string& releases, std::string_view limit = {}) {
  const auto result = pick_releases(numbered(words(releases)), limit);
  return result ? names_of(*result) : "error: " + result.error().what;
}

const std::string k_mainline =
    "v6.5 v6.4 v6.3 v6.2 v6.1 v6.0 v5.19 v5.18 v5.17 v5.16 v5.15 v5.14 v5.13 v5.12 v5.11 v5.10 v5.9 v5.8 "
    "v5.7 v5.6 "
    "v5.5 v5.4";

TEST(PickReleases, WalksLinuxBackWithGrowingSteps) {
  EXPECT_EQ(picked(k_mainline), "v6.5 v6.4 v6.3 v6.1 v5.19 v5.17 v5.15 v5.13 v5.10 v5.7 v5.4");
}

TEST(PickReleases, WalksFewPointReleasesOfTheOwnStableSeriesFirst) {
  EXPECT_EQ(picked("v5.15.10 v5.15.9 v5.15.8 v5.15.7 v5.15.6 v5.15.5 v5.15.4 v5.15.3 v5.15.2 v5.15.1 v5.15 "
                   "v5.14 v5.13 "
                   "v5.12 v5.11 v5.10 v5.9 v5.8 v5.7 v5.6 v5.5 v5.4"),
            "v5.15.10 v5.15.9 v5.15.5 v5.15 v5.14 v5.13 v5.11 v5.9 v5.7 v5.5 v5.4");
}

TEST(PickReleases, EndsAtTheLimitWhichIsAlwaysTested) {
  EXPECT_EQ(picked(k_mainline, "v6.0"), "v6.5 v6.4 v6.3 v6.1 v6.0");
  EXPECT_EQ(picked(k_mainline, "v6.5"), "v6.5");
  EXPECT_EQ(picked(k_mainline, "v4.4"), "error: 'v4.4' is not a release before the start of the bisection");
}

TEST(PickReleases, TestsOlderSeriesOfAnyProjectAtTheirFirstRelease) {
  EXPECT_EQ(picked("1.3.2 1.3.1 1.3.0 1.2.7 1.2.6 1.2.0 1.1.1 1.1.0 1.0.0"),
            "1.3.2 1.3.1 1.3.0 1.2.0 1.1.0 1.0.0");
}

TEST(PickReleases, OldLinuxSeriesHaveThreeNumbers) {
  EXPECT_EQ(picked("v3.0 v2.6.39 v2.6.38 v2.6.37"), "v3.0 v2.6.39 v2.6.38 v2.6.37");
}

TEST(PickReleases, FewAndNoReleasesAreWalkedWhole) {
  EXPECT_EQ(picked(""), "");
  EXPECT_EQ(picked("v1.0"), "v1.0");
  EXPECT_EQ(picked("v1.0.3"), "v1.0.3");
  EXPECT_EQ(picked("v1.1 v1.0"), "v1.1 v1.0");
}

TEST(PickReleases, StepsGrowFurtherInALongHistory) {
  std::string all;
  for (int i = 100; i > 0; --i) all += "v" + std::to_string(i) + " ";
  const std::string walk = picked(all);
  EXPECT_TRUE(walk.starts_with("v100 v99 v98 v96 ")) << walk;
  EXPECT_TRUE(walk.ends_with(" v28 v24 v20 v16 v12 v8 v4 v1")) << walk;
}

// Main line 0 1 2 3 4 5, with a stable branch 6 7 from 2 that is merged as 8 (with 5).
class ReleaseAncestors : public ::testing::Test {
 protected:
  model::CommitGraph m_graph = drawn_graph({{}, {0}, {1}, {2}, {3}, {4}, {2}, {6}, {5, 7}});
  std::vector<ReleaseTag> tags(const std::vector<std::pair<std::string, std::size_t>>& named) const {
    std::vector<ReleaseTag> out;
    for (const auto& [name, node] : named) out.push_back({.name = name, .commit = drawn_id(node)});
    return out;
  }
  std::string of(NodeIndex commit, const std::vector<std::pair<std::string, std::size_t>>& named,
                 const ReleaseOptions& options = {}) const {
    return names_of(release_ancestors(m_graph, tags(named), commit, options));
  }
};

TEST_F(ReleaseAncestors, AreThoseBehindTheCommitNearestFirst) {
  EXPECT_EQ(of(4, {{"v1.0", 0}, {"v1.1", 2}, {"v1.2", 4}, {"v1.3", 5}, {"v1.1.1", 6}}), "v1.2 v1.1 v1.0");
}

TEST_F(ReleaseAncestors, DescendBeforeTheirAncestorsWhateverTheirNumbers) {
  // 1.9 is younger than 2.0, from which it descends.
  EXPECT_EQ(of(5, {{"v1.0", 0}, {"v2.0", 2}, {"v1.9", 4}}), "v1.9 v2.0 v1.0");
}

TEST_F(ReleaseAncestors, OfParallelLinesGoByVersion) {
  EXPECT_EQ(of(8, {{"v1.1.1", 6}, {"v1.1.2", 7}, {"v1.2", 3}, {"v1.3", 5}, {"v1.1", 2}}),
            "v1.3 v1.2 v1.1.2 v1.1.1 v1.1");
}

TEST_F(ReleaseAncestors, CountCandidatesOnlyWhenAsked) {
  const std::vector<std::pair<std::string, std::size_t>> named = {
      {"v1.0", 0}, {"v1.1-rc1", 1}, {"v1.1-rc2", 2}, {"v1.1", 3}};
  EXPECT_EQ(of(5, named), "v1.1 v1.0");
  EXPECT_EQ(of(5, named, {.candidates = true}), "v1.1 v1.1-rc2 v1.1-rc1 v1.0");
}

TEST_F(ReleaseAncestors, AreOfOneFamilyTheLargestUnlessNamed) {
  const std::vector<std::pair<std::string, std::size_t>> named = {
      {"v1.0", 0},     {"1.1", 1},     {"v1.2", 2},          {"tool-3.0", 3},
      {"tool-3.1", 4}, {"nightly", 5}, {"elsewhere-1.0", 99}};
  EXPECT_EQ(of(5, named), "v1.2 1.1 v1.0");
  EXPECT_EQ(of(5, named, {.family = "tool-"}), "tool-3.1 tool-3.0");
  EXPECT_EQ(of(5, named, {.family = "other-"}), "");
}

TEST_F(ReleaseAncestors, OneCommitIsOneRelease) {
  EXPECT_EQ(of(5, {{"v1.0", 0}, {"v2.0.0", 3}, {"v2.0", 3}, {"2.0", 3}}), "v2.0.0 v1.0");
}

TEST_F(ReleaseAncestors, TheCommitItselfCounts) { EXPECT_EQ(of(3, {{"v2.0", 3}}), "v2.0"); }

TEST(DescribeLabel, IsTheTagItselfOrTheDistanceOrTheId) {
  const auto graph = drawn_graph({{}, {0}, {1}, {}});
  const std::vector<ReleaseTag> tags = {{.name = "v1.0", .commit = drawn_id(0)}};
  EXPECT_EQ(describe_label(graph, tags, 0), "v1.0");
  EXPECT_EQ(describe_label(graph, tags, 2), "v1.0-2-g000000000000");
  EXPECT_EQ(describe_label(graph, tags, 3), "000000000000");
}

TEST(DescribeLabel, EqualsGitsOnRandomHistories) {
  for (std::uint64_t seed = 11; seed <= 13; ++seed) {
    SCOPED_TRACE(seed);
    base::Rng rng(seed);
    const TestRepo repo;
    auto parents = random_history(50, rng);
    for (std::size_t i = 1; i < parents.size(); ++i)
      if (parents[i].empty()) parents[i] = {i - 1};
    const auto commits = import_history(repo, parents);
    std::vector<ReleaseTag> tags;
    std::vector<std::vector<NodeIndex>> drawn;
    std::string script;
    for (std::size_t i = 0; i < commits.size(); ++i) {
      drawn.emplace_back(parents[i].begin(), parents[i].end());
      if (i % 17 == 3) {
        tags.push_back({.name = "t" + std::to_string(i), .commit = commits[i]});
        script += "git tag t" + std::to_string(i) + " " + commits[i].hex() + "\n";
      }
    }
    script += "for c in";
    for (const auto& commit : commits) script += " " + commit.hex();
    script += "; do git describe --tags --abbrev=12 --always $c; done";
    const auto expected = words(shell(repo.path(), script));
    ASSERT_EQ(expected.size(), commits.size());
    std::vector<std::uint32_t> offsets{0};
    std::vector<NodeIndex> flat;
    for (const auto& of_one : drawn) {
      flat.insert(flat.end(), of_one.begin(), of_one.end());
      offsets.push_back(static_cast<std::uint32_t>(flat.size()));
    }
    const auto graph = *model::CommitGraph::create(commits, offsets, flat);
    for (std::size_t i = 0; i < commits.size(); ++i) {
      const std::string label = describe_label(graph, tags, static_cast<NodeIndex>(i));
      // Equally near tags: git takes the one that it met first.
      const auto distance = [](const std::string& text) { return text.substr(text.find('-') + 1); };
      EXPECT_EQ(distance(label), distance(expected[i]));
    }
  }
}

}  // namespace
}  // namespace culprit::history
