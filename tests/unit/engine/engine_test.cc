// The loop: the search decides, the engine obeys, and everything is on record before the next decision.
#include "engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "model/event.h"
#include "model/run/report.h"
#include "tests/unit/engine/fakes.h"

namespace culprit::engine::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;
using ::testing::SizeIs;

// Cancels as soon as an event of `Kind` is on record.
template <class Kind>
class CancelAt final : public model::EventSink {
 public:
  CancelAt(base::CancelToken& token, int count) : m_token(token), m_left(count) {}
  void on_event(const model::Event& event) override {
    if (std::holds_alternative<Kind>(event.body) && --m_left == 0) m_token.cancel();
  }

 private:
  base::CancelToken& m_token;
  int m_left;
};

// Cancels when so many events were seen, replayed ones included.
class CancelAfter final : public model::EventSink {
 public:
  CancelAfter(base::CancelToken& token, std::size_t count) : m_token(token), m_left(count) {}
  void on_event(const model::Event&) override {
    if (m_left == 0) return;
    --m_left;
    if (m_left == 0) m_token.cancel();
  }

 private:
  base::CancelToken& m_token;
  std::size_t m_left;
};

void wait_for(const base::CancelToken& cancel) {
  while (!cancel.cancelled()) std::this_thread::yield();
}

TEST(Engine, DoesWhatTheSearchDecidesAndWritesItDown) {
  Bench bench;
  const auto conclusion = bench.bisect(ScriptedSearch({{experiment(1, 2)}, {experiment(2, 1)}}));
  ASSERT_TRUE(conclusion) << base::render(conclusion.error());
  EXPECT_EQ(conclusion->culprit, id_of(1));
  EXPECT_THAT(
      bench.story(),
      ElementsAre("Decided 1x2", "BuildStarted 1 v1 \"commit 1\"", "BuildFinished 1 ok", "RunStarted 1 #0",
                  "RunFinished 1 ok", "RunStarted 1 #1", "RunFinished 1 ok", "Decided 2x1", "Judged 1 v1",
                  "BuildStarted 2 v2 \"commit 2\"", "BuildFinished 2 ok", "RunStarted 2 #0",
                  "RunFinished 2 ok", "Judged 2 v2", "Finished culprit"));
}

TEST(Engine, TellsTheSearchWhatIsPending) {
  Bench bench;
  bench.builder.keeps = true;  // one thing after another
  const ScriptedSearch search({{experiment(1, 2), experiment(2, 0)}});
  ASSERT_TRUE(bench.bisect(search));
  std::vector<std::string> seen;
  for (const model::Evidence& evidence : search.shown()) {
    std::string& line = seen.emplace_back();
    for (const auto& p : evidence.pending)
      line += std::to_string(number_of(p.commit)) + (p.building ? " builds, " : " runs ") +
              std::to_string(p.runs) + "; ";
  }
  EXPECT_THAT(seen,
              ElementsAre("", "1 runs 2; 2 builds, 0; ", "1 runs 1; 2 builds, 0; ", "2 builds, 0; ", ""));
}

TEST(Engine, BuildsInTheVariantAskedFor) {
  Bench bench;
  ASSERT_TRUE(bench.bisect(ScriptedSearch({{experiment(1, 1)}, {experiment(1, 1, "no-batman")}})));
  EXPECT_THAT(bench.builder.traffic.calls(), SizeIs(2));
  EXPECT_EQ(bench.builder.traffic.calls()[1].what, "no-batman");
  const auto runs = bench.events_of<model::RunFinished>();
  ASSERT_THAT(runs, SizeIs(2));
  EXPECT_EQ(runs[0].run.variant, "");
  EXPECT_EQ(runs[1].run.variant, "no-batman");
  EXPECT_EQ(bench.events_of<model::RunStarted>()[1].number, 1) << "runs are counted by commit";
}

