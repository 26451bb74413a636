// What is built ahead: which revisions, how many, and that nothing but the waiting changes.
#include "engine/ahead.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "search/classic.h"
#include "tests/unit/engine/fakes.h"

namespace culprit::engine::testing {
namespace {

using model::UserVerdict;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// Commits 1 (good) to 17 (bad), one after the other.
struct StraightLine : ::testing::Test {
  model::CommitGraph graph = [] {
    std::vector<model::CommitId> ids;
    std::vector<std::uint32_t> offsets{0};
    std::vector<model::NodeIndex> parents;
    for (int i = 1; i <= 17; ++i) {
      ids.push_back(id_of(i));
      if (i > 1) parents.push_back(static_cast<model::NodeIndex>(i - 2));
      offsets.push_back(static_cast<std::uint32_t>(parents.size()));
    }
    return model::CommitGraph::create(ids, offsets, parents).value();
  }();
  model::Problem problem{.start = id_of(17), .good = {id_of(1)}, .runs_per_revision = 1};
  search::ClassicSearch search{graph, problem};

  std::vector<int> seen(const model::Evidence& evidence, int current, std::size_t most) const {
    std::vector<int> out;
    for (const model::CommitId& id : foresee(search, problem, evidence, id_of(current), 1, most))
      out.push_back(number_of(id));
    return out;
  }
};

TEST_F(StraightLine, BothWaysOnFromTheMiddle) {
  const model::Evidence ends{.verdicts = {{id_of(17), UserVerdict::bad}, {id_of(1), UserVerdict::good}}};
  ASSERT_EQ(number_of(search.next(ends).experiments.front().commit), 9);
  EXPECT_THAT(seen(ends, 9, 2), UnorderedElementsAre(5, 13));
  EXPECT_THAT(seen(ends, 9, 0), IsEmpty());
}

TEST_F(StraightLine, OfAnEndTheExpectedWayAndWhatComesBehindIt) {
  const model::Evidence start{.verdicts = {{id_of(17), UserVerdict::bad}}};
  ASSERT_EQ(number_of(search.next(start).experiments.front().commit), 1);
  EXPECT_THAT(seen(start, 1, 1), ElementsAre(9));
  EXPECT_THAT(seen(start, 1, 3), UnorderedElementsAre(9, 5, 13));
}

TEST_F(StraightLine, NothingWhereTheNextVerdictIsTheAnswer) {
  const model::Evidence nearly{.verdicts = {{id_of(17), UserVerdict::bad},
                                            {id_of(1), UserVerdict::good},
                                            {id_of(9), UserVerdict::bad},
                                            {id_of(5), UserVerdict::good},
                                            {id_of(7), UserVerdict::bad}}};
  ASSERT_EQ(number_of(search.next(nearly).experiments.front().commit), 6);
  EXPECT_THAT(seen(nearly, 6, 2), IsEmpty());
}

// A search that wants an end to be quiet once more before it believes a revision.
class OneEndAgain : public search::Search {
 public:
  explicit OneEndAgain(const search::Search& inner) : m_inner(inner) {}
  model::Decision next(const model::Evidence& evidence) const override {
    const auto runs_of = [&](int commit) {
      return std::ranges::count(evidence.runs, id_of(commit), &model::RunRecord::commit);
    };
    if (runs_of(9) > 0 && runs_of(1) < 2) return {.experiments = {{.commit = id_of(1), .runs = 1}}};
    return m_inner.next(evidence);
  }
  std::vector<model::RevisionVerdict> verdicts(const model::Evidence& evidence) const override {
    return m_inner.verdicts(evidence);
  }

 private:
  const search::Search& m_inner;
};

TEST_F(StraightLine, BehindARunOfWhatIsBuiltLiesWhatComesNext) {
  model::Evidence ends;
  for (const int commit : {17, 1}) {
    model::RunRecord run{.id = ends.runs.size() + 1, .commit = id_of(commit)};
    run.completed = true;
    run.outcome = model::Ok{};
    if (commit == 17)
      run.outcome = model::Crashed{}, run.identity = model::Identity::target, run.p_target = 1;
    ends.runs.push_back(run);
    ends.builds.push_back({.commit = id_of(commit)});
  }
  ASSERT_EQ(number_of(search.next(ends).experiments.front().commit), 9);
  const OneEndAgain careful(search);
  std::vector<int> found;
  for (const model::CommitId& id : foresee(careful, problem, ends, id_of(9), 1, 2))
    found.push_back(number_of(id));
  EXPECT_THAT(found, UnorderedElementsAre(5, 13));
}

TEST(RoomAhead, IsWhatABuildLeavesOfTheMachine) {
  EXPECT_EQ(room_ahead({.cores = 1, .idle = 7, .seconds = 5}), 2);
  EXPECT_EQ(room_ahead({.cores = 1, .idle = 1, .seconds = 5}), 1);
  EXPECT_EQ(room_ahead({.cores = 4, .idle = 1, .seconds = 5}), 0);
  EXPECT_EQ(room_ahead({.cores = 0, .idle = 1, .seconds = 5}), 2);  // it waits for something
  EXPECT_EQ(room_ahead({.cores = 0, .idle = 0, .seconds = 5}), 0);
  EXPECT_EQ(room_ahead({.cores = 1, .idle = 7, .seconds = 0.01}), 0);
}

TEST(RoomAhead, IsExpectedFromAnIdleCoreWhileABuildGoesOn) {
  AheadBuilds builds({.allowed = true});
  builds.expect(0.5);
  EXPECT_EQ(builds.room(), 0);
  builds.expect(1);
  EXPECT_EQ(builds.room(), 1);
  EXPECT_TRUE(builds.wants_load());  // what the whole build left counts more
  builds.learn({.cores = 2, .idle = 1, .seconds = 5});
  EXPECT_EQ(builds.room(), 0);
  EXPECT_TRUE(builds.wants_load());  // the next may leave more
  builds.learn({.cores = 1, .idle = 1, .seconds = 5});
  EXPECT_EQ(builds.room(), 1);
  EXPECT_FALSE(builds.wants_load());
  builds.give_up();
  EXPECT_FALSE(builds.wants_load());
}

}  // namespace
}  // namespace culprit::engine::testing
