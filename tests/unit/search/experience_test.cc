// What finished bisections teach the next one.

#include "search/belief/experience.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numeric>

#include "base/rng.h"
#include "search/belief/rates.h"
#include "tests/unit/search/evidence_builder.h"

namespace culprit::search {
namespace {

using model::Beliefs;
using model::Lesson;
using testing::Facts;
using testing::id_of;
using testing::line_of;

double row(const Beliefs& beliefs, std::string_view key) {
  for (const BeliefRow& one : told(beliefs))
    if (one.key == key) return one.learned;
  ADD_FAILURE() << key;
  return 0;
}

// Runs of six bad binaries, of a rate that all share or that each has for itself.
Lesson lesson(base::Rng& rng, double rate, bool swings) {
  Lesson out;
  out.tree = "tree";
  for (int binary = 0; binary < 6; ++binary) {
    const double own = swings ? (rng.chance(rate) ? 0.97 : 0.15) : rate;
    Lesson::Sample sample{.runs = 10};
    for (int run = 0; run < sample.runs; ++run) sample.crashes += rng.chance(own);
    out.bad.push_back(sample);
  }
  out.runs = out.ended = 60;
  out.builds = 6;
  return out;
}

TEST(Experience, WithoutLessonsTheBeliefsAreTheShippedOnes) {
  const Beliefs none = learned({}, "tree");
  EXPECT_TRUE(none.rates.empty());
  EXPECT_FALSE(none.half_age_releases);
  for (const BeliefRow& one : told(none)) EXPECT_EQ(one.learned, one.shipped) << one.key;
}

TEST(Experience, RatesThatSwingAreToldFromThoseThatDoNot) {
  base::Rng rng(7);
  std::vector<Lesson> steady, swinging;
  for (int i = 0; i < 60; ++i) {
    steady.push_back(lesson(rng, 0.7, false));
    swinging.push_back(lesson(rng, 0.7, true));
  }
  EXPECT_LT(row(learned(steady, "tree"), "swings"), 0.1);
  EXPECT_GT(row(learned(swinging, "tree"), "swings"), 0.8);
  const auto weights = rate_weights(learned(swinging, "tree"));
  EXPECT_NEAR(std::accumulate(weights.begin(), weights.end(), 0.0), 1, 1e-9);
  for (const double weight : weights) EXPECT_GT(weight, 0);  // evidence can always overrule it
}

TEST(Experience, AFewLessonsMoveLittleAndATreesOwnCountMost) {
  Lesson bad;
  bad.tree = "a";
  bad.runs = 100;
  bad.lost = 45;
  EXPECT_NEAR(row(learned(std::vector{bad}, "a"), "lost"), (10 * 0.05 + 0.45) / 11, 1e-9);
  std::vector<Lesson> lab(50, bad);
  Lesson quiet = bad;
  quiet.tree = "b";
  quiet.lost = 0;
  for (int i = 0; i < 50; ++i) lab.push_back(quiet);
  EXPECT_GT(row(learned(lab, "a"), "lost"), 0.4);
  EXPECT_LT(row(learned(lab, "b"), "lost"), 0.05);
  EXPECT_NEAR(row(learned(lab, "another"), "lost"), 0.21, 0.02);
}

TEST(Experience, AgesAreDrawnToTheirMedianAndTheCensoredOnesCount) {
  std::vector<Lesson> lab(200);
  for (Lesson& one : lab) one.age = 12;
  EXPECT_NEAR(row(learned(lab, ""), "half_age_releases"), 11, 1);
  for (Lesson& one : lab) one.older = true;
  EXPECT_GT(row(learned(lab, ""), "half_age_releases"), 20);
}

TEST(Experience, ALessonCountsTheQuietBadRevisionsToo) {
  const auto graph = line_of(10);
  model::Problem problem;
  problem.start = id_of(9);
  problem.good = {id_of(0)};
  problem.releases = {{"v8", id_of(8)}, {"v6", id_of(6)}, {"v2", id_of(2)}};
  Facts facts;
  facts.built(9).crashed(9, 3, 1).quiet(9, 1);
  facts.built(6).quiet(6, 4);  // bad, and was silent
  facts.built(2).quiet(2, 5);
  facts.crashed(2, 1, 0.3, "another title");
  facts.broken(4);
  const model::Conclusion answer{.kind = model::ResultKind::culprit, .culprit = id_of(5)};
  const Lesson out = lesson_of(graph, problem, facts.evidence, answer);
  EXPECT_EQ(out.bad, (std::vector<Lesson::Sample>{{3, 4}, {0, 4}}));
  EXPECT_EQ(out.builds, 4);
  EXPECT_EQ(out.broken, 1);
  EXPECT_EQ(out.age, 2);
  EXPECT_FALSE(out.older);
  EXPECT_EQ(out.others, std::vector<std::string>{"another title"});
  // No answer: nobody knows which revisions are bad.
  EXPECT_TRUE(lesson_of(graph, problem, facts.evidence, {}).bad.empty());
}

TEST(Experience, ALessonOfAFixIsOfWhatStillHadTheBug) {
  const auto graph = line_of(10);
  model::Problem problem;
  problem.goal = model::Goal::fix;
  problem.start = id_of(2);
  problem.head = id_of(9);
  Facts facts;
  facts.built(2).crashed(2, 4, 1);
  facts.built(4).crashed(4, 2, 1).quiet(4, 1);
  facts.built(9).quiet(9, 6);
  const model::Conclusion answer{.kind = model::ResultKind::culprit, .culprit = id_of(5)};
  EXPECT_EQ(lesson_of(graph, problem, facts.evidence, answer).bad,
            (std::vector<Lesson::Sample>{{4, 4}, {2, 3}}));
}

// A start that crashed in all of its runs and a revision that was quiet: what that says depends on the lab.
TEST(Experience, WhereRatesSwingASilenceSaysLess) {
  base::Rng rng(3);
  std::vector<Lesson> steady, swinging;
  for (int i = 0; i < 100; ++i) {
    steady.push_back(lesson(rng, 0.99, false));
    swinging.push_back(lesson(rng, 0.7, true));
  }
  const auto quiet_is_bad = [](const Beliefs& beliefs) {
    const auto weights = rate_weights(beliefs);
    std::array<double, k_rates> seen{};
    add_log_bad({.crashes = 20, .runs = 20}, seen);
    double all = 0, quiet = 0;
    for (std::size_t j = 0; j < k_rates; ++j) {
      const double weight = weights[j] * std::exp(seen[j]);
      std::array<double, k_rates> silence{};
      add_log_bad({.crashes = 0, .runs = 3}, silence);
      all += weight;
      quiet += weight * std::exp(silence[j]);
    }
    return quiet / all;
  };
  EXPECT_GT(quiet_is_bad(learned(swinging, "tree")), 10 * quiet_is_bad(learned(steady, "tree")));
}

}  // namespace
}  // namespace culprit::search
