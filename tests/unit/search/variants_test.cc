// What the searches around a search see, and what they promise. The bisections with masks, variants and
// reverts are scenarios.

#include "search/variants.h"

#include <gtest/gtest.h>

#include "model/run/report.h"
#include "search/altered/revert.h"
#include "search/evidence/look.h"
#include "search/plan/walls.h"
#include "tests/unit/search/world.h"

namespace culprit::search {
namespace {

using model::RunRecord;
using testing::id_of;

RunRecord run_of(int commit, const std::string& variant, model::RunOutcome outcome, bool completed,
                 double p_target) {
  RunRecord run;
  run.commit = id_of(commit);
  run.variant = variant;
  run.outcome = std::move(outcome);
  run.completed = completed;
  run.p_target = p_target;
  return run;
}

// `runs` equal runs.
void add(model::Evidence& evidence, int runs, const RunRecord& run) {
  evidence.runs.insert(evidence.runs.end(), static_cast<std::size_t>(runs), run);
}

// Says what it is asked, and asks for the start, then for commit 2.
class Inner final : public Search {
 public:
  model::Decision next(const model::Evidence& evidence) const override {
    seen = evidence;
    const bool started = look_at(evidence, id_of(9), "").runs.valid() > 0;
    model::Decision decision;
    decision.experiments.push_back({.commit = id_of(started ? 2 : 9), .runs = 3, .stage = "test"});
    return decision;
  }
  std::vector<model::RevisionVerdict> verdicts(const model::Evidence&) const override { return {}; }
  mutable model::Evidence seen;
};

class VariantsTest : public ::testing::Test {
 protected:
  VariantsTest() {
    m_problem.start = id_of(9);
    m_problem.runs_per_revision = 4;
    m_problem.variants = {
        {.name = "lean", .changes = "X=n", .use = model::Variant::Use::past_masks, .silences = {}}};
    auto inner = std::make_unique<Inner>();
    m_inner = inner.get();
    m_search = std::make_unique<VariantSearch>(std::move(inner), m_problem);
    add(m_evidence, 4, run_of(9, "", model::Crashed{"the bug"}, false, 0.98));
  }
  void mask(int commit) { add(m_evidence, 4, run_of(commit, "", model::Crashed{"another"}, false, 0.01)); }
  // "commit/variant*runs" of each experiment.
  std::string asked() {
    std::string out;
    for (const model::Experiment& e : m_search->next(m_evidence).experiments)
      out +=
          std::to_string(testing::number_of(e.commit)) + "/" + e.variant + "*" + std::to_string(e.runs) + " ";
    return out;
  }

