// Jobs, their record, and the policies.

#include "service/queue/queue.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "service/core/branches.h"
#include "service/queue/experience.h"
#include "service/queue/fixes.h"
#include "service/queue/policy.h"
#include "service/queue/spec.h"

namespace culprit::service {
namespace {

JobSpec program(const std::string& owner = "alice") {
  JobSpec spec;
  spec.repository = "/srv/tree";
  spec.command = {"./test.sh"};
  spec.owner = owner;
  return spec;
}

std::string refusal(std::string_view text) {
  const auto spec = spec_from_text(text);
  return spec ? "" : spec.error().what + " | " + spec.error().hint;
}

TEST(Spec, WhatIsWrongWithItIsSaid) {
  EXPECT_EQ(refusal("{"), "this is no JSON | docs/service.md has an example of a job");
  EXPECT_EQ(refusal("[]"), "a job is a JSON object | docs/service.md has an example");
  EXPECT_EQ(refusal(R"({"repositry": "/x"})"), "a job has no field 'repositry' | did you mean 'repository'?");
  EXPECT_EQ(refusal(R"({"command": ["x"]})"),
            "a job needs a repository | \"repository\": the absolute path of a git repository on the "
            "service's machine");
  EXPECT_EQ(refusal(R"({"repository": "x", "command": ["x"]})").substr(0, 42),
            "the repository 'x' is no absolute path | \"");
  EXPECT_EQ(refusal(R"({"repository": "/x"})").substr(0, 31), "a job needs something to run | ");
  EXPECT_EQ(refusal(R"({"repository": "/x", "command": "make test"})").substr(0, 34),
            "'command' is not a list of texts |");
  EXPECT_EQ(refusal(R"({"repository": "/x", "command": ["x"], "runs": 2.5})").substr(0, 27),
            "'runs' is not a whole numbe");
  EXPECT_EQ(refusal(R"({"repository": "/x", "command": ["x"], "bad": "--output=/etc/x"})").substr(0, 35),
            "'--output=/etc/x' is no revision | ");
  EXPECT_EQ(refusal(R"({"repository": "/x", "command": ["x"], "config": "/k.toml"})").substr(0, 38),
            "command and config exclude each other ");
}

TEST(Spec, JsonAndBackIsTheSame) {
  JobSpec spec = program();
  spec.good = {"v1", "v2"};
  spec.fix = true;
  spec.timeout = 2.5;
  spec.labels = {"a b", "ü"};
  const auto again = spec_from_text(to_json(spec).dump());
  ASSERT_TRUE(again);
  EXPECT_EQ(to_json(*again), to_json(spec));
  EXPECT_EQ(arguments_of(*again, ""), (std::vector<std::string>{"--good=v1", "--good=v2", "--fix",
                                                                "--timeout=2.5", "--", "./test.sh"}));
}

class QueueTest : public testing::Test {
 protected:
  QueueTest() : m_dir(std::move(*base::TempDir::create("culprit-queue-"))) {}
  Queue open() { return std::move(*Queue::open(m_dir.path() / "queue.db")); }
  base::TempDir m_dir;
  Policy m_policy;
};

TEST_F(QueueTest, WhatIsOnRecordIsReadBack) {
  {
    Queue queue = open();
    ASSERT_EQ(*queue.submit(program(), "alice", 10), 1);
    ASSERT_EQ(*queue.submit(program(), "alice", 11), 2);
    ASSERT_TRUE(queue.start(1, 12));
    ASSERT_TRUE(queue.hold(2, "not now", "bob", 13));
  }
  Queue queue = open();
  EXPECT_EQ(queue.find(1)->state, JobState::running);
  EXPECT_EQ(queue.find(1)->attempts, 1);
  EXPECT_EQ(queue.find(2)->state, JobState::held);
  EXPECT_EQ(queue.find(2)->reason, "bob holds it: not now");
  EXPECT_EQ(*queue.recover(14), 1);
  EXPECT_EQ(queue.find(1)->state, JobState::queued);
  EXPECT_EQ(queue.find(1)->reason, "the service was killed while it ran; it goes on where it was");
}

TEST_F(QueueTest, AKeyIsSubmittedOnceAlsoAfterARestart) {
  JobSpec spec = program();
  spec.key = "nightly-7";
  ASSERT_EQ(*open().submit(spec, "alice", 1), 1);
  Queue queue = open();
  EXPECT_EQ(*queue.submit(spec, "alice", 2), 1);
  EXPECT_EQ(queue.jobs().size(), 1);
}

TEST_F(QueueTest, ARunningJobThatWasCancelledIsCancelledAfterAKill) {
  Queue queue = open();
  ASSERT_TRUE(queue.submit(program(), "alice", 1));
  ASSERT_TRUE(queue.start(1, 2));
  ASSERT_TRUE(queue.cancel(1, "wrong tree", "alice", 3));
  EXPECT_EQ(queue.find(1)->state, JobState::running);
  ASSERT_EQ(*queue.recover(4), 1);
  EXPECT_EQ(queue.find(1)->state, JobState::cancelled);
  EXPECT_EQ(queue.find(1)->reason, "alice cancelled it: wrong tree");
}

TEST_F(QueueTest, TroubleOfTheMachineIsTriedAgainWithGrowingWaitsAndNotForEver) {
  m_policy.retry_after = {60, 600};
  Queue queue = open();
  ASSERT_TRUE(queue.submit(program(), "alice", 0));
  const AttemptEnd trouble{.exit_code = 3, .message = "the disk is full"};
  double now = 0;
  for (const double wait : m_policy.retry_after) {
    ASSERT_TRUE(queue.start(1, now));
    ASSERT_TRUE(queue.end(1, trouble, m_policy, now));
    EXPECT_EQ(queue.find(1)->state, JobState::waiting);
    EXPECT_EQ(queue.find(1)->until, now + wait);
    now += wait;
    ASSERT_TRUE(queue.wake(1, now));
  }
  ASSERT_TRUE(queue.start(1, now));
  ASSERT_TRUE(queue.end(1, trouble, m_policy, now));
  EXPECT_EQ(queue.find(1)->state, JobState::failed);
  EXPECT_EQ(queue.find(1)->reason, "the disk is full; it was tried 3 times");
  // A person's retry begins to count anew.
  ASSERT_TRUE(queue.retry(1, "bob", now));
  EXPECT_EQ(queue.find(1)->state, JobState::queued);
  EXPECT_EQ(queue.find(1)->retries, 0);
}

TEST_F(QueueTest, WhatAJobTaughtSurvivesAKillAndAPersonTakesItBack) {
  AttemptEnd end{.exit_code = 0,
                 .answer = Answer{"culprit", std::string(40, 'a'), "a title", 0.99, "SIGSEGV"}};
  end.lesson = model::Lesson{.bad = {{3, 4}}, .runs = 9};
  {
    Queue queue = open();
    ASSERT_TRUE(queue.submit(program(), "alice", 0));
    ASSERT_TRUE(queue.start(1, 1));
    ASSERT_TRUE(queue.end(1, end, m_policy, 2));
    ASSERT_TRUE(queue.import_lessons({model::Lesson{.tree = "elsewhere", .runs = 5}}, "bob", 3));
  }
  Queue queue = open();
  const auto known = experience_for(queue, "/srv/tree");
  EXPECT_EQ(known.tree, "/srv/tree");
  ASSERT_EQ(known.lessons.size(), 2);
  EXPECT_EQ(known.lessons[0].tree, "elsewhere");
  EXPECT_EQ(known.lessons[1].tree, "/srv/tree");
  EXPECT_EQ(known.lessons[1].bad, end.lesson->bad);
  ASSERT_TRUE(queue.say(1, {.verdict = "wrong", .by = "bob"}, 4));
  EXPECT_EQ(experience_for(queue, "/srv/tree").lessons.size(), 1);
  ASSERT_TRUE(queue.say(1, {.verdict = "right", .by = "bob"}, 5));
  EXPECT_EQ(experience_for(queue, "/srv/tree").lessons.size(), 2);
}

// The cause at 2, the fix sought from 12 on; a head that has the bug; somebody who saw it; a fix.
TEST_F(QueueTest, AFixIsSoughtOnceTheBugWasNotSeenForAWhile) {
  m_policy.fix_after = 10;
  Queue queue = open();
  const auto done = [&](std::int64_t job, const char* kind, int exit_code, double now) {
    EXPECT_TRUE(queue.start(job, now));
    AttemptEnd end{.exit_code = exit_code, .answer = Answer{kind, "", "", 0.99, "SIGSEGV in f"}};
    if (exit_code == 0) end.answer->commit = std::string(40, 'a');
    EXPECT_TRUE(queue.end(job, end, m_policy, now));
  };
  const auto due = [&] { return fixes(queue.jobs(), m_policy).at(0).due; };
  JobSpec asked = program();
  asked.good = {"v1.0"};
  asked.oldest = "v0.9";
  asked.key = "nightly";
  ASSERT_TRUE(queue.submit(asked, "alice", 0));
  EXPECT_TRUE(fixes(queue.jobs(), m_policy).empty());
  done(1, "culprit", 0, 2);
  ASSERT_TRUE(queue.place(1, 1, "", 2));
  EXPECT_EQ(due(), 12);
  ASSERT_TRUE(queue.saw(1, "in the field", "bob", 5));
  EXPECT_EQ(due(), 15);
  const JobSpec first = fix_spec(*queue.find(1), std::string(40, 'b'), "origin/main");
  EXPECT_TRUE(first.fix);
  EXPECT_EQ(first.bad, std::string(40, 'b'));
  EXPECT_EQ(first.good, std::vector<std::string>{"origin/main"});
  EXPECT_EQ(first.oldest, "");
  EXPECT_EQ(first.key, "");
  ASSERT_EQ(*queue.seek_fix(1, first, 15), 2);
  EXPECT_EQ(queue.find(2)->bug, 1);
  EXPECT_EQ(fixes(open().jobs(), m_policy).at(0).due, 0);  // after a kill
  EXPECT_EQ(due(), 0);
  done(2, "good_end_crashes", 4, 20);
  EXPECT_EQ(queue.find(2)->state, JobState::inconclusive);
  EXPECT_EQ(due(), 30);
  ASSERT_EQ(*queue.seek_fix(1, first, 31), 3);
  done(3, "culprit", 0, 33);
  EXPECT_EQ(due(), 0);
  EXPECT_EQ(open().find(3)->bug, 1);
  m_policy.fix_after = 0;
  EXPECT_EQ(due(), 0);
}

TEST_F(QueueTest, ABugsBranchesAreAskedForInEachRepositoryWithACause) {
  Queue queue = open();
  const auto answered = [&](const std::string& repository, bool fix, char commit) {
    JobSpec spec = program();
    spec.repository = repository;
    spec.fix = fix;
    const std::int64_t id = *queue.submit(spec, "alice", 0);
    EXPECT_TRUE(queue.start(id, 1));
    EXPECT_TRUE(queue.end(
        id, {.exit_code = 0, .answer = Answer{"culprit", std::string(40, commit), "", 1, "x"}}, m_policy, 2));
    EXPECT_TRUE(queue.place(id, 1, "", 2));
    return id;
  };
  const auto ask = [&] {
    return branch_questions(queue.jobs(), 1, {{.name = "b", .repository = "/b", .branches = {"lts"}}});
  };
  answered("/a", false, 'a');
  answered("/b", false, 'b');
  answered("/c", true, 'c');
  auto asked = ask();
  ASSERT_EQ(asked.size(), 2);
  EXPECT_EQ(asked[0].cause, std::string(40, 'a'));
  EXPECT_EQ(asked[0].fix, std::string(40, 'c'));
  EXPECT_FALSE(asked[0].fix_is_of_the_tree);
  EXPECT_TRUE(asked[0].branches.empty());
  EXPECT_EQ(asked[1].branches, std::vector<std::string>{"lts"});
  answered("/b", true, 'd');
  EXPECT_EQ(ask()[0].fix, std::string(40, 'c'));
  EXPECT_EQ(ask()[1].fix, std::string(40, 'd'));
  EXPECT_TRUE(ask()[1].fix_is_of_the_tree);
  ASSERT_TRUE(
      queue.say(1, {.verdict = "instead", .commit = std::string(40, 'e'), .note = {}, .by = "bob"}, 3));
  EXPECT_EQ(ask()[0].cause, std::string(40, 'e'));
  ASSERT_TRUE(queue.say(1, {.verdict = "wrong", .commit = {}, .note = {}, .by = "bob"}, 4));
  EXPECT_EQ(ask().size(), 1);
}

TEST(Branches, WhatLacksAFixStandsFirst) {
  BranchAnswer answer;
  ASSERT_TRUE(read_branches(R"({"bug": "aa", "fix": "cc", "branches": [
    {"branch": "main", "state": "fixed", "bug": {"commit": "0123456789abcdef", "by": "itself", "release": "v1"},
     "fix": {"commit": "cc", "by": "itself", "release": null}, "tested": null},
    {"branch": "old", "state": "free", "bug": null, "fix": null, "tested": null},
    {"branch": "lts", "state": "open", "bug": {"commit": "bb", "by": "itself", "release": null}, "fix": null}]})",
                            answer));
  ASSERT_EQ(answer.rows.size(), 3);
  EXPECT_EQ(answer.rows[0].branch, "lts");
  EXPECT_EQ(answer.rows[1].bug, "v1 0123456789ab");
  EXPECT_EQ(answer.missing(), 1);
  answer.fix.clear();
  EXPECT_EQ(answer.missing(), 0);
  BranchAnswer none;
  for (const char* text : {"", "[]", "{}", R"({"branches": 1})", R"({"branches": [1]})"})
    EXPECT_FALSE(read_branches(text, none)) << text;
}

