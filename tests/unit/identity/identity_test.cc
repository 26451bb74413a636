#include "identity/identity.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "tests/unit/identity/runs.h"

namespace culprit::identity {
namespace {

using namespace testing;
using model::Identity;
using model::RunRecord;
using enum model::LockdepKind;

constexpr int k_start = 9;
const std::string k_bug = "possible deadlock in shmem_fallocate";

Assessment judge(std::vector<RunRecord>& runs) { return assess(runs, commit(k_start)); }

TEST(Identity, WithoutACrashAtTheStartNothingIsTheBug) {
  std::vector<RunRecord> runs;
  add(runs, 3, ok(k_start));
  add(runs, 1, crash(5, k_bug));
  const Assessment got = judge(runs);
  EXPECT_EQ(got.target(), "");
  EXPECT_EQ(p_of(runs, 5, k_bug), 0);
}

TEST(Identity, DriftIsFollowedStepByStep) {
  // No step is large; the ends have little in common.
  std::vector<RunRecord> runs;
  add(runs, 10, crash(k_start, "WARNING: bad unlock balance in foo_move_entry"));
  add(runs, 10, crash(8, "BUG: bad unlock balance in foo_move_entry"));
  add(runs, 10, crash(7, "BUG: bad unlock balance in foo_move_node_entry"));
  add(runs, 10, crash(6, "BUG: bad unlock balance in mutex_unlock"));
  judge(runs);
  for (const RunRecord& run : runs) EXPECT_EQ(run.identity, Identity::target) << text_of(run.outcome);
}

TEST(Identity, AForeignCrashAtTheStartIsFoundOutLater) {
  std::vector<RunRecord> runs;
  add(runs, 9, crash(k_start, k_bug));
  add(runs, 1, crash(k_start, "general protection fault in batadv_iv_ogm_queue_add"));
  add(runs, 10, crash(8, k_bug));
  add(runs, 1, crash(5, "general protection fault in batadv_iv_ogm_queue_add"));
  add(runs, 9, ok(5));
  judge(runs);
  EXPECT_LT(p_of(runs, 5, "general protection fault in batadv_iv_ogm_queue_add"), 0.05);
  EXPECT_GT(p_of(runs, k_start, k_bug), 0.9);
}

TEST(Identity, ACorruptionHasManyFaces) {
  const char* faces[] = {"KASAN: use-after-free Read in a_find",
                         "general protection fault in b_walk",
                         "BUG: unable to handle kernel paging request in c_put",
                         "KASAN: slab-out-of-bounds Write in d_copy",
                         "BUG: corrupted list in e_add",
                         "KASAN: use-after-free Write in f_del",
                         "BUG: unable to handle kernel NULL pointer dereference in g_get",
                         "general protection fault in h_next",
                         "BUG: Bad page state in i_free",
                         "KASAN: invalid-free in j_destroy",
                         "WARNING: refcount bug in k_put",
                         "KASAN: use-after-free Read in l_poll"};
  std::vector<RunRecord> runs;
  for (const char* face : faces) add(runs, 1, crash(k_start, face));
  add(runs, 3, crash(8, faces[1]));
  add(runs, 3, crash(8, faces[4]));
  add(runs, 4, ok(8));
  add(runs, 4, crash(7, "WARNING in unrelated_check"));
  add(runs, 4, ok(7));
  judge(runs);
  for (std::size_t i = 0; i < std::size(faces); ++i)
    EXPECT_NE(runs[i].identity, Identity::foreign) << text_of(runs[i].outcome);
  EXPECT_GT(p_of(runs, 8, faces[1]), 0.5);
  EXPECT_GT(p_of(runs, 8, faces[4]), 0.5);
  EXPECT_LT(p_of(runs, 7, "WARNING in unrelated_check"), 0.05);
}

TEST(Identity, AFaceThatShowsOnlyWhereTheBugDoesGainsByIt) {
  const std::string face = "general protection fault in ring_pop";
  std::vector<RunRecord> runs;
  add(runs, 10, crash(k_start, "KASAN: use-after-free Read in ring_use"));
  for (const int where : {8, 7}) {
    add(runs, 6, crash(where, "KASAN: use-after-free Read in ring_use"));
    add(runs, 4, crash(where, face));
  }
  std::vector<RunRecord> faithful = runs;
  for (const int where : {5, 4, 3}) add(faithful, 10, ok(where));
  judge(runs);
  judge(faithful);
  EXPECT_GT(p_of(faithful, 8, face), p_of(runs, 8, face) + 0.1);
}

TEST(Identity, WhatShowsBeforeTheTestIsForeignEvenOfTheBugsType) {
  std::vector<RunRecord> runs;
  add(runs, 10, crash(k_start, "possible deadlock in mptcp_close"));
  add(runs, 2, boot_failed(8, "possible deadlock in mptcp_connect"));
  add(runs, 3, crash(8, "possible deadlock in mptcp_connect"));
  add(runs, 5, ok(8));
  judge(runs);
  EXPECT_LT(p_of(runs, 8, "possible deadlock in mptcp_connect"), 0.05);
}

TEST(Identity, ABootCrashWithTheBugsTitleDoesNotMakeTheBugForeign) {
  std::vector<RunRecord> runs;
  add(runs, 10, crash(k_start, k_bug));
  add(runs, 10, boot_failed(8, k_bug));
  judge(runs);
  EXPECT_GT(p_of(runs, k_start, k_bug), 0.9);
  EXPECT_EQ(p_of(runs, 8, k_bug), 0);  // a run that never reached the test shows nothing
}

TEST(Identity, AReportInRunsOfTheBugBeforeItIsForeign) {
  const auto noise = report("WARNING in noisy_probe");
  const auto bug = report(k_bug);
  std::vector<RunRecord> runs;
  add(runs, 10, reported(k_start, {noise, bug}));
  add(runs, 10, reported(8, {noise}, true));
  const Assessment got = judge(runs);
  EXPECT_EQ(got.target(), k_bug);
  EXPECT_LT(p_of(runs, 8, "WARNING in noisy_probe"), 0.05);
  EXPECT_TRUE(runs.back().completed);
}

TEST(Identity, TheValidatorsFirstReportHidesWhatComesAfter) {
  std::vector<RunRecord> runs;
  add(runs, 10, reported(k_start, {lockdep(k_bug, circular, {"&a->lock", "&b->lock"})}));
  RunRecord hidden = ok(8);
  hidden.boot_reports = {lockdep("possible deadlock in early_probe", recursive, {"&x->lock"})};
  add(runs, 3, hidden);
  RunRecord seen = ok(7);
  seen.boot_reports = {report("WARNING in early_probe")};
  add(runs, 3, seen);
  const Assessment got = judge(runs);
  EXPECT_FALSE(runs[10].completed);
  EXPECT_EQ(runs[10].p_target, 0);
  EXPECT_TRUE(runs[13].completed);
  EXPECT_EQ(
      got.explain(10),
      "\"possible deadlock in early_probe\" came before the reproducer ran, so it is not the bug's doing\n"
      "\"possible deadlock in early_probe\" came first and turned off the detector that shows the bug: this "
      "run says nothing");
  EXPECT_EQ(got.explain(13),
            "\"WARNING in early_probe\" came before the reproducer ran, so it is not the bug's doing");
}

TEST(Identity, AHangIsNotHiddenByTheValidator) {
  std::vector<RunRecord> runs;
  add(runs, 10, crash(k_start, "INFO: task hung in foo_wait"));
  add(runs, 1, reported(8, {lockdep("possible deadlock in bar", recursive, {"&x->lock"})}, true));
  judge(runs);
  EXPECT_TRUE(runs.back().completed);
}

TEST(Identity, EqualSignaturesAreOneBinary) {
  // The start's binary under another commit: its crashes are seen where the bug is known to show.
  std::vector<RunRecord> runs;
  add(runs, 5, crash(k_start, "WARNING in foo"));
  add(runs, 5, crash(8, "general protection fault in bar"));
  for (RunRecord& run : runs) run.signature = "ab";
  std::vector<RunRecord> apart = runs;
  for (RunRecord& run : apart) run.signature.clear();
  judge(runs);
  judge(apart);
  EXPECT_GT(p_of(runs, 8, "general protection fault in bar"),
            p_of(apart, 8, "general protection fault in bar"));
}

TEST(Identity, AKnownTitleDecidesWhichFaceIsTheBug) {
  std::vector<RunRecord> runs;
  add(runs, 6, crash(k_start, "INFO: task hung in foo_wait"));
  add(runs, 4, crash(k_start, "KASAN: use-after-free Read in bar_find"));
  Context context;
  context.title = "KASAN: use-after-free Read in bar_find";
  EXPECT_EQ(assess(runs, commit(k_start), context).target(), context.title);
  EXPECT_EQ(assess(runs, commit(k_start)).target(), "INFO: task hung in foo_wait");
}

TEST(Identity, BehindAFreeRevisionNothingIsTheBug) {
  Context context;
  context.is_ancestor = [](const model::CommitId& a, const model::CommitId& b) { return a < b; };
  std::vector<RunRecord> runs;
  add(runs, 10, crash(k_start, "KASAN: use-after-free Read in foo_find"));
  add(runs, 10, ok(7));
  add(runs, 10, crash(5, "general protection fault in foo_find_slow"));
  std::vector<RunRecord> before = runs;
  assess(before, commit(k_start));
  assess(runs, commit(k_start), context);
  EXPECT_LT(p_of(runs, 5, "general protection fault in foo_find_slow"),
            p_of(before, 5, "general protection fault in foo_find_slow"));
}

TEST(Identity, ExplainsItself) {
  std::vector<RunRecord> runs;
  add(runs, 10, crash(k_start, "WARNING: bad unlock balance in foo_move"));
  add(runs, 10, crash(8, "possible deadlock in foo_move"));
  const Assessment got = judge(runs);
  EXPECT_EQ(got.explain(0),
            "\"WARNING: bad unlock balance in foo_move\" is the bug (99 %): the crash that the start "
            "revision shows "
            "(+4.2)");
  EXPECT_EQ(got.explain(10),
            "\"possible deadlock in foo_move\" is another crash (23 %): a possible deadlock is not a bad "
            "unlock balance "
            "(-4.0); both are blamed on foo_move (+3.0); shows in 10 of 10 runs, about as often as the bug "
            "does (+0.8)\n"
            "it ended the run before the bug could show: no evidence either way");
}

TEST(Identity, ExplainsWhatHappenedBeforeTheReproducer) {
  std::vector<RunRecord> runs;
  add(runs, 3, crash(k_start, "WARNING in foo"));
  add(runs, 1, boot_failed(8, "WARNING in foo"));
  add(runs, 1, boot_failed(7, "general protection fault in early_probe"));
  const Assessment got = judge(runs);
  EXPECT_EQ(got.explain(3),
            "\"WARNING in foo\" came before the reproducer ran, so it is not the bug's doing");
  EXPECT_EQ(
      got.explain(4),
      "\"general protection fault in early_probe\" came before the reproducer ran, so it is not the bug's "
      "doing");
  EXPECT_EQ(runs[3].p_target, 0);
}

TEST(Identity, TheStartInAVariantIsJudgedLikeAnyOtherRevision) {
  // The variant turns the bug's own detector off: what shows instead is no face of the bug for being seen
  // there.
  std::vector<RunRecord> runs;
  add(runs, 10, crash(k_start, k_bug));
  add(runs, 10, crash(k_start, "general protection fault in batadv_iv_ogm_queue_add"));
  for (std::size_t i = 10; i < 20; ++i) runs[i].variant = "lean";
  judge(runs);
  EXPECT_EQ(runs[0].identity, Identity::target);
  EXPECT_EQ(runs[10].identity, Identity::foreign);
}

TEST(Identity, AQuietStartInAVariantFreesNothing) {
  Context context;
  context.is_ancestor = [](const model::CommitId& a, const model::CommitId& b) { return a < b; };
  std::vector<RunRecord> runs;
  add(runs, 10, crash(k_start, k_bug));
  add(runs, 10, crash(5, "possible deadlock in vfs_fallocate"));
  std::vector<RunRecord> with = runs;
  add(with, 10, ok(k_start));
  for (std::size_t i = 20; i < 30; ++i) with[i].variant = "lean";
  assess(runs, commit(k_start), context);
  assess(with, commit(k_start), context);
  EXPECT_EQ(with[10].p_target, runs[10].p_target);
}

TEST(Identity, RunsThatAreRememberedNeedNoReports) {
  std::vector<RunRecord> runs;
  add(runs, 5, reported(k_start, {lockdep(k_bug, circular, {"&a->lock", "&b->lock"})}));
  add(runs, 5,
      reported(8, {lockdep("possible deadlock in vfs_fallocate", circular, {"&a->lock", "&b->lock"})}));
  for (std::size_t i = 0; i < runs.size(); ++i) runs[i].id = i + 1;
  std::vector<RunRecord> slim = runs;
  Memory memory;
  assess(runs, commit(k_start), {}, &memory);
  for (RunRecord& run : slim) run.reports.clear();
  assess(slim, commit(k_start), {}, &memory);
  EXPECT_GT(slim[5].p_target, 0.75);
  for (std::size_t i = 0; i < runs.size(); ++i) EXPECT_EQ(slim[i].p_target, runs[i].p_target);
}

// Properties over random evidence.

// Some titles that are near each other and some that are not.
std::string title(int index) {
  static const std::vector<std::string> titles = {k_bug,
                                                  "possible deadlock in vfs_fallocate",
                                                  "WARNING in dev_watchdog",
                                                  "general protection fault in batadv_iv_ogm_schedule",
                                                  "KASAN: use-after-free Read in foo_find",
                                                  "INFO: task hung in foo_wait",
                                                  "BUG: MAX_LOCKDEP_ENTRIES too low!",
                                                  "lost connection to test machine",
                                                  "inconsistent lock state in bar_timer"};
  return titles[static_cast<std::size_t>(index) % titles.size()];
}

RunRecord random_run() {
  const int where = *rc::gen::inRange(1, 9);
  switch (*rc::gen::inRange(0, 6)) {
    case 0:
      return boot_failed(where, title(*rc::gen::inRange(0, 9)));
    case 1:
      return infra(where);
    case 2:
      return crash(where, title(*rc::gen::inRange(0, 9)));
    case 3:
      return reported(where, {report(title(*rc::gen::inRange(1, 9))), report(title(*rc::gen::inRange(1, 9)))},
                      *rc::gen::arbitrary<bool>());
    default:
      return ok(where);
  }
}

// Evidence with a start that clearly shows the bug.
std::vector<RunRecord> random_evidence() {
  std::vector<RunRecord> runs;
  add(runs, *rc::gen::inRange(3, 11), crash(k_start, k_bug));
  add(runs, *rc::gen::inRange(0, 2), crash(k_start, title(*rc::gen::inRange(1, 9))));
  const int count = *rc::gen::inRange(0, 40);
  for (int i = 0; i < count; ++i) add(runs, 1, random_run());
  return runs;
}

RC_GTEST_PROP(IdentityProperty, OrderDoesNotMatter, ()) {
  std::vector<RunRecord> runs = random_evidence();
  std::vector<RunRecord> shuffled = runs;
  const unsigned seed = *rc::gen::arbitrary<unsigned>();
  std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937(seed));
  judge(runs);
  judge(shuffled);
  std::map<std::uint64_t, const RunRecord*> by_id;
  for (const RunRecord& run : shuffled) by_id[run.id] = &run;
  for (const RunRecord& run : runs) {
    RC_ASSERT(run.p_target == by_id[run.id]->p_target);
    RC_ASSERT(run.completed == by_id[run.id]->completed);
  }
}

RC_GTEST_PROP(IdentityProperty, AssessingAgainChangesNothing, ()) {
  std::vector<RunRecord> runs = random_evidence();
  judge(runs);
  std::vector<RunRecord> again = runs;
  judge(again);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    RC_ASSERT(runs[i].p_target == again[i].p_target);
    RC_ASSERT(runs[i].completed == again[i].completed);
  }
}