TEST(Engine, ARunOnRecordHasAllThatWasSeen) {
  Bench bench;
  bench.runner.scripted = [](const Call& call, const base::CancelToken&) {
    return call.number == 0 ? FakeRunner::crash() : FakeRunner::quiet();
  };
  const ScriptedSearch search({{experiment(1, 2)}});
  ASSERT_TRUE(bench.bisect(search));
  const auto runs = bench.events_of<model::RunFinished>();
  ASSERT_THAT(runs, SizeIs(2));
  EXPECT_EQ(text_of(runs[0].run.outcome), "SIGSEGV");
  EXPECT_EQ(runs[0].run.identity, model::Identity::target) << "a crash of the start revision";
  EXPECT_GT(runs[0].run.p_target, 0.75);
  EXPECT_FALSE(runs[0].run.completed);
  EXPECT_EQ(runs[0].run.signature, "binary of 1");
  EXPECT_EQ(runs[0].run.seconds, 19);
  EXPECT_NE(runs[0].run.id, runs[1].run.id);
  EXPECT_EQ(bench.console_of(runs[0].run.id), "about to crash\n");
  EXPECT_EQ(runs[1].run.p_target, 0);
  EXPECT_TRUE(runs[1].run.completed);
  // The search sees the same, assessed.
  ASSERT_THAT(search.shown().back().runs, SizeIs(2));
  EXPECT_GT(search.shown().back().runs[0].p_target, 0.75);
  EXPECT_EQ(bench.runner.traffic.calls()[0].what, "artifact of 1");
}

TEST(Engine, ABuildThatFailsIsDataAndRunsNothing) {
  Bench bench;
  bench.builder.scripted[1] = [](const base::CancelToken&) { return FakeBuilder::broken(1, "x.c:1: error"); };
  const ScriptedSearch search({{experiment(1, 3)}, {experiment(2, 1)}});
  ASSERT_TRUE(bench.bisect(search));
  EXPECT_THAT(bench.story(), Not(Contains("RunStarted 1 #0")));
  EXPECT_THAT(bench.story(), Contains("Judged 1 v1"));
  EXPECT_THAT(bench.story(), Contains("RunFinished 2 ok"));
  ASSERT_THAT(search.shown().back().builds, SizeIs(2));
  EXPECT_EQ(search.shown().back().builds[0].status, model::BuildStatus::broken);
  EXPECT_EQ(search.shown().back().builds[0].text, "x.c:1: error");
}

TEST(Engine, NoRunsAskedForIsABuildAlone) {
  Bench bench;
  ASSERT_TRUE(bench.bisect(ScriptedSearch({{experiment(1, 0)}})));
  EXPECT_THAT(bench.story(), ElementsAre("Decided 1x0", "BuildStarted 1 v1 \"commit 1\"",
                                         "BuildFinished 1 ok", "Judged 1 v1", "Finished culprit"));
}

TEST(Engine, BrokenMachineryEndsTheBisectionAndIsOnRecord) {
  Bench bench;
  bench.builder.scripted[1] = [](const base::CancelToken&) -> base::Result<build::BuildProduct> {
    return base::fail(base::ErrorKind::infra, "no compiler 'gcc-12'", "install it");
  };
  const auto result = bench.bisect(ScriptedSearch({{experiment(1, 1)}}));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, base::ErrorKind::infra);
  EXPECT_EQ(result.error().what, "no compiler 'gcc-12'");
  EXPECT_EQ(result.error().hint, "install it");
  EXPECT_THAT(bench.story(), ElementsAre("Decided 1x1", "BuildStarted 1 v1 \"commit 1\"",
                                         "Interrupted: no compiler 'gcc-12'"));
}

TEST(Engine, AnExceptionOfAWorkerIsAnErrorOfTheMachine) {
  const std::string hint = "`culprit resume` continues; no finished run is repeated";
  {
    Bench bench;
    bench.builder.scripted[1] = [](const base::CancelToken&) -> base::Result<build::BuildProduct> {
      throw std::runtime_error("the file system is read-only");
    };
    const auto result = bench.bisect(ScriptedSearch({{experiment(1, 1)}}));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, base::ErrorKind::infra);
    EXPECT_EQ(result.error().what, "the file system is read-only");
    EXPECT_EQ(result.error().hint, hint);
    EXPECT_EQ(bench.story().back(), "Interrupted: the file system is read-only");
  }
  Bench bench;
  bench.runner.scripted = [](const Call&, const base::CancelToken&) -> base::Result<model::RawRun> {
    throw std::bad_alloc();
  };
  const auto result = bench.bisect(ScriptedSearch({{experiment(1, 1)}}));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, base::ErrorKind::infra);
  EXPECT_EQ(result.error().what, "out of memory");
  EXPECT_EQ(result.error().hint, hint);
  EXPECT_EQ(bench.story().back(), "Interrupted: out of memory");
}

