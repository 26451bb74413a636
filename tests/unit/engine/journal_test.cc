#include "engine/journal.h"

#include <gmock/gmock.h>

#include "model/event.h"
#include "model/run/report.h"
#include "store/store.h"

namespace culprit::engine {
namespace {

using model::CommitId;
using testing::ElementsAre;

CommitId commit(char digit) { return *CommitId::from_hex(std::string(40, digit)); }

class StoppedClock final : public base::Clock {
 public:
  double wall() const override { return 1700; }
  double monotonic() const override { return 0; }
};

// Writes down what it is shown.
class Watcher final : public model::EventSink {
 public:
  void on_event(const model::Event& event) override { m_seen.push_back(event); }
  std::vector<model::Event> m_seen;
};

model::RunFinished a_run(std::uint64_t id, char digit) {
  model::RunFinished event;
  event.run.id = id;
  event.run.commit = commit(digit);
  event.run.outcome = model::Crashed{"WARNING in f"};
  event.run.reports.emplace_back();
  event.run.reports.back().title = "WARNING in f";
  event.run.reports.back().type = "WARNING";
  event.run.reports.back().text = "a thousand lines";
  event.run.p_target = 0.75;
  event.console = "a thousand lines and more";
  return event;
}

model::BuildFinished a_build(char digit, std::string variant, model::BuildStatus status) {
  return {{.commit = commit(digit), .variant = std::move(variant), .status = status}};
}

class JournalTest : public ::testing::Test {
 protected:
  JournalTest() : m_store(*store::Store::open_in_memory()), m_id(*m_store.begin(1000)) {}

  Journal journal() { return {m_store, m_id, m_clock, {&m_watcher}}; }

