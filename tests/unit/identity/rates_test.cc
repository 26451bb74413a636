#include "identity/rates.h"

#include <gtest/gtest.h>

#include <cmath>

namespace culprit::identity {
namespace {

TEST(CrashRates, SilenceSaysMoreTheMoreOftenTheBugShows) {
  const std::vector<Counts> always = {{10, 0}, {10, 0}};
  const std::vector<Counts> half = {{5, 5}, {6, 4}};
  const std::vector<Counts> seldom = {{1, 9}, {2, 8}};
  EXPECT_LT(CrashRates(always).bug_behind_silence(10), CrashRates(half).bug_behind_silence(10));
  EXPECT_LT(CrashRates(half).bug_behind_silence(10), CrashRates(seldom).bug_behind_silence(10));
  EXPECT_GT(CrashRates(seldom).bug_behind_silence(10), 0.1);
}

TEST(CrashRates, MoreSilenceIsMoreProof) {
  const std::vector<Counts> sure = {{7, 3}};
  const CrashRates rates(sure);
  for (int runs = 1; runs < 60; ++runs)
    EXPECT_GT(rates.bug_behind_silence(runs), rates.bug_behind_silence(runs + 1));
}

TEST(CrashRates, RatesThatSwingMakeSilenceWeak) {
  const std::vector<Counts> steady = {{7, 3}, {7, 3}, {7, 3}};
  const std::vector<Counts> swinging = {{10, 0}, {10, 0}, {1, 9}};
  EXPECT_LT(CrashRates(steady).bug_behind_silence(10), CrashRates(swinging).bug_behind_silence(10));
}

TEST(CrashRates, NoRunsChangeNothing) {
  const CrashRates rates;
  EXPECT_EQ(rates.log_likelihood({0, 0}), 0);
  EXPECT_DOUBLE_EQ(rates.bug_behind_silence(0), 0.5);
  EXPECT_DOUBLE_EQ(rates.bug_behind_silence(0, 0.9), 0.9);
}

TEST(CrashRates, ThousandsOfRunsDoNotUnderflow) {
  const std::vector<Counts> sure = {{3000, 3000}, {10, 4000}};
  const CrashRates rates(sure);
  EXPECT_TRUE(std::isfinite(rates.log_likelihood({2000, 5000})));
  EXPECT_TRUE(std::isfinite(rates.log_likelihood(std::vector<Counts>{{2000, 5000}, {3000, 1}})));
  EXPECT_GT(rates.mean(), 0);
  EXPECT_LT(rates.mean(), 1);
}

// A rate of one is as likely on a hundred revisions as on one, once the first few showed it.
TEST(CrashRates, RevisionsThatAgreeAreLearnedFromTogether) {
  const CrashRates bug(std::vector<Counts>{{8, 0}});
  const std::vector<Counts> alike(100, Counts{3, 0});
  EXPECT_GT(bug.log_likelihood(alike), log_likelihood_of_unknown_rate(alike));
  EXPECT_DOUBLE_EQ(bug.log_likelihood(std::vector<Counts>{{3, 1}}), bug.log_likelihood(Counts{3, 1}));
  const std::vector<Counts> rare(5, Counts{1, 9});
  EXPECT_LT(bug.log_likelihood(rare), log_likelihood_of_unknown_rate(rare));
}

TEST(CrashRates, RunsWantedForAVerdictAreEnoughAndNotOneTooMany) {
  for (const int shown : {10, 7, 4, 2}) {
    const std::vector<Counts> sure = {{shown, 10 - shown}};
    const CrashRates rates(sure);
    const int wanted = rates.quiet_runs_for(0.95);
    EXPECT_GE(1 - rates.bug_behind_silence(wanted), 0.95);
    EXPECT_LT(1 - rates.bug_behind_silence(wanted - 1), 0.95);
  }
}

}  // namespace
}  // namespace culprit::identity