TEST(Engine, ACommandThatAsksForTheEndEndsTheBisection) {
  Bench bench;
  bench.runner.scripted = [](const Call&, const base::CancelToken&) {
    model::RawRun raw = FakeRunner::quiet();
    raw.exit_code = 255;
    raw.console = "ssh: no route\n";
    return raw;
  };
  const auto result = bench.bisect(ScriptedSearch({{experiment(1, 1)}}));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, base::ErrorKind::usage);
  EXPECT_EQ(bench.story().back(),
            "Interrupted: the command ended with exit code 255, which ends a bisection, at " +
                id_of(1).short_hex() + "; the last that it printed: ssh: no route");
  EXPECT_THAT(bench.events_of<model::RunFinished>(), SizeIs(0));
}

TEST(Engine, CancelledBeforeItBeginsItAsksNothing) {
  Bench bench;
  bench.cancel.cancel();
  const ScriptedSearch search({{experiment(1, 1)}});
  const auto result = bench.bisect(search);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, base::ErrorKind::interrupted);
  EXPECT_THAT(search.shown(), SizeIs(0));
  EXPECT_THAT(bench.story(), ElementsAre("Interrupted: interrupted"));
}

TEST(Engine, CancelledInARunItWaitsForItAndRecordsTheInterruption) {
  Bench bench;
  bench.runner.scripted = [](const Call&, const base::CancelToken& cancel) -> base::Result<model::RawRun> {
    wait_for(cancel);
    return base::fail(base::ErrorKind::interrupted, "the run was stopped");
  };
  CancelAt<model::RunStarted> sink(bench.cancel, 1);
  bench.sink = &sink;
  const auto result = bench.bisect(ScriptedSearch({{experiment(1, 2)}}));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, base::ErrorKind::interrupted);
  EXPECT_EQ(result.error().what, "interrupted");
  EXPECT_EQ(result.error().hint, "`culprit resume` continues; no finished run is repeated");
  EXPECT_THAT(bench.story(),
              ElementsAre("Decided 1x2", "BuildStarted 1 v1 \"commit 1\"", "BuildFinished 1 ok",
                          "RunStarted 1 #0", "Interrupted: interrupted"));
  EXPECT_FALSE(bench.runner.traffic.busy()) << "a run outlived its bisection";
}

TEST(Engine, CancelledInABuildItKeepsWhatWasBuiltAllTheSame) {
  Bench bench;
  bench.builder.scripted[1] = [](const base::CancelToken& cancel) {
    wait_for(cancel);
    return FakeBuilder::product(1);
  };
  CancelAt<model::BuildStarted> sink(bench.cancel, 1);
  bench.sink = &sink;
  ASSERT_FALSE(bench.bisect(ScriptedSearch({{experiment(1, 2)}})));
  EXPECT_THAT(bench.story(), ElementsAre("Decided 1x2", "BuildStarted 1 v1 \"commit 1\"",
                                         "BuildFinished 1 ok", "Interrupted: interrupted"));
}

// A shutdown signals every process: what crashes or breaks while all is ended may be its doing.
TEST(Engine, ACrashWhileItEndsIsTriedAgain) {
  Bench bench;
  bench.problem.run_slots = 2;
  Gathering both(2);
  // One run breaks the machinery, the other crashes as it is stopped.
  bench.runner.scripted = [&](const Call& call,
                              const base::CancelToken& cancel) -> base::Result<model::RawRun> {
    EXPECT_TRUE(both.arrive());
    if (call.number == 1) return base::fail(base::ErrorKind::infra, "the disk is full");
    wait_for(cancel);
    return FakeRunner::crash();
  };
  ASSERT_FALSE(bench.bisect(ScriptedSearch({{experiment(1, 2)}})));
  EXPECT_THAT(bench.events_of<model::RunFinished>(), SizeIs(0));
  EXPECT_EQ(bench.story().back(), "Interrupted: the disk is full");
}