// A day back while a job waits for a minute: it does not wait for a day and a minute.
TEST_F(QueueTest, AClockThatIsSetBackKeepsNoJobWaiting) {
  Queue queue = open();
  constexpr double k_day = 86400;
  ASSERT_TRUE(queue.submit(program(), "alice", 10 * k_day));
  ASSERT_TRUE(queue.start(1, 10 * k_day));
  ASSERT_TRUE(queue.end(1, {.exit_code = 3}, m_policy, 10 * k_day));
  ASSERT_EQ(queue.find(1)->state, JobState::waiting);
  EXPECT_FALSE(wait_is_over(*queue.find(1), 10 * k_day));
  EXPECT_FALSE(wait_is_over(*queue.find(1), 10 * k_day - 1));
  EXPECT_TRUE(wait_is_over(*queue.find(1), queue.find(1)->until));
  EXPECT_TRUE(wait_is_over(*queue.find(1), 9 * k_day));
}

TEST_F(QueueTest, OfManyLessonsTheNewestAreGivenOfTheTreeAndOfTheOthers) {
  Queue queue = open();
  std::vector<model::Lesson> many;
  for (int i = 0; i < 1200; ++i) many.push_back({.tree = i % 2 == 0 ? "a" : "b", .runs = i});
  ASSERT_TRUE(queue.import_lessons(many, "bob", 1));
  const auto known = experience_for(queue, "a");
  ASSERT_EQ(known.lessons.size(), 2 * k_most_lessons);
  EXPECT_EQ(known.lessons.front().runs, 200);
  EXPECT_EQ(known.lessons.back().runs, 1199);
}

