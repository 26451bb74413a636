// The middle, against git itself.
#include "search/graph/suspects.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/rng.h"
#include "tests/unit/search/random_graph.h"

namespace culprit::search::testing {
namespace {

TEST(Suspects, AreTheAncestorsOfAllBadAndOfNoGoodOnes) {
  const auto graph = graph_of({{0, {}}, {1, {0}}, {2, {1}}, {3, {1}}, {4, {3}}, {5, {2, 4}}});
  const Ancestry ancestry(graph, std::array{NodeIndex{5}});
  EXPECT_EQ(Suspects(ancestry, std::array{NodeIndex{5}}, std::array{NodeIndex{1}}).size(), 4u);
  EXPECT_EQ(Suspects(ancestry, std::array<NodeIndex, 2>{5, 4}, std::array{NodeIndex{3}}).members(),
            (std::vector<NodeIndex>{4}));
  EXPECT_EQ(Suspects(ancestry, std::array<NodeIndex, 2>{2, 4}, {}).members(), (std::vector<NodeIndex>{0, 1}));
}

TEST(Suspects, MiddleStepsAroundWhatItIsToldTo) {
  std::vector<std::pair<int, std::vector<int>>> line{{0, {}}};
  for (int i = 1; i < 9; ++i) line.push_back({i, {i - 1}});
  const auto graph = graph_of(line);
  const Ancestry ancestry(graph, std::array{NodeIndex{8}});
  const Suspects suspects(ancestry, std::array{NodeIndex{8}}, std::array{NodeIndex{0}});
  EXPECT_EQ(suspects.middle({}), NodeIndex{4});
  std::vector<std::uint8_t> avoid(9, 0);
  avoid[4] = 1;
  const auto other = suspects.middle(avoid);
  ASSERT_TRUE(other);
  EXPECT_NE(*other, NodeIndex{4});
  std::ranges::fill(avoid, 1);
  EXPECT_FALSE(suspects.middle(avoid));
}

// A repository in a folder of its own, removed at the end.
class Repository {
 public:
  explicit Repository(const model::CommitGraph& graph) {
    std::string pattern = (std::filesystem::temp_directory_path() / "suspects-XXXXXX").string();
    m_path = mkdtemp(pattern.data());
    git("init -q --bare .", {});
    std::string stream;
    for (NodeIndex n = 0; n < graph.size(); ++n) {
      stream += fmt::format("commit refs/heads/n{}\nmark :{}\ncommitter A <a@b> {} +0000\ndata 1\nx\n", n,
                            n + 1, 1000000000 + n);
      std::string_view key = "from";
      for (const NodeIndex parent : graph.parents(n)) {
        stream += fmt::format("{} :{}\n", key, parent + 1);
        key = "merge";
      }
      stream += "\n";
    }
    git("fast-import --quiet", stream);
  }
  ~Repository() { std::filesystem::remove_all(m_path); }
  // Standard output of `git <arguments>` in the repository.
  std::string git(const std::string& arguments, std::string_view input) const {
    std::ofstream(m_path / "input") << input;
    const std::string command =
        fmt::format("cd '{}' && env -u GIT_DIR -u GIT_WORK_TREE git {} <input", m_path.string(), arguments);
    FILE* pipe = popen(command.c_str(), "r");
    std::string out;
    std::array<char, 4096> buffer{};
    for (std::size_t got = 0; (got = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
      out.append(buffer.data(), got);
    EXPECT_EQ(pclose(pipe), 0) << command;
    return out;
  }

 private:
  std::filesystem::path m_path;
};

// What git says of "n<bad> without n<good>": how many commits are left, and how many its middle leaves.
struct GitBisect {
  int all = 0;
  int left = 0;
};
GitBisect git_bisect(const Repository& repository, NodeIndex bad, NodeIndex good, bool first_parent) {
  const std::string out = repository.git(
      fmt::format("rev-list --bisect-vars {} n{} ^n{}", first_parent ? "--first-parent" : "", bad, good), {});
  GitBisect result;
  const auto number = [&](std::string_view key) {
    const std::size_t at = out.find(key);
    return at == std::string::npos ? 0 : std::atoi(out.c_str() + at + key.size());
  };
  result.all = number("bisect_all=");
  result.left = std::max(number("bisect_good="), number("bisect_bad="));
  return result;
}

// What the middle of `suspects` leaves in the worse case, counted as git does: itself is tested, not left.
int left_by_middle(const Suspects& suspects) {
  const auto middle = suspects.middle({});
  if (!middle) return static_cast<int>(suspects.size()) - 1;
  const auto weights = suspects.weights();
  const auto at = std::ranges::find(suspects.members(), *middle) - suspects.members().begin();
  const int weight = static_cast<int>(weights[static_cast<std::size_t>(at)]);
  return std::max(static_cast<int>(suspects.size()) - weight, weight) - 1;
}

void expect_gits_middle(base::Rng& rng, bool first_parent) {
  std::vector<std::pair<int, std::vector<int>>> commits;
  const int n = 150;
  for (int i = 0; i < n; ++i) {
    std::vector<int> parents;
    if (i > 0) parents.push_back(i - 1 - static_cast<int>(rng.below(std::min(i, 5))));
    if (i > 10 && rng.chance(0.3)) {
      const int other = i - 1 - static_cast<int>(rng.below(10));
      if (other != parents[0]) parents.push_back(other);
    }
    commits.emplace_back(i, parents);
  }
  const auto graph = graph_of(commits);
  const Repository repository(graph);
  const NodeIndex bad = n - 1;
  const Ancestry ancestry(graph, std::array{bad});
  std::vector<std::uint8_t> chain;
  if (first_parent) {
    chain.assign(n, 0);
    for (NodeIndex at = bad;; at = graph.parents(at)[0]) {
      chain[at] = 1;
      if (graph.parents(at).empty()) break;
    }
  }
  for (int trial = 0; trial < 8; ++trial) {
    const auto good = static_cast<NodeIndex>(rng.below(n - 20));
    if (!ancestry.contains(bad, good) || (first_parent && chain[good] == 0)) continue;
    const Suspects suspects(ancestry, std::array{bad}, std::array{good}, chain);
    const GitBisect git = git_bisect(repository, bad, good, first_parent);
    EXPECT_EQ(static_cast<int>(suspects.size()), git.all);
    const int ours = left_by_middle(suspects);
    // git is content with a split that is off by half a commit.
    EXPECT_GE(git.left, ours) << "n" << bad << " ^n" << good;
    EXPECT_LE(git.left - ours, 1) << "n" << bad << " ^n" << good;
  }
}

TEST(Suspects, MiddleSplitsAsWellAsGits) {
  base::Rng rng(7);
  for (int i = 0; i < 5; ++i) expect_gits_middle(rng, false);
}

TEST(Suspects, MiddleOfFirstParentsSplitsAsWellAsGits) {
  base::Rng rng(11);
  for (int i = 0; i < 3; ++i) expect_gits_middle(rng, true);
}

}  // namespace
}  // namespace culprit::search::testing