TEST(Engine, AQuietRunWhileItEndsIsKept) {
  Bench bench;
  bench.problem.run_slots = 2;
  Gathering both(2);
  bench.runner.scripted = [&](const Call& call,
                              const base::CancelToken& cancel) -> base::Result<model::RawRun> {
    EXPECT_TRUE(both.arrive());
    if (call.number == 1) return base::fail(base::ErrorKind::infra, "the disk is full");
    wait_for(cancel);
    return FakeRunner::quiet();
  };
  ASSERT_FALSE(bench.bisect(ScriptedSearch({{experiment(1, 2)}})));
  EXPECT_THAT(bench.events_of<model::RunFinished>(), SizeIs(1));
  EXPECT_EQ(bench.story().back(), "Interrupted: the disk is full");
}

TEST(Engine, AnArtifactThatLivesInItsSlotRunsThereOneAtATime) {
  Bench bench;
  bench.builder.keeps = true;
  bench.problem.build_slots = 2;
  bench.problem.run_slots = 4;
  Gathering both(2);
  std::atomic<int> first{0};
  // The first runs of the two wait for each other: two worktrees, two runs at once.
  bench.runner.scripted = [&](const Call&, const base::CancelToken&) {
    if (first++ < 2) {
      EXPECT_TRUE(both.arrive());
    }
    return FakeRunner::quiet();
  };
  ASSERT_TRUE(bench.bisect(ScriptedSearch({{experiment(1, 3), experiment(2, 3)}})));
  EXPECT_EQ(bench.runner.traffic.most_at_once(), 2U);
  EXPECT_FALSE(bench.runner.traffic.shared_a_slot());
  std::map<int, int> built_in;
  for (const Call& call : bench.builder.traffic.calls()) built_in[call.commit] = call.slot;
  for (const Call& call : bench.runner.traffic.calls()) EXPECT_EQ(call.slot, built_in[call.commit]);
}

TEST(Engine, AKeptSlotBuildsNothingElseUntilItsRunsAreOver) {
  Bench bench;
  bench.builder.keeps = true;
  ASSERT_TRUE(bench.bisect(ScriptedSearch({{experiment(1, 2), experiment(2, 1)}})));
  const auto story = bench.story();
  const auto place = [&](const std::string& line) { return std::ranges::find(story, line) - story.begin(); };
  EXPECT_GT(place("BuildStarted 2 v2 \"commit 2\""), place("RunStarted 1 #1"));
  EXPECT_GT(place("BuildStarted 2 v2 \"commit 2\""), place("RunFinished 1 ok") + 1);
}

// A kernel's image is free of the tree that it was built in.
TEST(Engine, WhereTheSlotIsNotKeptTheNextBuildGoesOnBesideTheRuns) {
  Bench bench;
  Gathering both(2);
  bench.builder.scripted[2] = [&](const base::CancelToken&) {
    EXPECT_TRUE(both.arrive()) << "the build waited for the run";
    return FakeBuilder::product(2);
  };
  bench.runner.scripted = [&](const Call& call, const base::CancelToken&) {
    if (call.commit == 1) {
      EXPECT_TRUE(both.arrive()) << "the run waited for the build";
    }
    return FakeRunner::quiet();
  };
  ASSERT_TRUE(bench.bisect(ScriptedSearch({{experiment(1, 1), experiment(2, 1)}})));
}

