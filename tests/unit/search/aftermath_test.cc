#include "search/check/aftermath.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace culprit::search {
namespace {

const model::CommitId k_bad_end = *model::CommitId::from_hex(std::string(40, 'a'));
const model::CommitId k_good_end = *model::CommitId::from_hex(std::string(40, '9'));
const model::CommitId k_between = *model::CommitId::from_hex(std::string(40, '5'));

// A machine on which runs of 0.1 s are made one after another; `fails` says what comes of each by its commit, its beginning and the end of
// the last failing run.
class Machine {
 public:
  using Fails = std::function<bool(const model::CommitId&, double now, double last_failed)>;
  explicit Machine(Fails fails) : m_fails(std::move(fails)) {
    m_problem.start = k_bad_end;
    m_problem.good = {k_good_end};
    m_problem.runs_meet = true;
  }
  Machine& run(const model::CommitId& commit, int times, double pause_s = 0) {
    for (int i = 0; i < times; ++i) {
      m_now += 0.01 + (i == 0 ? pause_s : 0);
      const bool failed = m_fails(commit, m_now, m_last_failed);
      model::RunRecord run{.id = m_evidence.runs.size() + 1, .commit = commit};
      run.outcome =
          failed ? model::RunOutcome(model::Crashed{"exit code 1"}) : model::RunOutcome(model::Ok{});
      run.began = m_now;
      run.seconds = 0.1;
      m_now += 0.1;
      if (failed) m_last_failed = m_now;
      m_evidence.runs.push_back(run);
    }
    return *this;
  }
  // Whatever is asked for, until nothing more is; how many runs that took.
  int ask(const model::Conclusion* told) {
    int runs = 0;
    for (Aftermath after = look(told); after.wanted && runs < 50; after = look(told))
      for (const model::Experiment& e : after.wanted->experiments)
        runs += e.runs, run(e.commit, e.runs, e.pause_s);
    return runs;
  }
  Aftermath look(const model::Conclusion* told) const {
    return aftermath_of_runs(m_problem, m_evidence, told);
  }
  model::Problem& problem() { return m_problem; }
  const model::Evidence& evidence() const { return m_evidence; }

 private:
  Fails m_fails;
  model::Problem m_problem;
  model::Evidence m_evidence;
  double m_now = 1e9, m_last_failed = 0;
};

const model::Conclusion k_good_end_crashes{.kind = model::ResultKind::good_end_crashes};

TEST(Aftermath, ABanOfSomeSecondsIsFoundBeforeTheGoodEndIsSaidToCrash) {
  for (const double ban : {0.5, 1.5, 3.0, 4.5}) {
    Machine machine([&](const model::CommitId& commit, double now, double last) {
      return commit == k_bad_end || now - last < ban;
    });
    machine.run(k_bad_end, 4).run(k_good_end, 2);
    EXPECT_LE(machine.ask(&k_good_end_crashes), 25) << ban;
    const Aftermath after = machine.look(nullptr);
    EXPECT_GE(after.rest_s, ban) << after.words;
    EXPECT_LE(after.rest_s, 5);
    for (const model::RunRecord& run : rested_runs(machine.evidence(), after.rest_s).runs)
      EXPECT_EQ(run.commit == k_bad_end, kind_of(run.outcome) == model::OutcomeKind::crashed);
  }
}

TEST(Aftermath, ABanThatAFailingRunInItDoesNotRenewIsOneToo) {
  double until = 0;
  Machine machine([&](const model::CommitId& commit, double now, double) {
    if (now < until) return true;
    if (commit != k_bad_end) return false;
    until = now + 3;
    return true;
  });
  machine.run(k_bad_end, 4).run(k_good_end, 5);
  machine.ask(&k_good_end_crashes);
  EXPECT_GE(machine.look(nullptr).rest_s, 3);
}

TEST(Aftermath, AGoodEndThatHasTheBugCostsOneRunAfterARest) {
  Machine machine([](const model::CommitId&, double, double) { return true; });
  machine.run(k_bad_end, 4).run(k_good_end, 2);
  EXPECT_EQ(machine.ask(&k_good_end_crashes), 1);
  EXPECT_TRUE(machine.look(nullptr).words.empty());
}

TEST(Aftermath, AMomentAfterWhichAllIsWellIsNone) {
  int runs = 0;
  Machine machine(
      [&](const model::CommitId& commit, double, double) { return commit == k_bad_end || runs++ < 3; });
  machine.run(k_bad_end, 4).run(k_good_end, 2);
  EXPECT_LE(machine.ask(&k_good_end_crashes), 10);
  EXPECT_TRUE(machine.look(nullptr).words.empty());
}

TEST(Aftermath, ALockThatTheNextRunTakesAwayIsNone) {
  bool locked = false;
  Machine machine([&](const model::CommitId& commit, double, double) {
    const bool was_locked = locked;
    locked = !was_locked && commit == k_bad_end;
    return was_locked || locked;
  });
  machine.run(k_bad_end, 4).run(k_good_end, 3).run(k_bad_end, 1).run(k_good_end, 3);
  machine.ask(&k_good_end_crashes);
  EXPECT_TRUE(machine.look(nullptr).words.empty());
}

TEST(Aftermath, AFlakyGoodEndIsNone) {
  int found = 0;
  for (unsigned seed = 1; seed <= 200; ++seed) {
    unsigned state = seed * 2654435761U;
    Machine machine([&](const model::CommitId& commit, double, double) {
      state = state * 1664525U + 1013904223U;
      return commit == k_bad_end || state >> 31 != 0;
    });
    machine.run(k_bad_end, 4).run(k_good_end, 6);
    machine.ask(&k_good_end_crashes);
    found += !machine.look(nullptr).words.empty();
  }
  EXPECT_LE(found, 10);
}

TEST(Aftermath, IsNotLookedForWhereTheStartIsQuietOrTheSearchHasItsAnswer) {
  int runs = 0;
  Machine machine([&](const model::CommitId&, double, double) { return runs++ % 2 == 0; });
  machine.run(k_bad_end, 4).run(k_good_end, 4);
  EXPECT_FALSE(machine.look(&k_good_end_crashes).wanted);
  Machine sure([](const model::CommitId& commit, double, double) { return commit == k_bad_end; });
  sure.run(k_bad_end, 4).run(k_good_end, 4);
  const model::Conclusion answer{.kind = model::ResultKind::culprit};
  EXPECT_FALSE(sure.look(&answer).wanted);
  sure.problem().runs_meet = false;
  EXPECT_FALSE(sure.look(&k_good_end_crashes).wanted);
}

TEST(Aftermath, ARestStandsBehindAFailingRunOnly) {
  Machine machine([](const model::CommitId& commit, double, double) { return commit == k_bad_end; });
  machine.run(k_bad_end, 1);
  model::Decision decision;
  decision.experiments = {{.commit = k_between, .runs = 4}};
  EXPECT_EQ(with_rests(machine.evidence(), decision, 3).experiments.at(0).pause_s, 3);
  EXPECT_EQ(with_rests(machine.evidence(), decision, 3).experiments.at(0).runs, 1);
  machine.run(k_good_end, 1);
  EXPECT_EQ(with_rests(machine.evidence(), decision, 3).experiments.at(0).pause_s, 0);
}

}  // namespace
}  // namespace culprit::search
