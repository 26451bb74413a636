#include "study/tests.h"

#include <gtest/gtest.h>

#include "model/event.h"
#include "model/run/report.h"
#include "store/store.h"
#include "tests/unit/study/study_world.h"

namespace culprit::study {
namespace {

using testing::id_of;

TEST(TestVariant, IsReadBack) {
  const auto read = test_variant_from_name(name_of(TestVariant{"k1", "with:gcc|A=n|"}));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->key, "k1");
  EXPECT_EQ(read->variant, "with:gcc|A=n|");
  EXPECT_FALSE(test_variant_from_name("no-kasan"));
  EXPECT_FALSE(test_variant_from_name("test:unfinished"));
}

class JudgedByTest : public ::testing::Test {
 protected:
  void run(int commit, const std::string& key, const std::string& title) {
    model::RunFinished event;
    event.run = testing::run_of(id_of(commit), name_of(TestVariant{key, ""}), ++m_id, !title.empty());
    if (!title.empty()) {
      event.run.outcome = model::Crashed{title};
      model::CrashReport& report = event.run.reports.emplace_back();
      report.title = title;
      report.type = "WARNING";
      report.frame = title.substr(title.rfind(' ') + 1);
    }
    ASSERT_TRUE(m_journal->record(std::move(event)));
  }
  model::Identity identity(std::size_t run, const std::string& title = {}) {
    return judged_by_test(*m_journal, title).runs[run].identity;
  }

  base::SystemClock m_clock;
  base::Result<store::Store> m_store = store::Store::open_in_memory();
  std::int64_t m_bisection = *m_store->begin(1);
  std::optional<engine::Journal> m_journal{std::in_place, *m_store, m_bisection, m_clock,
                                           std::vector<model::EventSink*>{}};
  std::uint64_t m_id = 0;
};

// Of each test its own first crash is the bug.
TEST_F(JudgedByTest, EachTestHasItsOwnBug) {
  run(1, "a", "WARNING in ferry_sail");
  run(1, "b", "WARNING in harbor_lock");
  run(2, "a", "WARNING in harbor_lock");
  run(2, "a", "WARNING in ferry_sail");
  run(2, "b", "");
  EXPECT_EQ(identity(0), model::Identity::target);
  EXPECT_EQ(identity(1), model::Identity::target);
  EXPECT_NE(identity(2), model::Identity::target);
  EXPECT_EQ(identity(3), model::Identity::target);
}

TEST_F(JudgedByTest, ATitleSaysWhichCrashIsMeant) {
  run(1, "a", "WARNING in harbor_lock");
  run(2, "a", "WARNING in ferry_sail");
  EXPECT_EQ(identity(0), model::Identity::target);
  EXPECT_EQ(identity(1, "WARNING in ferry_sail"), model::Identity::target);
  EXPECT_NE(identity(0, "WARNING in ferry_sail"), model::Identity::target);
  EXPECT_EQ(identity(0, "WARNING in nothing"), model::Identity::foreign);
}

}  // namespace
}  // namespace culprit::study