TEST(Engine, UsesEveryRunSlotAndNoMore) {
  Bench bench;
  bench.problem.run_slots = 3;
  Gathering three(3);
  std::atomic<int> first{0};
  bench.runner.scripted = [&](const Call&, const base::CancelToken&) {
    if (first++ < 3) {
      EXPECT_TRUE(three.arrive());
    }
    return FakeRunner::quiet();
  };
  ASSERT_TRUE(bench.bisect(ScriptedSearch({{experiment(1, 7)}})));
  EXPECT_EQ(bench.runner.traffic.most_at_once(), 3U);
  EXPECT_FALSE(bench.runner.traffic.shared_a_slot());
  std::set<int> numbers;
  for (const Call& call : bench.runner.traffic.calls()) {
    numbers.insert(call.number);
    EXPECT_GE(call.slot, 0);
    EXPECT_LT(call.slot, 3);
  }
  EXPECT_THAT(numbers, ElementsAre(0, 1, 2, 3, 4, 5, 6)) << "each run has a number of its own";
}

TEST(Engine, ABuildGoesBackToTheSlotThatHasTheCommit) {
  Bench bench;
  bench.problem.build_slots = 2;
  Gathering both(2);
  for (const int commit : {1, 2})
    bench.builder.scripted[commit] = [&, commit](const base::CancelToken&) {
      EXPECT_TRUE(both.arrive());  // so that each has a slot
      return FakeBuilder::product(commit);
    };
  ASSERT_TRUE(bench.bisect(ScriptedSearch({{experiment(1, 1), experiment(2, 1)}, {experiment(2, 2)}})));
  const auto calls = bench.builder.traffic.calls();
  ASSERT_THAT(calls, SizeIs(3));
  const int before = calls[0].commit == 2 ? calls[0].slot : calls[1].slot;
  EXPECT_EQ(calls[2].slot, before);
}

TEST(Engine, ASlotThatIsAskedForIsTaken) {
  for (const bool keeps_slot : {true, false}) {
    Bench bench;
    bench.builder.keeps = keeps_slot;
    bench.problem.build_slots = bench.problem.run_slots = 2;
    auto elsewhere = experiment(1, 2);
    elsewhere.slot = 1;
    auto no_such = experiment(1, 3);
    no_such.slot = 7;
    ASSERT_TRUE(bench.bisect(ScriptedSearch({{experiment(1, 1)}, {elsewhere}, {no_such}})));
    const auto calls = bench.runner.traffic.calls();
    ASSERT_THAT(calls, SizeIs(3));
    EXPECT_EQ(calls[0].slot, 0);
    EXPECT_EQ(calls[1].slot, 1);
    EXPECT_GE(calls[2].slot, 0);
  }
}

TEST(Engine, WhatIsBuiltAlreadyIsNotToldTwice) {
  Bench bench;
  ASSERT_TRUE(bench.bisect(ScriptedSearch({{experiment(1, 1)}, {experiment(1, 2)}})));
  EXPECT_THAT(bench.builder.traffic.calls(), SizeIs(2)) << "its artifact is wanted again";
  EXPECT_THAT(bench.events_of<model::BuildStarted>(), SizeIs(1));
  EXPECT_THAT(bench.events_of<model::BuildFinished>(), SizeIs(1));
}

TEST(Engine, ABuildThatWorkedOnceAndFailsNowIsTheMachinesFault) {
  Bench bench;
  int builds = 0;
  bench.builder.scripted[1] = [&](const base::CancelToken&) {
    return ++builds == 1 ? FakeBuilder::product(1) : FakeBuilder::broken(1, "cc1: out of memory");
  };
  ASSERT_TRUE(bench.bisect(ScriptedSearch({{experiment(1, 1)}, {experiment(1, 2)}})));
  const auto finished = bench.events_of<model::BuildFinished>();
  ASSERT_THAT(finished, SizeIs(2));
  EXPECT_EQ(finished[0].build.status, model::BuildStatus::ok);
  EXPECT_EQ(finished[1].build.status, model::BuildStatus::infra);
  EXPECT_EQ(finished[1].build.text, "cc1: out of memory");
}