  store::Store m_store;
  std::int64_t m_id;
  StoppedClock m_clock;
  Watcher m_watcher;
};

TEST_F(JournalTest, WhatIsRecordedIsStoredShownAndFolded) {
  Journal journal = this->journal();
  ASSERT_TRUE(journal.record(a_build('a', "", model::BuildStatus::ok)));
  ASSERT_TRUE(journal.record(a_run(7, 'a')));
  ASSERT_EQ(m_watcher.m_seen.size(), 2u);
  EXPECT_EQ(m_watcher.m_seen[1].sequence, 2);
  EXPECT_EQ(m_watcher.m_seen[1].time, 1700);
  EXPECT_EQ(std::get<model::RunFinished>(m_watcher.m_seen[1].body).console, "a thousand lines and more");
  EXPECT_EQ(m_store.events(m_id)->size(), 2u);
  EXPECT_EQ(*m_store.console(m_id, 7), "a thousand lines and more");
  EXPECT_EQ(journal.evidence().builds.size(), 1u);
  ASSERT_EQ(journal.evidence().runs.size(), 1u);
  EXPECT_EQ(journal.runs_of(commit('a')), 1);
  EXPECT_EQ(journal.runs_of(commit('b')), 0);
  EXPECT_EQ(journal.next_run_id(), 8u);
}

TEST_F(JournalTest, EvidenceKeepsTitlesAndTypesAndNoTexts) {
  Journal journal = this->journal();
  ASSERT_TRUE(journal.record(a_run(1, 'a')));
  const model::RunRecord& run = journal.evidence().runs.front();
  ASSERT_EQ(run.reports.size(), 1u);
  EXPECT_EQ(run.reports.front().title, "WARNING in f");
  EXPECT_EQ(run.reports.front().type, "WARNING");
  EXPECT_EQ(run.reports.front().text, "");
  EXPECT_EQ(run.p_target, 0) << "not assessed yet";
}

TEST_F(JournalTest, AJournalThatIsOpenedAgainKnowsTheSame) {
  {
    Journal journal = this->journal();
    ASSERT_TRUE(journal.record(model::Decided{
        .experiments = {{.commit = commit('a'), .stage = "release", .label = "v6.1"}}, .standing = {}}));
    ASSERT_TRUE(journal.record(a_build('a', "", model::BuildStatus::ok)));
    ASSERT_TRUE(journal.record(a_run(3, 'a')));
    ASSERT_TRUE(journal.record(model::Note{"once"}));
    ASSERT_TRUE(journal.record(model::Finished{{.kind = model::ResultKind::horizon}}));
  }
  m_watcher.m_seen.clear();
  Journal again = journal();
  ASSERT_TRUE(again.catch_up());
  EXPECT_EQ(m_watcher.m_seen.size(), 5u);
  EXPECT_EQ(again.label_of(commit('a')), "v6.1");
  EXPECT_EQ(again.label_of(commit('b')), "");
  EXPECT_NE(again.build_of(commit('a'), ""), nullptr);
  EXPECT_EQ(again.runs_of(commit('a')), 1);
  EXPECT_EQ(again.next_run_id(), 4u);
  EXPECT_TRUE(again.has_noted("once"));
  EXPECT_FALSE(again.has_noted("twice"));
  ASSERT_TRUE(again.conclusion());
  EXPECT_EQ(again.conclusion()->kind, model::ResultKind::horizon);
}

TEST_F(JournalTest, CatchingUpShowsOnlyWhatOthersStored) {
  Journal journal = this->journal();
  ASSERT_TRUE(journal.record(model::Note{"ours"}));
  ASSERT_TRUE(m_store.append(m_id, 1800, model::PersonJudged{{commit('a'), model::UserVerdict::bad}}));
  m_watcher.m_seen.clear();
  ASSERT_TRUE(journal.catch_up());
  ASSERT_EQ(m_watcher.m_seen.size(), 1u);
  EXPECT_EQ(m_watcher.m_seen[0].time, 1800);
  EXPECT_EQ(journal.evidence().verdicts.size(), 1u);
  ASSERT_TRUE(journal.catch_up());
  EXPECT_EQ(m_watcher.m_seen.size(), 1u) << "nothing twice";
  EXPECT_EQ(journal.evidence().verdicts.size(), 1u);
}

TEST_F(JournalTest, ARevisionIsUnjudgedFromNewsToItsVerdict) {
  Journal journal = this->journal();
  ASSERT_TRUE(journal.record(a_build('b', "", model::BuildStatus::ok)));
  ASSERT_TRUE(journal.record(a_run(1, 'a')));
  ASSERT_TRUE(journal.record(a_run(2, 'b')));
  EXPECT_THAT(journal.unjudged(), ElementsAre(commit('b'), commit('a')));
  ASSERT_TRUE(journal.record(model::Judged{.verdict = {.commit = commit('b')}, .label = ""}));
  EXPECT_THAT(journal.unjudged(), ElementsAre(commit('a')));
  ASSERT_TRUE(journal.record(model::PersonJudged{{commit('b'), model::UserVerdict::good}}));
  EXPECT_THAT(journal.unjudged(), ElementsAre(commit('a'), commit('b')));
}

TEST_F(JournalTest, ABuildThatTheMachineLostIsNone) {
  Journal journal = this->journal();
  ASSERT_TRUE(journal.record(a_build('a', "", model::BuildStatus::infra)));
  EXPECT_EQ(journal.build_of(commit('a'), ""), nullptr);
  ASSERT_TRUE(journal.record(a_build('a', "", model::BuildStatus::broken)));
  ASSERT_TRUE(journal.record(a_build('a', "lean", model::BuildStatus::ok)));
  ASSERT_NE(journal.build_of(commit('a'), ""), nullptr);
  EXPECT_EQ(journal.build_of(commit('a'), "")->status, model::BuildStatus::broken);
  EXPECT_EQ(journal.build_of(commit('a'), "lean")->status, model::BuildStatus::ok);
  EXPECT_EQ(journal.build_of(commit('a'), "other"), nullptr);
}

TEST_F(JournalTest, AWordAfterTheAnswerAsksAgain) {
  Journal journal = this->journal();
  ASSERT_TRUE(journal.record(model::Finished{{.kind = model::ResultKind::culprit}}));
  EXPECT_TRUE(journal.conclusion());
  ASSERT_TRUE(journal.record(model::PersonJudged{{commit('a'), model::UserVerdict::good}}));
  EXPECT_FALSE(journal.conclusion());
}

TEST_F(JournalTest, WhatIsNotStoredIsNeitherShownNorFolded) {
  Journal journal(m_store, m_id + 1, m_clock, {&m_watcher});  // no such bisection
  const auto recorded = journal.record(a_run(1, 'a'));
  ASSERT_FALSE(recorded);
  EXPECT_EQ(recorded.error().kind, base::ErrorKind::store);
  EXPECT_TRUE(m_watcher.m_seen.empty());
  EXPECT_TRUE(journal.evidence().runs.empty());
}

}  // namespace
}  // namespace culprit::engine
