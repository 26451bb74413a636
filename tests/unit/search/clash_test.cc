#include "search/check/clash.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "model/run_says.h"

namespace culprit::search {
namespace {

const model::CommitId k_start = *model::CommitId::from_hex(std::string(40, 'a'));
const model::CommitId k_good = *model::CommitId::from_hex(std::string(40, '9'));

class Runs {
 public:
  // Runs of one second of `commit`, all at the same time; an empty title is a quiet run.
  Runs& at_once(const model::CommitId& commit, std::vector<std::string_view> titles) {
    for (const std::string_view title : titles) add(commit, title);
    m_now += 2;
    return *this;
  }
  Runs& by_turns(const model::CommitId& commit, std::vector<std::string_view> titles) {
    for (const std::string_view title : titles) at_once(commit, {title});
    return *this;
  }
  Clash clash(bool is_told = false) const {
    model::Problem problem;
    problem.start = k_start;
    problem.good = {k_good};
    problem.run_slots = 3;
    problem.runs_meet = true;
    const model::Conclusion none{.kind = model::ResultKind::inconclusive};
    return clash_of_runs(problem, m_evidence, is_told ? &none : nullptr);
  }
  model::Evidence& evidence() { return m_evidence; }

 private:
  void add(const model::CommitId& commit, std::string_view title) {
    model::RunRecord run{.id = m_evidence.runs.size() + 1, .commit = commit};
    run.outcome = title.empty() ? model::RunOutcome(model::Ok{})
                                : model::RunOutcome(model::Crashed{std::string(title)});
    run.began = m_now;
    run.seconds = 1;
    m_evidence.runs.push_back(run);
  }
  model::Evidence m_evidence;
  double m_now = 1e9;
};

TEST(Clash, RunsThatMeetForAMomentAreBesideOneAnother) {
  std::vector<model::RunRecord> runs(6);
  const std::vector<std::pair<double, double>> times = {{100, 10}, {101, 1}, {109, 5},
                                                        {114, 1},  {0, 50},  {120, 1}};
  for (std::size_t i = 0; i < runs.size(); ++i)
    runs[i].began = times[i].first, runs[i].seconds = times[i].second;
  EXPECT_EQ(model::ran_beside_others(runs), (std::vector<bool>{true, true, true, false, false, false}));
}

TEST(Clash, AStartThatFailsInSeveralWaysIsRunAlone) {
  Runs runs;
  runs.at_once(k_start, {"SIGSEGV", "port in use", "port in use"});
  for (int alone = 0; alone < 5; ++alone) {
    const Clash clash = runs.clash();
    ASSERT_TRUE(clash.wanted) << alone;
    ASSERT_EQ(clash.wanted->experiments.size(), 1U);
    EXPECT_EQ(clash.wanted->experiments[0].runs, 1);
    EXPECT_TRUE(clash.words.empty());
    runs.at_once(k_start, {"SIGSEGV"});
  }
  EXPECT_TRUE(runs.clash().words.contains("2 of 3 that had others beside them ended otherwise than all 5"));
}

TEST(Clash, ABugOfSeveralLooksIsNone) {
  Runs runs;
  runs.at_once(k_start, {"SIGSEGV", "SIGABRT", "SIGABRT"}).by_turns(k_start, {"SIGSEGV", "SIGABRT"});
  EXPECT_FALSE(runs.clash().wanted);
  EXPECT_TRUE(runs.clash().words.empty());
}

TEST(Clash, AFlakyBugIsRunBesideOthers) {
  Runs runs;
  runs.at_once(k_start, {"SIGSEGV", "", "SIGSEGV"}).at_once(k_good, {"", "SIGSEGV", ""});
  EXPECT_FALSE(runs.clash(true).wanted);
}

TEST(Clash, OfTheSameLookItIsToldByAGoodEndOfTwoMinds) {
  Runs runs;
  runs.at_once(k_start, {"1", "1", "1"}).at_once(k_good, {"", "1", "1"});
  EXPECT_FALSE(runs.clash().wanted) << "a search that goes on may find its answer";
  ASSERT_TRUE(runs.clash(true).wanted);
  EXPECT_EQ(runs.clash(true).wanted->experiments.at(0).commit, k_good);
  runs.by_turns(k_good, {"", "", "", "", ""});
  EXPECT_FALSE(runs.clash().words.empty());
}

TEST(Clash, TwoAtATimeTakeMoreOfThem) {
  Runs runs;
  runs.at_once(k_start, {"SIGSEGV", "port in use"})
      .by_turns(k_start, {"SIGSEGV", "SIGSEGV", "SIGSEGV", "SIGSEGV", "SIGSEGV"});
  int rounds = 0;
  for (; runs.clash().wanted && rounds < 10; ++rounds) {
    EXPECT_EQ(runs.clash().wanted->experiments.at(0).runs, 3);
    runs.at_once(k_start, {"port in use", "SIGSEGV"});
  }
  EXPECT_FALSE(runs.clash().words.empty());
  EXPECT_LE(rounds, 4);
}

TEST(Clash, NothingIsAskedForWhileRunsAreUnderWayNorForGuests) {
  Runs runs;
  runs.at_once(k_start, {"SIGSEGV", "port in use", "port in use"});
  runs.evidence().pending.push_back({.commit = k_start, .runs = 1});
  ASSERT_TRUE(runs.clash().wanted);
  EXPECT_TRUE(runs.clash().wanted->experiments.empty());
  model::Problem guests;
  guests.start = k_start;
  guests.run_slots = 3;
  EXPECT_FALSE(clash_of_runs(guests, runs.evidence(), nullptr).wanted);
}

TEST(Clash, OneAtATimeKeepsTheFirstRunAndAllBuilds) {
  model::Decision decision;
  decision.experiments = {
      {.commit = k_good, .runs = 0}, {.commit = k_start, .runs = 7}, {.commit = k_good, .runs = 2}};
  model::Evidence evidence;
  const model::Decision one = one_at_a_time(evidence, decision);
  ASSERT_EQ(one.experiments.size(), 2U);
  EXPECT_EQ(one.experiments[1].runs, 1);
  evidence.pending.push_back({.commit = k_start, .runs = 1});
  EXPECT_EQ(one_at_a_time(evidence, decision).experiments.size(), 1U);
}

TEST(Clash, WhatHadOthersBesideItIsLeftOut) {
  Runs runs;
  runs.at_once(k_start, {"a", "b"}).at_once(k_start, {"a"});
  const model::Evidence left = without_runs_beside(runs.evidence());
  ASSERT_EQ(left.runs.size(), 1U);
  EXPECT_EQ(left.runs[0].id, 3U);
}

}  // namespace
}  // namespace culprit::search
