// The question of a bisection, posed to repositories made on the spot.

#include "cli/setup/question.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "history/git_history.h"
#include "search/strategy.h"
#include "tests/support/test_repo.h"

namespace culprit::cli {
namespace {

using history::TestRepo;
using model::CommitId;

// Five commits in a row; v1.0 is the first one, v2.0 the third one. A branch `other` shares no commit.
struct Repo : TestRepo {
  std::vector<CommitId> commits;
  std::unique_ptr<history::GitHistory> history;

  Repo() {
    for (int i = 1; i <= 5; ++i) {
      commits.push_back(commit("file", std::to_string(i)));
      if (i == 1) git("tag v1.0");
      if (i == 3) git("tag v2.0");
    }
    git("checkout -q --orphan other");
    commit("else", "x");
    git("checkout -q -f main");
    auto opened = history::GitHistory::open(path(), {}, history::k_never);
    if (opened) history = std::move(*opened);
  }
  std::string refusal(const Settings& settings) const {
    const auto question = pose(settings, *history);
    return question ? "" : question.error().what;
  }
};

Settings between(const std::string& good, const std::string& bad) {
  Settings settings;
  settings.runs = 10;
  settings.jobs = 2;
  settings.bad = bad;
  if (!good.empty()) settings.good = {good};
  return settings;
}

TEST(Question, HasItsRevisionsResolved) {
  const Repo repo;
  Settings settings = between("v1.0", "");
  settings.skip = {"v1.0..v2.0"};
  const auto question = pose(settings, *repo.history);
  ASSERT_TRUE(question) << question.error().what;
  const model::Problem& problem = question->problem;
  EXPECT_EQ(problem.goal, model::Goal::cause);
  EXPECT_EQ(problem.start, repo.commits[4]);
  EXPECT_THAT(problem.good, testing::ElementsAre(repo.commits[0]));
  EXPECT_THAT(problem.skip, testing::UnorderedElementsAre(repo.commits[1], repo.commits[2]));
  EXPECT_EQ(problem.runs_per_revision, 10);
  EXPECT_EQ(problem.run_slots, 2);
  EXPECT_EQ(problem.build_slots, 2);
  EXPECT_EQ(problem.confidence, k_confidence);
  EXPECT_EQ(question->graph.size(), 5U);
}

TEST(Question, OfAKernelBuildsOneAtATimeAndByHandAWordIsAVerdict) {
  const Repo repo;
  Settings settings = between("v1.0", "");
  settings.config_path = "/k.toml";
  auto question = pose(settings, *repo.history);
  ASSERT_TRUE(question);
  EXPECT_EQ(question->problem.build_slots, 1);
  settings.manual = true;
  question = pose(settings, *repo.history);
  ASSERT_TRUE(question);
  EXPECT_EQ(question->problem.runs_per_revision, 1);
  EXPECT_EQ(question->problem.confidence, k_confidence_by_hand);
}

TEST(Question, WithoutAGoodRevisionWalksTheReleases) {
  const Repo repo;
  const auto question = pose(between("", ""), *repo.history);
  ASSERT_TRUE(question);
  std::vector<std::string> names;
  for (const model::ReleaseTag& tag : question->problem.releases) names.push_back(tag.name);
  EXPECT_THAT(names, testing::ElementsAre("v2.0", "v1.0"));
  EXPECT_EQ(repo.refusal(between("", "v1.0")),
            "no --good revision is given, and no release tag lies behind the bad one to walk to");
}

TEST(Question, OfAFixBeginsAtTheCrash) {
  const Repo repo;
  Settings settings = between("", "v1.0");
  settings.fix = true;
  const auto question = pose(settings, *repo.history);
  ASSERT_TRUE(question) << question.error().what;
  EXPECT_EQ(question->problem.goal, model::Goal::fix);
  EXPECT_EQ(question->problem.start, repo.commits[0]);
  EXPECT_EQ(question->problem.head, repo.commits[4]);
  settings.good = {"v1.0"};
  EXPECT_EQ(repo.refusal(settings), "with --fix, the bad revision and the one that is fixed are the same");
  settings.good = {"v2.0", "HEAD"};
  EXPECT_EQ(repo.refusal(settings), "--fix takes one --good revision");
}

TEST(Question, ThatMakesNoSenseIsRefused) {
  const Repo repo;
  const std::string first = repo.commits[0].short_hex(), last = repo.commits[4].short_hex();
  EXPECT_EQ(repo.refusal(between("HEAD", "HEAD")),
            "the good and the bad revision are the same commit, " + last);
  EXPECT_EQ(repo.refusal(between("HEAD", "v1.0")),
            "the good revision " + last + " is newer than the bad one, " + first);
  EXPECT_EQ(repo.refusal(between("other", "HEAD")),
            repo.id("other").short_hex() + " and " + last +
                " have no common history: there is no path between the good and the bad revision");
  Settings settings = between("v1.0", "HEAD");
  settings.skip = {"v1.0"};
  EXPECT_EQ(repo.refusal(settings), "--skip names an end of the range, " + first + ", which must be tested");
}

TEST(Question, PosedAgainIsTheSame) {
  const Repo repo;
  Settings settings = between("v1.0", "");
  settings.paths = {"file"};
  const auto posed = pose(settings, *repo.history);
  ASSERT_TRUE(posed);
  model::Problem stored = posed->problem;
  stored.prior.clear();
  const auto again = pose_again(settings, *repo.history, stored);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->graph.size(), posed->graph.size());
  EXPECT_EQ(again->problem.prior, posed->problem.prior);
  EXPECT_FALSE(again->problem.prior.empty());
}

TEST(Question, HasASearchOfTheStrategyThatIsNamed) {
  const Repo repo;
  Settings settings = between("v1.0", "");
  const auto question = pose(settings, *repo.history);
  ASSERT_TRUE(question);
  for (const char* name : {"", "bayes", "classic"}) {
    settings.strategy = name;
    EXPECT_TRUE(search::make_strategy(settings.strategy, question->graph, question->problem)) << name;
  }
  settings.strategy = "best";
  const auto none = search::make_strategy(settings.strategy, question->graph, question->problem);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().what, "unknown strategy 'best'");
  EXPECT_EQ(none.error().hint, "the strategies are: bayes, classic");
}

TEST(Question, ResolvesRevisionsAndRangesEachOnce) {
  const Repo repo;
  const auto all = resolve_all(*repo.history, {"v2.0", "v1.0..v2.0", "HEAD"});
  ASSERT_TRUE(all);
  EXPECT_THAT(*all, testing::UnorderedElementsAre(repo.commits[2], repo.commits[1], repo.commits[4]));
  EXPECT_EQ(all->front(), repo.commits[2]);
}

}  // namespace
}  // namespace culprit::cli
