#include "output/summary/summary.h"

#include <gtest/gtest.h>

#include "output/summary/marks.h"
#include "tests/support/story.h"

namespace culprit::output {
namespace {

TEST(Summary, CountsWhatFinished) {
  const Summary s = fold(found_story().events());
  EXPECT_EQ(s.stats.builds, 7u);
  EXPECT_EQ(s.stats.runs, 60u);
  EXPECT_EQ(s.tested(), 7u);
  EXPECT_DOUBLE_EQ(s.stats.build_s, 371 + 402 + 398 + 112 + 377 + 131 + 95);
  EXPECT_EQ(s.revisions[1].label, "v6.1.40");
  EXPECT_EQ(s.revisions[1].stage, "release");
  EXPECT_EQ(s.revisions[1].title, "Linux 6.1.40");
  EXPECT_TRUE(s.revisions[3].build_broken());
  EXPECT_EQ(s.conclusion->culprit, id_of(7));
  EXPECT_TRUE(s.under_way.empty());
}

TEST(Summary, AWordAfterTheAnswerAsksAgain) {
  Story story = found_story();
  story.event(model::PersonJudged{{id_of(7), model::UserVerdict::good}});
  EXPECT_FALSE(fold(story.events()).conclusion);
}

TEST(Summary, KeepsAllWordsOfAPersonAndSaysWhereTheyContradictEachOther) {
  Story story;
  story.started(id_of(1));
  for (const model::UserVerdict word : {model::UserVerdict::good, model::UserVerdict::bad})
    story.event(model::PersonJudged{{id_of(2), word}});
  story.event(model::PersonJudged{{id_of(3), model::UserVerdict::skip}});
  const Summary s = fold(story.events());
  EXPECT_TRUE(s.find(id_of(2))->contradicted());
  EXPECT_EQ(verdict_text(*s.find(id_of(2))), "both (you)");
  EXPECT_FALSE(s.find(id_of(3))->contradicted());
  EXPECT_EQ(verdict_text(*s.find(id_of(3))), "skip (you)");
}

TEST(Summary, AStartWithoutAnEndVanishesAtAResumption) {
  Story story;
  story.started(id_of(1))
      .decided("start", id_of(1), 4)
      .build_started(id_of(1), "a title")
      .built(id_of(1), 10);
  story.runs(id_of(1), "xx", 5).run_started(id_of(1), 2);
  const Summary before = fold(story.events());
  ASSERT_EQ(before.under_way.size(), 1u);
  EXPECT_EQ(before.under_way[0].runs_going, 1);
  EXPECT_EQ(before.under_way[0].runs_done, 2);

  story.pause(86400).event(model::Resumed{});
  const Summary resumed = fold(story.events());
  EXPECT_TRUE(resumed.under_way.empty());
  EXPECT_EQ(resumed.stats.runs, 2u);

  story.decided("start", id_of(1), 2).runs(id_of(1), "xx", 5).judged(id_of(1), model::Verdict::bad, 0.99);
  const Summary after = fold(story.events());
  EXPECT_EQ(after.stats.runs, 4u);
  EXPECT_EQ(after.revisions.size(), 1u);
  EXPECT_DOUBLE_EQ(after.stats.wall_s, 10 + 4 * 5) << "the night between the sessions is no work";
}

TEST(Summary, AnEventThatIsReadAgainChangesNothing) {
  const Story story = found_story();
  SummaryFold fold_twice;
  for (const model::Event& event : story.events()) EXPECT_TRUE(fold_twice.apply(event));
  for (const model::Event& event : story.events()) EXPECT_FALSE(fold_twice.apply(event));
  EXPECT_EQ(fold_twice.summary().stats.runs, 60u);
}

TEST(Summary, ParallelExperimentsAreUnderWayEachByItself) {
  const Summary s = fold(running_story().events());
  ASSERT_EQ(s.under_way.size(), 2u);
  EXPECT_EQ(s.under_way[0].runs_done, 4);
  EXPECT_EQ(s.under_way[0].runs_wanted, 10);
  EXPECT_FALSE(s.under_way[0].building);
  EXPECT_TRUE(s.under_way[1].building);
}

TEST(Summary, IdentitiesAndVerdictsAreTakenAnew) {
  Story story;
  story.started(id_of(1)).decided("start", id_of(1), 2).build_started(id_of(1), "t").built(id_of(1), 1);
  story.runs(id_of(1), "~~", 1).judged(id_of(1), model::Verdict::unknown, 0.5);
  SummaryFold fold;
  for (const model::Event& event : story.events()) fold.apply(event);
  EXPECT_EQ(mark_of(fold.summary().revisions[0].runs[0]), Mark::nothing);

  std::vector<model::RunRecord> runs(2);
  runs[0].id = 1;
  runs[0].identity = model::Identity::target;
  runs[0].p_target = 0.9;
  runs[1].id = 77;  // of another store: ignored
  fold.reidentify(runs);
  const std::vector<model::RevisionVerdict> verdicts{
      {.commit = id_of(1), .verdict = model::Verdict::bad, .p_bad = 0.97, .why = "one run shows it"}};
  fold.rejudge(verdicts);
  EXPECT_EQ(mark_of(fold.summary().revisions[0].runs[0]), Mark::target);
  EXPECT_EQ(mark_of(fold.summary().revisions[0].runs[1]), Mark::nothing);
  EXPECT_EQ(fold.summary().revisions[0].verdict, model::Verdict::bad);
  EXPECT_EQ(fold.summary().revisions[0].why, "one run shows it");
}

TEST(Summary, TheChasedTitleIsTheStartsNotTheMostFrequent) {
  Story story;
  story.started(id_of(1))
      .runs(id_of(1), "x!!", 1, "the bug", "noise")
      .runs(id_of(2), "xxxx", 1, "another face");
  EXPECT_EQ(chased_title(fold(story.events())), "the bug");
}

TEST(Summary, ShowsTheCulpritsOwnCrash) {
  Story story;
  story.started(id_of(1))
      .runs(id_of(1), "xx", 1, "as first seen")
      .runs(id_of(2), "!x", 1, "as it was then", "noise");
  model::Conclusion c;
  c.kind = model::ResultKind::culprit;
  c.culprit = id_of(2);
  story.event(model::Finished{c});
  const Summary s = fold(story.events());
  ASSERT_NE(shown_crash(s), nullptr);
  EXPECT_EQ(shown_crash(s)->title, "as it was then");
  EXPECT_EQ(shown_crash(s)->text, report_text("as it was then"));
}

TEST(Summary, WithoutAReportTheConsolesEndIsTheExcerpt) {
  model::RunFinished e;
  e.run.id = 1;
  e.run.commit = id_of(1);
  e.run.outcome = model::Crashed{"SIGSEGV"};
  e.console = std::string(10000, 'x') + "\nlast words\nand more\n";
  const Summary s = fold(Story().started(id_of(1)).event(e).events());
  EXPECT_EQ(shown_crash(s)->text, "last words\nand more\n");
}

TEST(Summary, ExcerptsAreBounded) {
  model::RunFinished e;
  e.run.commit = id_of(1);
  e.run.outcome = model::Crashed{"big"};
  model::CrashReport report;
  report.title = "big";
  for (int i = 0; i < 10000; ++i) report.text += "a line of a report\n";
  e.run.reports.push_back(report);
  const Summary s = fold(Story().event(e).events());
  EXPECT_LE(shown_crash(s)->text.size(), k_excerpt_limit);
  EXPECT_TRUE(shown_crash(s)->text.ends_with("report\n"));
}

TEST(Summary, APersonsWordNeedsNoTest) {
  const Summary s = fold(
      Story().started(id_of(1)).event(model::PersonJudged{{id_of(2), model::UserVerdict::good}}).events());
  EXPECT_EQ(s.revisions[0].person, model::UserVerdict::good);
  EXPECT_EQ(s.tested(), 1u);
  EXPECT_FALSE(s.revisions[0].tested());
  EXPECT_EQ(verdict_text(s.revisions[0]), "good (you)");
}

TEST(Marks, ManyRunsBecomeCounts) {
  const Summary s = fold(Story().runs(id_of(1), "xxxx....!i......", 1).events());
  StyledLine all(Style{}, 80);
  put_marks(all, s.revisions[0].runs, 20);
  EXPECT_EQ(all.str(), "xxxx....!?......");
  StyledLine counts(Style{}, 80);
  put_marks(counts, s.revisions[0].runs, 15);
  EXPECT_EQ(counts.str(), "4x 1! 10. 1?");
}

}  // namespace
}  // namespace culprit::output