  model::Problem m_problem;
  model::Evidence m_evidence;
  Inner* m_inner = nullptr;
  std::unique_ptr<VariantSearch> m_search;
};

TEST_F(VariantsTest, WithoutAMaskNothingIsDifferent) {
  EXPECT_EQ(asked(), "2/*3 ");
  EXPECT_EQ(m_inner->seen.runs.size(), 4U);
  EXPECT_TRUE(m_search->next(m_evidence).notes.empty());
}

TEST_F(VariantsTest, AMaskedRevisionPutsTheVariantOnTrialAtTheStart) {
  mask(5);
  EXPECT_EQ(asked(), "9/lean*0 ") << "the build first";
  m_evidence.builds.push_back({.commit = id_of(9), .variant = "lean", .signature = "s"});
  EXPECT_EQ(asked(), "9/lean*4 ");
  m_evidence.pending.push_back({.commit = id_of(9), .runs = 4, .variant = "lean"});
  EXPECT_EQ(asked(), "");
}

TEST_F(VariantsTest, AVariantThatShowsTheBugServesMaskedAndUntestedRevisions) {
  mask(5);
  add(m_evidence, 4, run_of(9, "lean", model::Crashed{"the bug"}, false, 0.98));
  EXPECT_EQ(asked(), "2/lean*3 ");
  EXPECT_EQ(m_inner->seen.runs.size(), 8U) << "the start's in both; the masked ones are no evidence";
  add(m_evidence, 3, run_of(5, "lean", model::Ok{}, true, 0));
  (void)asked();
  EXPECT_EQ(m_inner->seen.runs.size(), 11U);
}

TEST_F(VariantsTest, AVariantThatHidesTheBugIsNotUsed) {
  mask(5);
  add(m_evidence, 4, run_of(9, "lean", model::Ok{}, true, 0));
  EXPECT_EQ(asked(), "2/*3 ");
  EXPECT_EQ(m_search->next(m_evidence).notes.back(),
            "the variant lean (X=n) is of no use: the bug does not show on 000000000000 with it");
  EXPECT_EQ(m_inner->seen.runs.size(), 8U) << "the masked runs, as they are";
}

TEST_F(VariantsTest, FewHiddenRunsOnEachOfSeveralRevisionsAreAMaskToo) {
  for (const int commit : {3, 4, 5}) {
    EXPECT_EQ(asked(), "2/*3 ");
    add(m_evidence, 1, run_of(commit, "", model::Crashed{"another"}, false, 0.01));
  }
  EXPECT_EQ(asked(), "9/lean*0 ");
}

TEST_F(VariantsTest, NothingMoreIsAskedOfARevisionThatLooksMasked) {
  add(m_evidence, 3, run_of(2, "", model::Crashed{"another"}, false, 0.01));
  m_evidence.pending.push_back({.commit = id_of(2), .runs = 1});
  EXPECT_EQ(asked(), "");
}

TEST_F(VariantsTest, AVariantWithoutTheBugsOwnDetectorIsNotTried) {
  m_problem.variants[0].silences = {"KASAN"};
  for (RunRecord& run : m_evidence.runs) {
    run.reports.emplace_back();
    run.reports.back().type = "KASAN-READ";
  }
  mask(5);
  EXPECT_EQ(asked(), "2/*3 ");
}

TEST(Look, TellsMaskedFromQuietAndFromBroken) {
  model::Evidence evidence;
  add(evidence, 2, run_of(1, "", model::Crashed{"another"}, false, 0.1));
  EXPECT_FALSE(wants_a_way_around(look_at(evidence, id_of(1), ""), 10)) << "two of two may be chance";
  EXPECT_TRUE(wants_a_way_around(look_at(evidence, id_of(1), ""), 10, 1)) << "with a third one elsewhere";
  add(evidence, 1, run_of(1, "", model::Crashed{"another"}, false, 0.1));
  EXPECT_TRUE(wants_a_way_around(look_at(evidence, id_of(1), ""), 10));
  add(evidence, 1, run_of(1, "", model::Ok{}, true, 0));
  EXPECT_FALSE(wants_a_way_around(look_at(evidence, id_of(1), ""), 10)) << "one run came through: more may";
  add(evidence, 6, run_of(1, "", model::Crashed{"another"}, false, 0.1));
  EXPECT_TRUE(wants_a_way_around(look_at(evidence, id_of(1), ""), 10)) << "one in ten";
  add(evidence, 1, run_of(1, "", model::Crashed{"the bug"}, false, 0.9));
  EXPECT_FALSE(wants_a_way_around(look_at(evidence, id_of(1), ""), 10));
  EXPECT_EQ(look_at(evidence, id_of(1), "").hiders, std::vector<std::string>{"another"});
}

TEST(Verification, AsksForAsManyRunsAsLeaveOneInAHundredToChance) {
  EXPECT_EQ(quiet_runs_needed(1, 0.01, 100), 3);
  EXPECT_EQ(quiet_runs_needed(0.5, 0.01, 100), 7);
  EXPECT_EQ(quiet_runs_needed(0.1, 0.01, 100), 44);
  EXPECT_EQ(quiet_runs_needed(0.01, 0.01, 100), 100);
  EXPECT_EQ(quiet_runs_needed(0, 0.01, 100), 100);
}

TEST(Verification, ARevertsNameSaysOfWhatAndInWhichVariant) {
  const model::RevertVariant plain{id_of(7), ""};
  const model::RevertVariant lean{id_of(7), "lean"};
  EXPECT_EQ(model::name_of(plain), "revert:" + id_of(7).hex());
  EXPECT_EQ(model::revert_variant_from_name(model::name_of(plain))->commit, id_of(7));
  EXPECT_EQ(model::revert_variant_from_name(model::name_of(lean))->variant, "lean");
  EXPECT_FALSE(model::revert_variant_from_name("lean"));
  EXPECT_FALSE(model::revert_variant_from_name("revert:lean"));
}

}  // namespace
}  // namespace culprit::search
