#include "history/graph/load.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/strings.h"
#include "model/graph/ancestry.h"
#include "tests/support/test_repo.h"

namespace culprit::history {
namespace {

namespace fs = std::filesystem;
using model::CommitGraph;
using model::CommitId;
using model::is_ancestor;
using model::merge_bases;
using model::NodeIndex;

// "<id> <parents>..." of every commit, as git prints it.
std::set<std::string> rows_of(const CommitGraph& graph) {
  std::set<std::string> rows;
  for (NodeIndex i = 0; i < graph.size(); ++i) {
    std::string row = graph.id(i).hex();
    for (const NodeIndex parent : graph.parents(i)) row += " " + graph.id(parent).hex();
    rows.insert(row);
  }
  return rows;
}

std::set<std::string> rows_of_git(const TestRepo& repo, const std::vector<CommitId>& tips) {
  std::string command = "-c core.commitGraph=false rev-list --parents";
  for (const CommitId& tip : tips) command += " " + tip.hex();
  const std::string text = repo.git(command);
  std::set<std::string> rows;
  for (const std::string_view line : base::split_lines(text)) rows.emplace(line);
  return rows;
}

std::vector<CommitId> order_of(const CommitGraph& graph) {
  std::vector<CommitId> order;
  for (NodeIndex i = 0; i < graph.size(); ++i) order.push_back(graph.id(i));
  return order;
}

CommitGraph load(const TestRepo& repo, const std::vector<CommitId>& tips, LoadReport& report) {
  report = {};
  auto graph = load_graph(repo.open(), tips, k_never, &report);
  EXPECT_TRUE(graph) << base::render(graph.error());
  return graph ? std::move(*graph) : CommitGraph();
}

void forget_commit_graph(const TestRepo& repo) {
  fs::remove_all(repo.path() / ".git/objects/info/commit-graph");
  fs::remove_all(repo.path() / ".git/objects/info/commit-graphs");
}

// Loads without, with, with a partial and with a split commit-graph: git's rows and one order of nodes each
// time.
void expect_same_with_any_commit_graph(const TestRepo& repo, const std::vector<CommitId>& commits,
                                       const std::vector<CommitId>& tips, std::size_t covered) {
  LoadReport report;
  const CommitGraph plain = load(repo, tips, report);
  const auto rows = rows_of_git(repo, tips);
  EXPECT_EQ(rows_of(plain), rows);
  EXPECT_EQ(report.from_file, 0u);
  EXPECT_EQ(report.from_git, plain.size());
  const auto order = order_of(plain);

  repo.git("commit-graph write --reachable --no-progress");
  const CommitGraph whole = load(repo, tips, report);
  EXPECT_EQ(rows_of(whole), rows);
  EXPECT_EQ(order_of(whole), order);
  EXPECT_EQ(report.from_git, 0u);
  forget_commit_graph(repo);

  const std::string older = commits[covered].hex();
  repo.git("commit-graph write --stdin-commits --no-progress <<E\n" + older + "\nE");
  const CommitGraph partial = load(repo, tips, report);
  EXPECT_EQ(order_of(partial), order);
  EXPECT_EQ(rows_of(partial), rows);
  EXPECT_GT(report.from_file, 0u);
  EXPECT_GT(report.from_git, 0u);
  forget_commit_graph(repo);

  repo.git("commit-graph write --stdin-commits --split=no-merge --no-progress <<E\n" + older + "\nE");
  repo.git("commit-graph write --stdin-commits --split=no-merge --no-progress <<E\n" +
           commits[2 * covered].hex() + "\nE");
  const CommitGraph split = load(repo, tips, report);
  EXPECT_EQ(order_of(split), order);
  EXPECT_EQ(rows_of(split), rows);
  EXPECT_TRUE(report.notes.empty()) << report.notes.front();
  forget_commit_graph(repo);
}

TEST(Load, EqualsRevListWithAndWithoutCommitGraphOnRandomHistories) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(seed);
    base::Rng rng(seed);
    const TestRepo repo;
    const auto commits = import_history(repo, random_history(150, rng));
    expect_same_with_any_commit_graph(repo, commits, {commits.back(), commits[120], commits[7]}, 60);
  }
}

TEST(Load, ReadsSha256Repositories) {
  base::Rng rng(77);
  const TestRepo repo("--object-format=sha256");
  const auto commits = import_history(repo, random_history(60, rng));
  ASSERT_EQ(commits[0].size(), 32u);
  expect_same_with_any_commit_graph(repo, commits, {commits.back()}, 20);
}

