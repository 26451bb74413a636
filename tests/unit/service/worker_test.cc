// Which command an attempt at a job is, and what is known of it afterwards.

#include "service/work/worker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "base/files.h"
#include "model/event.h"
#include "service/queue/queue.h"
#include "store/store.h"

namespace culprit::service {
namespace {

// Does what it is told to in the place of a culprit.
class FakeExecutor : public Executor {
 public:
  base::Result<base::ProcessEnd> run(const Task& task, const base::CancelToken&) override {
    said = std::ranges::find(task.argv, "resume") != task.argv.end()    ? "resume"
           : std::ranges::find(task.argv, "--fresh") != task.argv.end() ? "begin anew"
                                                                        : "begin";
    if (does) does();
    return base::ProcessEnd{.exit_code = exit_code};
  }
  void end_former(const Task&, const base::CancelToken&) override {}
  std::string says() const override { return ""; }

  std::string said;
  std::function<void()> does;
  int exit_code = 0;
};

// One job, on a machine whose wall clock is `m_now`.
class AttemptTest : public testing::Test {
 protected:
  AttemptTest()
      : m_dir(std::move(*base::TempDir::create("culprit-attempt-"))),
        m_queue(std::move(*Queue::open(m_dir.path() / "queue.db"))) {
    m_place.root = m_dir.path();
    m_place.program = "culprit";
    m_place.executor = m_executor;
    JobSpec spec;
    spec.repository = "/srv/tree";
    spec.command = {"./test.sh"};
    EXPECT_TRUE(m_queue.submit(spec, "alice", m_now));
  }

  // What a bisection writes that begins now, ...
  void begins() {
    const auto state = folder_of(m_place.root, 1).state();
    std::filesystem::create_directories(state);
    m_store.emplace(std::move(*store::Store::open(state / "culprit.db", store::Store::Mode::read_write)));
    m_bisection = *m_store->begin(m_now);
    EXPECT_TRUE(m_store->append(m_bisection, m_now, model::Started{}));
  }
  // ... and one that ends.
  void concludes(model::ResultKind kind = model::ResultKind::culprit) {
    EXPECT_TRUE(m_store->append(m_bisection, m_now, model::Finished{{.kind = kind}}));
  }
  // An attempt, which the service may not live to see the end of.
  void attempted(int exit_code, bool service_lives = true) {
    m_executor->exit_code = exit_code;
    EXPECT_TRUE(m_queue.start(1, m_now));
    const AttemptEnd end = attempt(m_place, *m_queue.find(1), "", m_cancel);
    EXPECT_TRUE(service_lives ? m_queue.end(1, end, {}, m_now) : base::Result<void>());
    if (!service_lives) {
      EXPECT_EQ(*m_queue.recover(m_now), 1);
    }
    m_executor->does = {};
  }

  base::TempDir m_dir;
  base::CancelToken m_cancel;
  double m_now = 10 * 86400;
  std::shared_ptr<FakeExecutor> m_executor = std::make_shared<FakeExecutor>();
  Workplace m_place;
  Queue m_queue;
  std::optional<store::Store> m_store;
  std::int64_t m_bisection = 0;
};

TEST_F(AttemptTest, AnAnswerThatSomebodyDoubtsIsSoughtAnewAlsoWhereTheClockWasSetBack) {
  m_executor->does = [&] { begins(), concludes(); };
  attempted(0);
  EXPECT_EQ(m_executor->said, "begin");
  m_now -= 86400;
  ASSERT_TRUE(m_queue.retry(1, "bob", m_now));
  m_executor->does = [&] { begins(); };
  attempted(3);
  EXPECT_EQ(m_executor->said, "begin anew");
  // The new one came to no end: it goes on.
  ASSERT_TRUE(m_queue.wake(1, m_now));
  m_executor->does = [&] { concludes(); };
  attempted(0);
  EXPECT_EQ(m_executor->said, "resume");
}

TEST_F(AttemptTest, WhatTheMachineConcludedIsSoughtAnewOnceTheWaitIsOver) {
  m_executor->does = [&] { begins(), concludes(model::ResultKind::infrastructure); };
  attempted(3);
  EXPECT_EQ(m_queue.find(1)->state, JobState::waiting);
  m_now -= 3600;
  ASSERT_TRUE(m_queue.wake(1, m_now));
  attempted(3);
  EXPECT_EQ(m_executor->said, "begin anew");
}

// The guard was killed after the end was on record and before it was told.
TEST_F(AttemptTest, AnAnswerWhoseAttemptWasLostAfterItIsTaken) {
  m_executor->does = [&] { begins(), concludes(); };
  attempted(3);
  EXPECT_EQ(m_queue.find(1)->state, JobState::waiting);
  ASSERT_TRUE(m_queue.wake(1, m_now));
  attempted(3);
  EXPECT_EQ(m_executor->said, "resume");
  ASSERT_TRUE(m_queue.retry(1, "bob", m_now));  // waits, and has no answer yet: it goes on
  attempted(0);
  EXPECT_EQ(m_executor->said, "resume");
  ASSERT_TRUE(m_queue.retry(1, "bob", m_now));
  attempted(0);
  EXPECT_EQ(m_executor->said, "begin anew");
}

// Woken while the clock was a day ahead; set right, the attempt found an answer, and the service was killed before that
// was on record: the answer stands, and no run is repeated.
TEST_F(AttemptTest, AnAnswerThatTheServiceDidNotLiveToSeeIsTakenWhateverTheClockDid) {
  m_executor->does = [&] { begins(); };
  attempted(3);
  m_now += 86400;
  ASSERT_TRUE(m_queue.wake(1, m_now));
  m_now -= 86400;
  m_executor->does = [&] { concludes(); };
  attempted(0, false);
  EXPECT_EQ(m_executor->said, "resume");
  attempted(0);
  EXPECT_EQ(m_executor->said, "resume");
  EXPECT_EQ(m_queue.find(1)->state, JobState::answered);
}

TEST_F(AttemptTest, WhereAnAnswerStandsSurvivesAKill) {
  m_executor->does = [&] { begins(), concludes(); };
  attempted(0);
  ASSERT_TRUE(m_queue.retry(1, "bob", m_now));
  const StorePlace place{1, 2};
  EXPECT_EQ(m_queue.find(1)->superseded, place);
  m_queue = std::move(*Queue::open(m_dir.path() / "queue.db"));
  EXPECT_EQ(m_queue.find(1)->superseded, place);
}

}  // namespace
}  // namespace culprit::service