TEST_F(QueueTest, APersonsWordReopensSettlesAndReplaces) {
  Queue queue = open();
  ASSERT_TRUE(queue.submit(program(), "alice", 0));
  EXPECT_FALSE(queue.say(1, {.verdict = "wrong", .by = "bob"}, 1));
  ASSERT_TRUE(queue.start(1, 1));
  ASSERT_TRUE(queue.end(
      1, {.exit_code = 0, .answer = Answer{"culprit", std::string(40, 'a'), "a title", 0.99, "SIGSEGV"}},
      m_policy, 2));
  EXPECT_EQ(queue.find(1)->state, JobState::answered);
  ASSERT_TRUE(queue.say(1, {.verdict = "wrong", .note = "it is data", .by = "bob"}, 3));
  EXPECT_EQ(queue.find(1)->state, JobState::inconclusive);
  EXPECT_EQ(queue.find(1)->reason, "bob says that the answer is wrong: it is data");
  EXPECT_FALSE(queue.say(1, {.verdict = "instead", .commit = "HEAD", .by = "bob"}, 4));
  ASSERT_TRUE(queue.say(1, {.verdict = "instead", .commit = "0123456789abcdef", .by = "bob"}, 5));
  EXPECT_EQ(queue.find(1)->state, JobState::answered);
  EXPECT_EQ(queue.find(1)->words.size(), 2);
}