TEST(Load, PutsABranchRightBelowItsMerge) {
  const TestRepo repo;
  const auto c = import_history(repo, {{}, {0}, {0}, {1}, {2}, {3, 4}});
  LoadReport report;
  EXPECT_EQ(order_of(load(repo, {c[5]}, report)),
            (std::vector<CommitId>{c[0], c[1], c[3], c[2], c[4], c[5]}));
}

TEST(Load, LoadsAncestorsOfTheTipsAlone) {
  const TestRepo repo;
  const auto c = import_history(repo, {{}, {0}, {0}});
  LoadReport report;
  EXPECT_EQ(order_of(load(repo, {c[1]}, report)), (std::vector<CommitId>{c[0], c[1]}));
  repo.git("commit-graph write --reachable --no-progress");
  EXPECT_EQ(order_of(load(repo, {c[1], c[1]}, report)), (std::vector<CommitId>{c[0], c[1]}));
}

TEST(Load, CountsAParentThatIsNamedTwiceOnce) {
  const TestRepo repo;
  const auto c = import_history(repo, {{}});
  const std::string tree = repo.git("rev-parse " + c[0].hex() + "^{tree}");
  // commit-tree refuses the second parent, hash-object does not.
  const std::string twice =
      repo.git("hash-object -t commit -w --stdin <<E\ntree " + tree + "\nparent " + c[0].hex() + "\nparent " +
               c[0].hex() + "\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\ntwice\nE");
  repo.git("update-ref refs/heads/twice " + twice);
  const auto tip = *CommitId::from_hex(twice);
  LoadReport report;
  EXPECT_EQ(load(repo, {tip}, report).parents(1).size(), 1u);
  repo.git("commit-graph write --reachable --no-progress");
  EXPECT_EQ(load(repo, {tip}, report).parents(1).size(), 1u);
}

TEST(Load, SaysWhichTipIsMissing) {
  const TestRepo repo;
  import_history(repo, {{}});
  const auto missing = *CommitId::from_hex(std::string(40, '7'));
  const auto graph = load_graph(repo.open(), std::span(&missing, 1), k_never);
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().kind, base::ErrorKind::repository);
  EXPECT_EQ(graph.error().what, "git rev-list failed: bad object 7777777777777777777777777777777777777777");
}

TEST(Load, HonoursReplaceRefsAndThenIgnoresTheCommitGraph) {
  const TestRepo repo;
  const auto c = import_history(repo, {{}, {0}, {1}, {0}});
  repo.git("commit-graph write --reachable --no-progress");
  repo.git("replace --graft " + c[2].hex() + " " + c[3].hex());
  LoadReport report;
  const CommitGraph graph = load(repo, {c[2]}, report);
  EXPECT_EQ(order_of(graph), (std::vector<CommitId>{c[0], c[3], c[2]}));
  EXPECT_EQ(report.from_file, 0u);
  repo.git("config core.useReplaceRefs false");
  EXPECT_EQ(order_of(load(repo, {c[2]}, report)), (std::vector<CommitId>{c[0], c[1], c[2]}));
}

TEST(Load, HonoursGrafts) {
  const TestRepo repo;
  const auto c = import_history(repo, {{}, {0}, {1}});
  repo.git("commit-graph write --reachable --no-progress");
  write(repo.path() / ".git/info/grafts", c[1].hex() + "\n");
  LoadReport report;
  EXPECT_EQ(order_of(load(repo, {c[2]}, report)), (std::vector<CommitId>{c[1], c[2]}));
}

TEST(Load, EndsAtTheCutOfAShallowRepositoryWhereThatIsAllowed) {
  const TestRepo repo;
  const auto c = import_history(repo, {{}, {0}, {1}, {2}});
  repo.git("clone -q --no-checkout --depth 2 --branch n3 file://$PWD ../shallow");
  const auto opened = open_repository(repo.beside("shallow"), {.allow_shallow = true}, k_never);
  ASSERT_TRUE(opened);
  const auto graph = load_graph(*opened, std::span(&c[3], 1), k_never);
  ASSERT_TRUE(graph) << base::render(graph.error());
  EXPECT_EQ(order_of(*graph), (std::vector<CommitId>{c[2], c[3]}));
}

TEST(Load, UsesTheCommitGraphOfAnAlternate) {
  const TestRepo repo;
  const auto c = import_history(repo, {{}, {0}, {1}});
  repo.git("commit-graph write --reachable --no-progress");
  repo.git("clone -q --no-checkout --shared --branch n2 . ../borrower");
  const auto opened = open_repository(repo.beside("borrower"), {}, k_never);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->object_dirs.size(), 2u);
  LoadReport report;
  const auto graph = load_graph(*opened, std::span(&c[2], 1), k_never, &report);
  ASSERT_TRUE(graph);
  EXPECT_EQ(graph->size(), 3u);
  EXPECT_EQ(report.from_file, 3u);
}

