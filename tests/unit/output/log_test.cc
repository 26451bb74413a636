#include "output/syzbot_log.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "model/graph/commit_graph.h"
#include "replay/reading/syzbot_reader.h"
#include "tests/support/golden.h"
#include "tests/support/story.h"

namespace culprit::output {
namespace {

std::string log_of(std::span<const model::Event> events) {
  std::string out;
  write_syzbot_log(events, [&](std::string_view text) { out += text; }, story_texts());
  return out;
}

TEST(SyzbotLog, SpeaksTheGrammar) {
  expect_golden("found.log", log_of(found_story().events()));
  expect_golden("inconclusive.log", log_of(inconclusive_story().events()));
  expect_golden("horizon.log", log_of(horizon_story().events()));
  expect_golden("fix.log", log_of(fix_story().events()));
}

TEST(SyzbotLog, AnInterruptionLeavesNoTrace) {
  const Story whole = found_story();
  std::vector<model::Event> events;
  for (const model::Event& event : whole.events()) {
    events.push_back(event);
    events.push_back({.sequence = 0, .time = event.time, .body = model::Interrupted{"SIGINT"}});
    events.push_back({.sequence = 0, .time = event.time, .body = model::Resumed{}});
  }
  EXPECT_EQ(log_of(events), log_of(whole.events()));
}

TEST(SyzbotLog, TenEqualRunsAreAllRunsAndNoOtherNumberIs) {
  const auto runs_of = [](std::string_view marks) {
    Story story;
    story.started(id_of(1))
        .decided("start", id_of(1), 1)
        .runs(id_of(1), marks, 1)
        .judged(id_of(1), model::Verdict::bad, 1);
    const std::string log = log_of(story.events());
    return log.substr(log.find("testing commit"));
  };
  const std::string head = "testing commit " + id_of(1).hex() + "\n";
  EXPECT_EQ(runs_of("..........").substr(0), head + "all runs: OK\n");
  EXPECT_EQ(runs_of("..."), head + "run #0: OK\nrun #1: OK\nrun #2: OK\n");
}

// Start 1 and end 3, between which git searches.
Story between_ends() {
  Story story;
  story.started(id_of(1)).decided("start", id_of(1), 1).runs(id_of(1), "x", 1);
  story.judged(id_of(1), model::Verdict::bad, 0.99);
  story.decided("end", id_of(3), 1).runs(id_of(3), ".", 1).judged(id_of(3), model::Verdict::good, 0.01);
  return story;
}

TEST(SyzbotLog, ARevisionThatIsTestedAgainAppearsAgainWithItsNewRunsAndARevisedWordIsTakenBack) {
  Story story = between_ends();
  story.decided("bisect", id_of(2), 2, {}, standing(5, 2)).build_started(id_of(2), "a change");
  story.built(id_of(2), 1).runs(id_of(2), "..", 1).judged(id_of(2), model::Verdict::good, 0.2);
  story.judged(id_of(2), model::Verdict::unknown, 0.4).judged(id_of(2), model::Verdict::unknown, 0.5);
  story.decided("confirm", id_of(2), 1).runs(id_of(2), "x", 1).judged(id_of(2), model::Verdict::bad, 0.99);
  const std::string log = log_of(story.events());
  EXPECT_EQ(
      log.substr(log.find("# git bisect start")),
      fmt::format(
          "# git bisect start {1} {2}\n"
          "Bisecting: 2 revisions left to test after this (roughly 2 steps)\n[{0}] a change\n"
          "testing commit {0}\ncompiler: gcc (Debian 12.2.0-14) 12.2.0\nrun #0: OK\nrun #1: OK\n"
          "# git bisect good {0}\n"
          "# culprit: {0} again, after 2 runs\ntesting commit {0}\ncompiler: gcc (Debian 12.2.0-14) 12.2.0\n"
          "run #2: crashed: possible deadlock in frob_flush\n"
          "# culprit: {0} is bad: it was called good before\n# git bisect start {0} {2}\n",
          id_of(2).hex(), id_of(1).hex(), id_of(3).hex()));
  EXPECT_EQ(replay::read_bisection_log(log).find(id_of(2).hex())->logged, model::UserVerdict::bad);
}

TEST(SyzbotLog, AVerdictThatIsOpenHasNoWordUntilItIsSettled) {
  Story story = between_ends();
  story.decided("bisect", id_of(2), 1).runs(id_of(2), ".", 1).judged(id_of(2), model::Verdict::unknown, 0.4);
  EXPECT_EQ(log_of(story.events()).find("# git bisect skip"), std::string::npos);
  EXPECT_EQ(log_of(story.events()).find("# git bisect good"), std::string::npos);
  story.decided("confirm", id_of(2), 1).runs(id_of(2), ".", 1).judged(id_of(2), model::Verdict::good, 0.05);
  EXPECT_NE(log_of(story.events()).find("# git bisect good " + id_of(2).hex() + "\n"), std::string::npos);
}

// History 3 - 2 - 1, and 4 beside 2: both are parents of 1.
TEST(SyzbotLog, AncestryIsSaidWhereTheOrderDoesNotImplyIt) {
  const auto graph =
      *model::CommitGraph::create({id_of(3), id_of(2), id_of(4), id_of(1)}, {0, 0, 1, 2, 4}, {0, 0, 1, 2});
  const auto log_with_graph = [&](const Story& story) {
    std::string out;
    CommitTexts texts = story_texts();
    texts.graph = [&] { return &graph; };
    write_syzbot_log(story.events(), [&](std::string_view text) { out += text; }, texts);
    return out;
  };
  Story story = between_ends();
  story.decided("bisect", id_of(2), 1).runs(id_of(2), ".", 1).judged(id_of(2), model::Verdict::good, 0.05);
  EXPECT_EQ(log_with_graph(story).find("is an ancestor of"), std::string::npos);
  story.decided("bisect", id_of(4), 1).runs(id_of(4), "x", 1).judged(id_of(4), model::Verdict::bad, 0.99);
  const std::string log = log_with_graph(story);
  EXPECT_NE(log.find(fmt::format("# culprit: {0} is an ancestor of {1}\n# culprit: {0} descends from {2}\n"
                                 "Bisecting: 0 revisions left to test after this (roughly 0 steps)\n[{0}]",
                                 id_of(4).hex(), id_of(1).hex(), id_of(3).hex())),
            std::string::npos)
      << log;
  const replay::BisectionLog read = replay::read_bisection_log(log);
  EXPECT_TRUE(read.states_ancestry);
  EXPECT_EQ(read.kin.size(), 2U);
  EXPECT_TRUE(read.unread.empty());
}

TEST(SyzbotLog, ARevertThatCannotBeBuiltIsNoTestOfTheStart) {
  Story story = between_ends();
  model::BuildRecord build;
  build.commit = id_of(1);
  build.variant = model::name_of(model::RevertVariant{id_of(2), ""});
  build.status = model::BuildStatus::broken;
  build.text = "the revert conflicts in number";
  story.event(model::BuildFinished{build}).judged(id_of(1), model::Verdict::bad, 0.99);
  const std::string log = log_of(story.events());
  EXPECT_NE(log.find(fmt::format("testing without commit {1}\ntesting commit {0}\nfailed building {0}: the "
                                 "revert conflicts in number\n",
                                 id_of(1).hex(), id_of(2).hex())),
            std::string::npos)
      << log;
  EXPECT_EQ(replay::read_bisection_log(log).revisions.front().failure, replay::LoggedFailure::none);
}

// A masked revision that a variant got past, after the variant's trial at the start, and a culprit taken back
// there.
TEST(SyzbotLog, RunsInAVariantAreTheRevisionsAndThoseOfATrialOrARevertAreNot) {
  const auto in_variant = [](Story& story, const model::CommitId& commit, const std::string& variant,
                             model::RunOutcome outcome, std::uint64_t id) {
    model::RunRecord run;
    run.id = id;
    run.commit = commit;
    run.variant = variant;
    run.completed = kind_of(outcome) == model::OutcomeKind::ok;
    run.outcome = std::move(outcome);
    story.event(model::RunFinished{std::move(run), ""});
  };
  Story story;
  story.started(id_of(1))
      .built(id_of(1), 1, std::string(64, 'a'))
      .runs(id_of(1), "xx", 1)
      .judged(id_of(1), model::Verdict::bad, .98);
  story.built(id_of(2), 1, std::string(64, 'b')).runs(id_of(2), "!!", 1).note("2 is masked");
  in_variant(story, id_of(1), "lean", model::Ok{}, 100);
  in_variant(story, id_of(2), "lean", model::Crashed{"the bug"}, 101);
  story.judged(id_of(1), model::Verdict::bad, .98).judged(id_of(2), model::Verdict::bad, .98);
  in_variant(story, id_of(1), model::name_of(model::RevertVariant{id_of(2), ""}), model::Ok{}, 102);
  story.judged(id_of(1), model::Verdict::bad, .98);
  const std::string log = log_of(story.events());
  EXPECT_NE(log.find("# culprit: 2 is masked\n"), std::string::npos) << log;
  EXPECT_NE(log.find("testing the variant lean\ntesting commit " + id_of(1).hex() + "\n"), std::string::npos)
      << log;
  EXPECT_NE(log.find("# culprit: in the variant lean\ntesting commit " + id_of(2).hex() + "\n"),
            std::string::npos)
      << log;
  EXPECT_NE(log.find("testing without commit " + id_of(2).hex() + "\ntesting commit " + id_of(1).hex() +
                     "\nrun #0: OK\n"),
            std::string::npos)
      << log;
  const replay::BisectionLog read = replay::read_bisection_log(log);
  ASSERT_EQ(read.revisions.size(), 2U);
  EXPECT_EQ(read.revisions[0].runs.size(), 2U);
  EXPECT_EQ(read.revisions[1].runs.size(), 3U);
  EXPECT_EQ(read.variants.size(), 2U);
  EXPECT_TRUE(read.unread.empty());
}

TEST(SyzbotLog, EveryOutcomeHasAWord) {
  Story story;
  story.started(id_of(1))
      .decided("start", id_of(1), 6)
      .runs(id_of(1), "x.btoi", 1)
      .judged(id_of(1), model::Verdict::bad, 1);
  const std::string log = log_of(story.events());
  EXPECT_EQ(log.substr(log.find("run #0")),
            "run #0: crashed: possible deadlock in frob_flush\n"
            "run #1: OK\n"
            "run #2: boot failed: KASAN: slab-out-of-bounds Read in early_frob\n"
            "run #3: basic kernel testing failed: WARNING in frob_selftest\n"
            "run #4: basic kernel testing failed: timed out\n"
            "run #5: infra problem: the guest's disk could not be made: no space left on device\n");
}

TEST(SyzbotLog, ATitleStaysOnItsLine) {
  Story story;
  story.started(id_of(1)).decided("start", id_of(1), 1).runs(id_of(1), "x", 1, "two\nlines \x1b[31m");
  story.judged(id_of(1), model::Verdict::bad, 1);
  const std::string log = log_of(story.events());
  EXPECT_NE(log.find("run #0: crashed: two lines ^[[31m\n"), std::string::npos) << log;
}

TEST(SyzbotLog, RunsThatNobodyJudgedAreWrittenAtTheEnd) {
  Story story;
  story.started(id_of(1)).decided("start", id_of(1), 3).runs(id_of(1), "..", 1);
  model::Conclusion c;
  c.kind = model::ResultKind::infrastructure;
  c.explanation = "the disk is full";
  story.event(model::Finished{c});
  const std::string log = log_of(story.events());
  EXPECT_NE(
      log.find(
          "run #1: OK\nrevisions tested: 1, total time: 2s (build: 0s, test: 2s)\nerror: the disk is full\n"),
      std::string::npos)
      << log;
}

// What the bisection knew beyond the titles is in the log, and is read.
TEST(SyzbotLog, CrashesAreWhatTheyWereTakenFor) {
  Story story = between_ends();
  story.decided("bisect", id_of(2), 3).runs(id_of(2), "x!.", 1, "deadlock in frob_flush_all");
  story.judged(id_of(2), model::Verdict::bad, 0.99);
  story.decided("bisect", id_of(4), 2).runs(id_of(4), "x.", 1).judged(id_of(4), model::Verdict::good, 0.01);
  story.decided("bisect", id_of(5), 1).runs(id_of(5), "x", 1).judged(id_of(5), model::Verdict::unknown, 0.2);
  model::Conclusion c;
  c.kind = model::ResultKind::culprit;
  c.culprit = id_of(2);
  story.event(model::Finished{c});
  const std::string log = log_of(story.events());
  for (const std::string& line :
       {fmt::format("# culprit: {} shows the bug in #0\n", id_of(2).hex()),
        fmt::format("# culprit: {} shows another failure in #1\n", id_of(2).hex()),
        fmt::format("# culprit: {} is free of the bug though 1 run showed it: ", id_of(4).hex()),
        fmt::format("# culprit: {} is open though 1 run showed it: nothing could be", id_of(5).hex())})
    EXPECT_NE(log.find(line), std::string::npos) << line << log;
  const replay::BisectionLog read = replay::read_bisection_log(log);
  EXPECT_TRUE(read.unread.empty());
  const auto& runs = read.find(id_of(2).hex())->runs;
  EXPECT_EQ(runs[0].is, replay::CrashIs::bug);
  EXPECT_EQ(runs[1].is, replay::CrashIs::another);
  EXPECT_FALSE(read.find(id_of(4).hex())->crashes_count);
  EXPECT_FALSE(read.find(id_of(5).hex())->crashes_count);
  EXPECT_TRUE(read.find(id_of(1).hex())->crashes_count);
}

TEST(SyzbotLog, EveryKindOfEndIsRead) {
  const std::pair<model::ResultKind, replay::LoggedKind> kinds[] = {
      {model::ResultKind::culprit, replay::LoggedKind::culprit},
      {model::ResultKind::inconclusive, replay::LoggedKind::inconclusive},
      {model::ResultKind::horizon, replay::LoggedKind::horizon},
      {model::ResultKind::not_reproduced, replay::LoggedKind::error},
      {model::ResultKind::good_end_crashes, replay::LoggedKind::error},
      {model::ResultKind::infrastructure, replay::LoggedKind::error}};
  for (const auto& [kind, logged] : kinds) {
    Story story;
    story.started(id_of(1))
        .decided("start", id_of(1), 1)
        .runs(id_of(1), "x", 1)
        .judged(id_of(1), model::Verdict::bad, 1);
    model::Conclusion c;
    c.kind = kind;
    c.tested = id_of(1);
    if (kind == model::ResultKind::culprit) c.culprit = id_of(1);
    story.event(model::Finished{c});
    const replay::BisectionLog log = replay::read_bisection_log(log_of(story.events()));
    EXPECT_EQ(log.result.kind, logged) << model::name_of(kind);
    EXPECT_TRUE(log.unread.empty());
  }
}

void play(const Story& story, SummaryFold& fold, SyzbotLogFile& log) {
  for (const model::Event& event : story.events())
    if (fold.apply(event)) log.on_event(event);
}

TEST(SyzbotLogFile, WritesAndReportsWhatItCannot) {
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("culprit-log-test-{}", getpid());
  std::filesystem::create_directories(folder);
  {
    SummaryFold fold;
    auto file = SyzbotLogFile::create(folder / "a.log", fold, story_texts());
    ASSERT_TRUE(file);
    play(found_story(), fold, **file);
    EXPECT_FALSE((*file)->error());
    std::ifstream in(folder / "a.log");
    std::ostringstream text;
    text << in.rdbuf();
    EXPECT_EQ(text.str(), log_of(found_story().events())) << "nothing waits in a buffer";
  }
  const SummaryFold empty;
  const auto missing = SyzbotLogFile::create(folder / "no" / "a.log", empty, {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(base::render(missing.error()),
            fmt::format("culprit: error: {}: cannot write the log: No such file or directory\n"
                        "hint: name a file in a folder that exists and may be written\n",
                        (folder / "no" / "a.log").string()));
  if (std::filesystem::exists("/dev/full")) {
    SummaryFold fold;
    auto full = SyzbotLogFile::create("/dev/full", fold, {});
    ASSERT_TRUE(full);
    play(found_story(), fold, **full);
    ASSERT_TRUE((*full)->error());
    EXPECT_EQ((*full)->error()->what, "cannot write: No space left on device");
  }
  std::filesystem::remove_all(folder);
}

// Any bisection that the engine may tell, as far as its log can say it.
Story any_story() {
  const auto number = [](int low, int high) { return *rc::gen::inRange(low, high); };
  Story story;
  story.started(id_of(1), number(0, 2) == 0 ? model::Goal::cause : model::Goal::fix);
  const int steps = number(1, 12);
  for (int i = 0; i < steps; ++i) {
    const int which = i == 0 ? 1 : number(1, 8);
    const auto commit = id_of(static_cast<std::uint64_t>(which));
    const std::string_view stage = i == 0 ? "start" : number(0, 3) == 0 ? "release" : "bisect";
    const std::string label = which % 3 == 0 ? "v6." + std::to_string(which) : "";
    story.decided(stage, commit, 1, label,
                  standing(static_cast<std::size_t>(number(0, 5000)), number(0, 12)));
    story.build_started(commit, fmt::format("subsystem: change {} of \"many\"", number(0, 99)), label);
    if (which % 4 == 0) {  // a revision builds or it does not
      story.broken(commit, 5, "x.c:1: error: no");
    } else {
      story.built(commit, 5, std::string(64, static_cast<char>('a' + which / 2)));
      std::string marks;
      const int runs = number(0, 4) == 0 ? 10 : number(0, 14);
      const bool same = number(0, 2) == 0;
      for (int r = 0; r < runs; ++r) marks += "x.!btoi"[same ? 0 : number(0, 7)];
      story.runs(commit, marks, 1);
    }
    story.judged(commit, static_cast<model::Verdict>(number(0, 3)), 0.5, label);
  }
  if (number(0, 4) != 0) {
    model::Conclusion c;
    c.kind = static_cast<model::ResultKind>(number(0, 6));
    if (c.kind == model::ResultKind::culprit) c.culprit = id_of(7);
    if (c.kind == model::ResultKind::inconclusive) c.candidates = {{id_of(2), 0.5}, {id_of(3), 0.4}};
    c.tested = id_of(1);
    c.explanation = "so it is";
    story.event(model::Finished{c});
  }
  return story;
}

replay::LoggedOutcome logged_as(model::OutcomeKind kind) {
  using enum model::OutcomeKind;
  return kind == ok            ? replay::LoggedOutcome::ok
         : kind == crashed     ? replay::LoggedOutcome::crashed
         : kind == boot_failed ? replay::LoggedOutcome::boot_failed
         : kind == infra       ? replay::LoggedOutcome::infra
                               : replay::LoggedOutcome::test_failed;
}

TEST(SyzbotLog, WhatIsWrittenIsRead) {
  EXPECT_TRUE(rc::check([] {
    const Story story = any_story();
    const Summary summary = fold(story.events());
    const replay::BisectionLog log = replay::read_bisection_log(log_of(story.events()));
    RC_ASSERT(log.unread.empty());
    RC_ASSERT(log.goal == summary.problem.goal);
    RC_ASSERT(log.start == summary.problem.start);
    RC_ASSERT(log.variants.empty());
    for (const RevisionSummary& revision : summary.revisions) {
      if (!revision.tested()) continue;
      const replay::LoggedRevision* read = log.find(revision.commit.hex());
      RC_ASSERT(read != nullptr);
      RC_ASSERT(read->label == revision.label);
      RC_ASSERT(read->signature == revision.signature);
      RC_ASSERT(read->runs.size() == revision.runs.size());
      RC_ASSERT((read->failure == replay::LoggedFailure::build_broken) == revision.build_broken());
      for (std::size_t i = 0; i < revision.runs.size(); ++i) {
        RC_ASSERT(read->runs[i].number == static_cast<int>(i));
        RC_ASSERT(read->runs[i].outcome == logged_as(revision.runs[i].outcome));
        if (revision.runs[i].outcome == model::OutcomeKind::crashed)
          RC_ASSERT(read->runs[i].text == revision.runs[i].text);
      }
      // What is open, or named by the answer, may have another word than its last verdict.
      if (!read->logged || revision.verdict == model::Verdict::unknown ||
          log.result.commit == revision.commit)
        continue;
      const model::UserVerdict want =
          (revision.verdict == model::Verdict::bad) == (log.goal == model::Goal::cause)
              ? model::UserVerdict::bad
              : model::UserVerdict::good;
      RC_ASSERT(*read->logged == want);
    }
    if (!summary.conclusion) return;
    RC_ASSERT(log.result.kind != replay::LoggedKind::none);
    RC_ASSERT(log.result.commit == summary.conclusion->culprit);
    RC_ASSERT(log.result.candidates.size() == (summary.conclusion->kind == model::ResultKind::inconclusive
                                                   ? summary.conclusion->candidates.size()
                                                   : 0));
    RC_ASSERT(log.revisions_tested == static_cast<int>(summary.tested()));
    const CrashExcerpt* crash = shown_crash(summary);
    RC_ASSERT(log.crash_title == (crash != nullptr ? crash->title : std::string()));
    RC_ASSERT(log.console == (crash != nullptr ? crash->text : std::string()));
  }));
}

TEST(SyzbotLog, TheCulpritsDescriptionSurvives) {
  const replay::BisectionLog log = replay::read_bisection_log(log_of(found_story().events()));
  ASSERT_TRUE(log.shown);
  const auto info = *story_texts().info_of(id_of(7));
  EXPECT_EQ(log.shown->title, info.title);
  EXPECT_EQ(log.shown->body + "\n", info.body);
  EXPECT_EQ(log.shown->author_email, info.author_email);
  EXPECT_EQ(log.shown->author_date, info.author_date);
  EXPECT_EQ(log.diffstat, story_texts().diffstat_of(id_of(7)));
  EXPECT_EQ(log.recipients_to,
            (std::vector<std::string>{"ada@example.org", "grace@example.com", "greg@example.net"}));
  EXPECT_EQ(log.recipients_cc, (std::vector<std::string>{"linux-frob@example.net"}));
  EXPECT_NE(log.culprit_signature, log.parent_signature);
}

}  // namespace
}  // namespace culprit::output