TEST(AfterAnAttempt, EveryExitCodeHasAStateAndAReason) {
  const Policy policy;
  Job job;
  const auto state = [&](const AttemptEnd& end) {
    const Next next = after(job, end, policy, 0);
    EXPECT_NE(next.reason, "");
    return next.state;
  };
  EXPECT_EQ(state({.exit_code = 0}), JobState::answered);
  EXPECT_EQ(state({.exit_code = 1}), JobState::inconclusive);
  EXPECT_EQ(state({.exit_code = 2}), JobState::failed);
  EXPECT_EQ(state({.exit_code = 3}), JobState::waiting);
  EXPECT_EQ(state({.exit_code = 4, .answer = Answer{.kind = "not_reproduced"}}), JobState::inconclusive);
  EXPECT_EQ(state({.exit_code = 5, .answer = Answer{.kind = "horizon"}}), JobState::inconclusive);
  EXPECT_EQ(state({.exit_code = 70}), JobState::failed);
  EXPECT_EQ(state({.exit_code = 130}), JobState::waiting);
  EXPECT_EQ(state({.signal = 9}), JobState::waiting);
  EXPECT_EQ(state({.exit_code = 130, .stop = Stop::service}), JobState::queued);
  EXPECT_EQ(state({.exit_code = 130, .stop = Stop::cancelled, .stop_reason = "x"}), JobState::cancelled);
  EXPECT_EQ(state({.exit_code = 130, .stop = Stop::held, .stop_reason = "x"}), JobState::held);
  EXPECT_EQ(state({.exit_code = 130, .stop = Stop::budget}), JobState::inconclusive);
  EXPECT_EQ(state({.exit_code = 0, .stop = Stop::service}), JobState::answered);
}