RC_GTEST_PROP(IdentityProperty, OneMoreCrashOfTheBugAtTheStartNeverMakesItForeign, ()) {
  std::vector<RunRecord> runs = random_evidence();
  add(runs, 1, crash(k_start, k_bug));
  judge(runs);
  for (const RunRecord& run : runs)
    if (kind_of(run.outcome) == model::OutcomeKind::crashed && text_of(run.outcome) == k_bug)
      RC_ASSERT(run.identity == Identity::target);
}

// A crash of a kind that excludes the bug's, wherever it shows, speaks for no other crash.
RC_GTEST_PROP(IdentityProperty, AForeignCrashRaisesNoOther, ()) {
  std::vector<RunRecord> runs = random_evidence();
  std::vector<RunRecord> more = runs;
  add(more, *rc::gen::inRange(1, 11), crash(*rc::gen::inRange(1, 9), "divide error in strange_scale"));
  judge(runs);
  judge(more);
  for (std::size_t i = 0; i < runs.size(); ++i) RC_ASSERT(more[i].p_target <= runs[i].p_target + 1e-9);
  RC_ASSERT(more.back().p_target < 0.05);
}

RC_GTEST_PROP(IdentityProperty, RunsWithoutACrashShowNothing, ()) {
  std::vector<RunRecord> runs = random_evidence();
  judge(runs);
  for (const RunRecord& run : runs) {
    RC_ASSERT(run.p_target >= 0 && run.p_target < 1);
    if (kind_of(run.outcome) != model::OutcomeKind::crashed) RC_ASSERT(run.p_target == 0);
  }
}

}  // namespace
}  // namespace culprit::identity