TEST(Engine, SentencesAreToldOnce) {
  Bench bench;
  for (const int commit : {1, 2})
    bench.builder.scripted[commit] = [commit](const base::CancelToken&) {
      build::BuildProduct product = FakeBuilder::product(commit);
      product.remark = "built without ccache";
      return product;
    };
  ScriptedSearch search({{experiment(1, 1)}, {experiment(2, 1)}});
  search.notes = {"the machine is slow"};
  ASSERT_TRUE(bench.bisect(search));
  EXPECT_THAT(bench.story(), Contains("Note: built without ccache").Times(1));
  EXPECT_THAT(bench.story(), Contains("Note: the machine is slow").Times(1));
}

TEST(Engine, WhatOthersNoteIsOnRecord) {
  Bench bench;
  int asked = 0;
  bench.take_notes = [&] {
    return ++asked == 1 ? std::vector<std::string>{"a mirror was slow"} : std::vector<std::string>{};
  };
  ASSERT_TRUE(bench.bisect(ScriptedSearch({{experiment(1, 1)}})));
  EXPECT_EQ(bench.story().front(), "Note: a mirror was slow");
  EXPECT_GT(asked, 1);
}

TEST(Engine, AWordOfAPersonIsJudgedToo) {
  Bench bench;
  bench.record(model::PersonJudged{{id_of(5), model::UserVerdict::good}});
  ASSERT_TRUE(bench.bisect(ScriptedSearch({{experiment(1, 1)}})));
  EXPECT_THAT(bench.story(), Contains("Judged 5 "));
}

// A stop after every few events, all the way to the end. After one alone nothing but the decision is made,
// and a crash beside another experiment might be put off for ever. A checkout that a stop cost is built again, which is
// on record too: an event more before anything is run.
TEST(Engine, NothingOnRecordIsRepeatedAfterAStop) {
  for (const bool keeps : {true, false}) {
    for (std::size_t stop = keeps ? 3 : 2; stop < 20; ++stop) {
      SCOPED_TRACE("a stop after every " + std::to_string(stop) + " events");
      Bench bench;
      bench.builder.keeps = keeps;
      bench.runner.scripted = [](const Call& call, const base::CancelToken&) {
        return call.commit == 1 ? FakeRunner::crash() : FakeRunner::quiet();
      };
      const ScriptedSearch search({{experiment(1, 3)}, {experiment(2, 2), experiment(3, 1)}});
      base::Result<model::Conclusion> result = base::fail(base::ErrorKind::internal, "never ran");
      for (int attempt = 0; attempt < 100 && !result; ++attempt) {
        base::CancelToken token;
        CancelAfter sink(token, bench.events().size() + stop);
        bench.sink = &sink;
        result = bench.bisect(search, token);
        if (result) break;
        ASSERT_EQ(result.error().kind, base::ErrorKind::interrupted) << base::render(result.error());
        ASSERT_EQ(bench.story().back(), "Interrupted: interrupted");
      }
      ASSERT_TRUE(result);
      std::map<int, int> runs;
      std::set<std::uint64_t> ids;
      for (const auto& event : bench.events_of<model::RunFinished>()) {
        ++runs[number_of(event.run.commit)];
        ids.insert(event.run.id);
      }
      EXPECT_EQ(runs, (std::map<int, int>{{1, 3}, {2, 2}, {3, 1}}));
      EXPECT_THAT(ids, SizeIs(6));
      const std::size_t builds = bench.events_of<model::BuildFinished>().size();
      EXPECT_TRUE(keeps ? builds >= 3 : builds == 3) << builds;
      EXPECT_THAT(bench.events_of<model::Finished>(), SizeIs(1));
    }
  }
}

// Neither an experiment nor an answer, and nothing to wait for: a bug of the search's, which ends the
// program.
TEST(EngineDeathTest, ASearchThatWaitsForNothingIsFoundOut) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  class Silent final : public search::Search {
   public:
    model::Decision next(const model::Evidence&) const override { return {}; }
    std::vector<model::RevisionVerdict> verdicts(const model::Evidence&) const override { return {}; }
  };
  EXPECT_EXIT(
      {
        Bench bench;
        (void)bench.bisect(Silent());
      },
      ::testing::ExitedWithCode(70), "the search waits although nothing is pending");
}

}  // namespace
}  // namespace culprit::engine::testing