std::map<std::int64_t, Job> queued(const std::vector<JobSpec>& specs) {
  std::map<std::int64_t, Job> out;
  for (const JobSpec& spec : specs) {
    const auto id = static_cast<std::int64_t>(out.size() + 1);
    out[id].id = id;
    out[id].spec = spec;
  }
  return out;
}

TEST(Planning, PriorityThenWhoHasLessThenAge) {
  Policy policy;
  policy.slots = 3;
  JobSpec urgent = program("bob");
  urgent.priority = 5;
  const auto jobs = queued({program("alice"), program("alice"), urgent, program("carol")});
  const Plan out = plan(jobs, {}, {}, 0, policy, 0);
  EXPECT_EQ(out.start, (std::vector<std::int64_t>{3, 1, 4}));
  EXPECT_EQ(out.waits.at(2), "it waits for a slot: 3 of 3 are taken");
}

TEST(Planning, AnOwnersLimitLetsOthersPass) {
  Policy policy;
  policy.slots = 8;
  policy.jobs_per_owner = 1;
  const Plan out = plan(queued({program("alice"), program("alice"), program("bob")}), {}, {}, 0, policy, 0);
  EXPECT_EQ(out.start, (std::vector<std::int64_t>{1, 3}));
  EXPECT_EQ(out.waits.at(2), "alice has 1 jobs running, of at most 1");
}

TEST(Planning, ATreesBudgetIsOfTheLastDay) {
  Policy policy;
  policy.tree_hours_per_day = 1;
  const std::vector<Usage> usage = {{.time = 0, .repository = "/srv/tree", .machine_s = 3600}};
  EXPECT_TRUE(plan(queued({program()}), usage, {}, 0, policy, 3600).start.empty());
  EXPECT_EQ(plan(queued({program()}), usage, {}, 0, policy, 3600).waits.at(1),
            "its repository has used 1.0 of the 1.0 machine hours of a day");
  EXPECT_EQ(plan(queued({program()}), usage, {}, 0, policy, 25 * 3600).start.size(), 1);
  // What runs now counts, too.
  auto jobs = queued({program(), program()});
  jobs[1].state = JobState::running;
  EXPECT_TRUE(plan(jobs, {}, {{1, 4000}}, 0, policy, 0).start.empty());
}

TEST(Planning, TheBrakeStopsAllUntilItsWindowIsOverOrSomebodyReleasesIt) {
  const Policy policy;
  const std::vector<Usage> usage = {{.time = 100, .repository = "/x", .runs = 30, .lost = 16}};
  const Plan braked = plan(queued({program()}), usage, {}, 0, policy, 200);
  EXPECT_TRUE(braked.start.empty());
  EXPECT_EQ(braked.brake, "the brake is on: the machine lost 16 of the last 30 runs (50 % is allowed)");
  EXPECT_EQ(braked.waits.at(1), braked.brake);
  EXPECT_EQ(plan(queued({program()}), usage, {}, 150, policy, 200).start.size(), 1);
  EXPECT_EQ(plan(queued({program()}), usage, {}, 0, policy, 100 + policy.brake_window).start.size(), 1);
}

TEST(Planning, TheCauseIsSoughtBeforeTheFix) {
  JobSpec fix = program();
  fix.fix = true;
  auto jobs = queued({fix, program()});
  const Plan first = plan(jobs, {}, {}, 0, {}, 0);
  EXPECT_EQ(first.start, (std::vector<std::int64_t>{2}));
  EXPECT_EQ(first.waits.at(1), "the cause is sought first, by job 2");
  jobs[2].state = JobState::answered;
  EXPECT_EQ(plan(jobs, {}, {}, 0, {}, 0).start, (std::vector<std::int64_t>{1}));
}

TEST(Planning, ABudgetInMoneyIsOneInTime) {
  Policy policy;
  JobSpec spec = program();
  EXPECT_EQ(budget_of(spec, policy), std::nullopt);
  spec.money = 10;
  EXPECT_EQ(budget_of(spec, policy), std::nullopt);  // no price is known
  policy.machine_hour_price = 5;
  EXPECT_EQ(budget_of(spec, policy), 7200);
  spec.machine_hours = 1;
  EXPECT_EQ(budget_of(spec, policy), 3600);
}

}  // namespace
}  // namespace culprit::service