TEST(Load, FallsBackToGitWhereTheCommitGraphIsDamaged) {
  const TestRepo repo;
  const auto c = import_history(repo, {{}, {0}, {1}});
  repo.git("commit-graph write --reachable --no-progress");
  const fs::path file = repo.path() / ".git/objects/info/commit-graph";
  fs::permissions(file, fs::perms::owner_write, fs::perm_options::add);
  std::string bytes = read(file);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write(file, bytes);
  LoadReport report;
  EXPECT_EQ(load(repo, {c[2]}, report).size(), 3u);
  EXPECT_EQ(report.from_git, 3u);
  ASSERT_EQ(report.notes.size(), 1u);
  EXPECT_EQ(report.notes[0], "the commit-graph file " + file.string() +
                                 " is damaged: its checksum does not fit; it is not used");
}

TEST(Load, UsesTheLowerLayersOfAChainWhoseTopIsMissing) {
  const TestRepo repo;
  const auto c = import_history(repo, {{}, {0}, {1}, {2}});
  repo.git("commit-graph write --stdin-commits --split=no-merge --no-progress <<E\n" + c[1].hex() + "\nE");
  repo.git("commit-graph write --stdin-commits --split=no-merge --no-progress <<E\n" + c[3].hex() + "\nE");
  const std::string top = shell(repo.path(), "tail -n1 .git/objects/info/commit-graphs/commit-graph-chain");
  fs::remove(repo.path() / (".git/objects/info/commit-graphs/graph-" + top + ".graph"));
  LoadReport report;
  EXPECT_EQ(load(repo, {c[3]}, report).size(), 4u);
  EXPECT_EQ(report.from_file, 2u);
  ASSERT_EQ(report.notes.size(), 1u);
  EXPECT_EQ(report.notes[0], "the commit-graph layer " + top + " is missing; those above it are not used");
}

TEST(Load, LeavesTheCommitGraphAloneWhereTheUserDoes) {
  const TestRepo repo;
  const auto c = import_history(repo, {{}, {0}});
  repo.git("commit-graph write --reachable --no-progress");
  repo.git("config core.commitGraph off");
  LoadReport report;
  EXPECT_EQ(load(repo, {c[1]}, report).size(), 2u);
  EXPECT_EQ(report.from_file, 0u);
}

TEST(Load, StopsWhenCancelled) {
  const TestRepo repo;
  const auto c = import_history(repo, {{}, {0}});
  base::CancelToken cancel;
  const Repository opened = repo.open();
  cancel.cancel();
  const auto graph = load_graph(opened, std::span(&c[1], 1), cancel);
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().kind, base::ErrorKind::interrupted);
}

TEST(MergeBases, EqualGitsOnRandomHistories) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE(seed);
    base::Rng rng(seed);
    const TestRepo repo;
    const auto commits = import_history(repo, random_history(60, rng));
    LoadReport report;
    const CommitGraph graph = load(repo, commits, report);
    std::string script;
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (int k = 0; k < 60; ++k) {
      pairs.emplace_back(rng.below(commits.size()), rng.below(commits.size()));
      const std::string both = commits[pairs.back().first].hex() + " " + commits[pairs.back().second].hex();
      script += "git merge-base --all " + both + " || true; git merge-base --is-ancestor " + both +
                " && echo yes || echo no\n";
    }
    const std::string answers = shell(repo.path(), script);
    std::vector<std::string> expected, actual;
    for (const std::string_view line : base::split_lines(answers)) expected.emplace_back(line);
    for (const auto& [first, second] : pairs) {
      const NodeIndex a = *graph.find(commits[first]), b = *graph.find(commits[second]);
      for (const NodeIndex base : merge_bases(graph, a, b)) actual.push_back(graph.id(base).hex());
      actual.emplace_back(is_ancestor(graph, a, b) ? "yes" : "no");
    }
    // git sorts by date where we sort by node: each answer as a set.
    const auto canonical = [](std::vector<std::string>& lines) {
      auto begin = lines.begin();
      for (auto at = lines.begin(); at != lines.end(); ++at)
        if (at->size() < 4) {
          std::sort(begin, at);
          begin = at + 1;
        }
    };
    canonical(expected);
    canonical(actual);
    EXPECT_EQ(actual, expected);
  }
}

}  // namespace
}  // namespace culprit::history
