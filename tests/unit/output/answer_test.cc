#include "output/answer.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "output/mail.h"
#include "output/words/text.h"
#include "tests/support/golden.h"
#include "tests/support/story.h"

namespace culprit::output {
namespace {

Style wide(std::size_t columns = 80, bool color = false) {
  Style style;
  style.columns = columns;
  style.color = color;
  return style;
}

std::string answer_of(const Story& story, const Style& style = wide()) {
  return render_answer(fold(story.events()), story_texts(), style);
}

Story ended(model::ResultKind kind, const std::function<void(model::Conclusion&)>& change = {}) {
  Story story;
  story.started(id_of(1))
      .decided("start", id_of(1), 10)
      .build_started(id_of(1), "frob: use the new queue everywhere");
  story.built(id_of(1), 60)
      .runs(id_of(1), kind == model::ResultKind::not_reproduced ? ".........." : "xx........", 20);
  story.judged(id_of(1),
               kind == model::ResultKind::not_reproduced ? model::Verdict::good : model::Verdict::bad, 0.5);
  model::Conclusion c;
  c.kind = kind;
  c.tested = id_of(1);
  if (change) change(c);
  story.event(model::Finished{c});
  return story;
}

TEST(Answer, NamesTheCulprit) {
  expect_golden("answer-found.txt", answer_of(found_story()));
  expect_golden("answer-found-132.txt", answer_of(found_story(), wide(132)));
  expect_golden("answer-found-color.txt", answer_of(found_story(), wide(80, true)));
  expect_golden("answer-fix.txt", answer_of(fix_story()));
}

TEST(Answer, SaysHonestlyWhatIsNotKnown) {
  expect_golden("answer-inconclusive.txt", answer_of(inconclusive_story()));
  expect_golden("answer-horizon.txt", answer_of(horizon_story()));
  expect_golden("answer-not-reproduced.txt", answer_of(ended(model::ResultKind::not_reproduced)));
  expect_golden("answer-good-end-crashes.txt", answer_of(ended(model::ResultKind::good_end_crashes)));
  expect_golden("answer-infrastructure.txt", answer_of(ended(model::ResultKind::infrastructure, [](auto& c) {
                  c.explanation = "Six of ten guests did not start: no space left on device.";
                })));
}

TEST(Answer, AnInconclusiveEndAdvisesWhatThereIs) {
  const std::string text = answer_of(ended(model::ResultKind::inconclusive));
  EXPECT_TRUE(
      text.ends_with("\nNext\n"
                     "  - search a narrower range anew, with more runs: culprit bisect --fresh --good\n"
                     "    REV --bad REV --runs N\n"
                     "\nNo single commit can be named\n"))
      << text;
}

Story not_reproduced(const std::function<void(Story&)>& test) {
  Story story;
  story.started(id_of(1)).decided("start", id_of(1), 10).build_started(id_of(1), "frob: half a change");
  test(story);
  story.judged(id_of(1), model::Verdict::unknown, 0.5);
  model::Conclusion c;
  c.kind = model::ResultKind::not_reproduced;
  c.tested = id_of(1);
  story.event(model::Finished{c});
  return story;
}

TEST(Answer, AStartThatDoesNotBuildIsNoCrashThatDoesNotShow) {
  std::string output;
  for (int i = 1; i <= 12; ++i) output += "line " + std::to_string(i) + "\n";
  const std::string text = answer_of(not_reproduced([&](Story& s) { s.broken(id_of(1), 3, output); }));
  std::string expected = "The bad revision cannot be tested: 7df05daec469\n\nBuild\n";
  for (int i = 3; i <= 12; ++i) expected += "  | line " + std::to_string(i) + "\n";
  EXPECT_TRUE(text.starts_with(expected + "\nTested\n")) << text;
  EXPECT_TRUE(
      text.ends_with("\nNext\n"
                     "  - make it build and run there by hand first, with what culprit is told to do\n"
                     "  - or begin at another revision that shows the bug: culprit bisect --fresh\n"
                     "    --bad REV\n"
                     "\nThe bad revision cannot be tested: 7df05daec469\n"))
      << text;
}

TEST(Answer, AStartThatDoesNotBootOrIsSkippedCannotBeTestedEither) {
  for (const std::string_view marks : {"bbb", "ttt", "bt"}) {
    const std::string text = answer_of(not_reproduced([&](Story& s) {
      s.built(id_of(1), 3);
      s.runs(id_of(1), marks, 1);
    }));
    EXPECT_TRUE(text.starts_with("The bad revision cannot be tested: 7df05daec469\n\nTested\n")) << text;
  }
  for (const std::string_view marks : {"b.", "i", "t!"}) {
    const std::string text = answer_of(not_reproduced([&](Story& s) {
      s.built(id_of(1), 3);
      s.runs(id_of(1), marks, 1);
    }));
    EXPECT_TRUE(text.starts_with("The crash does not show at 7df05daec469\n")) << text;
  }
}

TEST(Answer, NamesTheCompilerOfEachRevisionWhereTheyDiffer) {
  Story story;
  story.started(id_of(1)).decided("start", id_of(1), 1).build_started(id_of(1), "Linux 7.2.13");
  model::BuildRecord build;
  build.commit = id_of(1);
  build.compiler = "Debian clang version 19.1.7 (3~deb12u1), Debian LLD 19.1.7";
  story.event(model::BuildFinished{build}).runs(id_of(1), "x", 1).judged(id_of(1), model::Verdict::bad, 0.99);
  story.decided("release", id_of(2), 1).build_started(id_of(2), "Linux 5.10.262").built(id_of(2), 60);
  story.runs(id_of(2), "..", 1).judged(id_of(2), model::Verdict::good, 0.01);
  model::Conclusion c;
  c.kind = model::ResultKind::culprit;
  c.culprit = id_of(1);
  c.probability = 0.9;
  story.event(model::Finished{c});
  const std::string text = answer_of(story);
  EXPECT_TRUE(text.contains("clang 19.1.7 Linux 7.2.13")) << text;
  EXPECT_TRUE(text.contains("gcc 12.2.0   Linux 5.10.262")) << text;
}

TEST(Answer, AHangHasACrashSectionOfItsOwn) {
  const auto hang = [](double seconds) {
    Story story;
    story.started(id_of(1)).runs(id_of(1), "!", 1);
    model::RunFinished e;
    e.run.commit = id_of(1);
    e.run.outcome = model::TimedOut{};
    e.run.identity = model::Identity::target;
    e.run.p_target = 1;
    e.run.seconds = seconds;
    story.event(e);
    model::Conclusion c;
    c.kind = model::ResultKind::culprit;
    c.culprit = id_of(1);
    story.event(model::Finished{c});
    return answer_of(story);
  };
  EXPECT_NE(hang(20.04).find("\nHang\n  timed out after 20 s\n\n"), std::string::npos) << hang(20.04);
  EXPECT_NE(hang(0.5).find("\nHang\n  timed out after 0.5 s\n\n"), std::string::npos) << hang(0.5);
}

TEST(Answer, ANoOpAndAReleaseAreDoubted) {
  const std::string text = answer_of(ended(model::ResultKind::culprit, [](auto& c) {
    c.culprit = id_of(7);
    c.probability = 0.7;
    c.no_op = true;
    c.is_release = true;
    c.candidates = {{id_of(7), 0.7}, {id_of(8), 0.3}};
  }));
  EXPECT_NE(text.find("Its binary equals its parent's"), std::string::npos);
  EXPECT_NE(text.find("It is a release's own commit"), std::string::npos);
  EXPECT_EQ(text.find("Whom to tell"), std::string::npos) << "nobody is bothered with a no-op";
  EXPECT_NE(text.find("Candidates\n   70.0%"), std::string::npos) << text;
}

TEST(Answer, WithoutAConclusionSaysHowToGoOn) {
  EXPECT_TRUE(answer_of(running_story())
                  .starts_with("The bisection has not come to its end; culprit resume continues it.\n"));
}

TEST(Answer, NothingFromTheSubjectReachesTheTerminalRaw) {
  Story story;
  story.started(id_of(1))
      .build_started(id_of(1), "title \x1b]0;owned\a")
      .runs(id_of(1), "x", 1, "crash \x1b[2J\x9b");
  model::Conclusion c;
  c.kind = model::ResultKind::culprit;
  c.culprit = id_of(1);
  c.explanation = "because \x1b[31m";
  c.next_steps = {"do \x1b[32m"};
  story.event(model::Finished{c});
  CommitTexts texts = story_texts();
  texts.info = [](const model::CommitId& commit) {
    model::CommitInfo info;
    info.id = commit;
    info.author_name = "Evil\x1b[5m\r\n";
    info.title = "\x1b[1;1Htitle";
    return std::optional(info);
  };
  texts.diffstat = [](const model::CommitId&) { return std::string(" a\x1b[0K | 1 +\n"); };
  const Summary s = fold(story.events());
  for (const std::string& text :
       {render_answer(s, texts, wide()), render_show(s, {}, wide()), render_why(s, id_of(1), wide()),
        render_status(s, wide(), story.time(), {})})
    for (const char ch : text) EXPECT_TRUE(ch == '\n' || static_cast<unsigned char>(ch) >= 0x20) << text;
}

TEST(Answer, LongCrashesAreCut) {
  model::RunFinished e;
  e.run.commit = id_of(1);
  e.run.outcome = model::Crashed{"big"};
  model::CrashReport report;
  report.title = "big";
  for (int i = 0; i < 100; ++i) report.text += "a line of a report\n";
  e.run.reports.push_back(report);
  Story story;
  story.started(id_of(1)).event(e);
  model::Conclusion c;
  c.kind = model::ResultKind::horizon;
  story.event(model::Finished{c});
  const std::string text = answer_of(story);
  EXPECT_NE(text.find("  | (92 lines more: culprit show --crash)\n"), std::string::npos) << text;
}

TEST(Status, SaysWhereItStands) {
  const Story story = running_story();
  expect_golden("status-running.txt", render_status(fold(story.events()), wide(), story.time(), {}));
  EXPECT_EQ(render_status({}, wide(), 0, {}), "no bisection has begun here\n");
  Story stopped = running_story();
  stopped.event(model::Interrupted{"disk full"});
  EXPECT_NE(render_status(fold(stopped.events()), wide(), story.time(), {})
                .find("interrupted (disk full); culprit resume continues\n"),
            std::string::npos);
}

TEST(Status, SaysThatNobodyIsAtWork) {
  const Story story = running_story();
  const std::string text = render_status(fold(story.events()), wide(), story.time() + 60, {}, false);
  EXPECT_NE(text.find("\nno culprit is at work on it; `culprit resume` continues, latest news 2m15s ago\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("\nnow    interrupted\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("building"), std::string::npos) << text;

  Story stopped = running_story();
  stopped.event(model::Interrupted{"interrupted"});
  for (const bool at_work : {false, true})
    EXPECT_NE(render_status(fold(stopped.events()), wide(), story.time(), {}, at_work)
                  .find("\ninterrupted; culprit resume continues\n"),
              std::string::npos);
  const Summary found = fold(found_story().events());
  EXPECT_EQ(render_status(found, wide(), story.time(), {}, false),
            render_status(found, wide(), story.time(), {}));
}

TEST(Show, DrawsThePosteriorAlongTheHistory) {
  std::vector<HistoryLine> history{{id_of(1), 0, "x"}};
  for (std::uint64_t i = 0; i < 500; ++i) history.push_back({id_of(5000 + i), 0.0001, ""});
  history.push_back({id_of(140), 0.001, ""});
  history.push_back({id_of(9), 0.088, "frob: nine"});
  history.push_back({id_of(7), 0.62, ""});
  history.push_back({id_of(8), 0.2, ""});
  history.push_back({id_of(6), 0, ""});
  for (std::uint64_t i = 0; i < 300; ++i) history.push_back({id_of(7000 + i), 0, ""});
  history.push_back({id_of(130), 0, ""});
  const Summary s = fold(running_story().events());
  expect_golden("show-running.txt", render_show(s, history, wide()));
  expect_golden("show-running-132.txt", render_show(s, history, wide(132)));
}

TEST(Show, WithoutAHistoryListsWhatIsKnown) {
  expect_golden("show-inconclusive.txt", render_show(fold(inconclusive_story().events()), {}, wide()));
}

TEST(Why, ShowsWhatSpeaksAboutARevision) {
  const Summary s = fold(found_story().events());
  std::string text;
  for (const RevisionSummary& revision : s.revisions) text += render_why(s, revision.commit, wide());
  expect_golden("why-found.txt", text);
  EXPECT_EQ(render_why(s, id_of(99), wide()),
            id_of(99).hex() +
                " was not tested; what is believed of it follows from its neighbours (culprit show)\n");
}

TEST(Why, ARunWithASilencedDetectorIsNotDrawnAsNothingWrong) {
  Story story;
  model::RunFinished e;
  e.run.id = 1;
  e.run.commit = id_of(1);
  e.run.completed = false;
  story.started(id_of(1)).event(e);
  EXPECT_NE(render_why(fold(story.events()), id_of(1), wide())
                .find("  ? run 1: ok (the bug's detector was off: another report came first)\n"),
            std::string::npos);
}

TEST(Why, NamesTheConsolesOfItsRuns) {
  Story story;
  story.started(id_of(1));
  for (const std::uint64_t id : {17, 18, 19, 24, 0, 30}) {
    model::RunFinished e;
    e.run.id = id;
    e.run.commit = id_of(1);
    e.run.completed = id != 30;
    if (id == 30) e.run.outcome = model::Infra{"no disk"};
    story.event(e);
  }
  const std::string text = render_why(fold(story.events()), id_of(1), wide());
  EXPECT_NE(text.find("  . runs 17-19, 24: ok\n  ? run 30: infra: no disk\n"), std::string::npos) << text;
}

TEST(Mail, IsADraftForThePeopleBehindTheCommit) {
  expect_golden("mail-found.txt", render_mail(*draft_mail(fold(found_story().events()), story_texts())));
  expect_golden("mail-fix.txt", render_mail(*draft_mail(fold(fix_story().events()), story_texts())));
}

TEST(Mail, NobodyIsWrittenToWithoutACulprit) {
  EXPECT_FALSE(draft_mail(fold(inconclusive_story().events()), story_texts()));
  EXPECT_FALSE(draft_mail(fold(running_story().events()), story_texts()));
  EXPECT_FALSE(draft_mail(fold(ended(model::ResultKind::culprit,
                                     [](auto& c) {
                                       c.culprit = id_of(7);
                                       c.no_op = true;
                                     })
                                   .events()),
                          story_texts()));
}

TEST(Mail, ANameCannotAddAHeader) {
  Mail mail;
  mail.to = {{"Eve\nBcc: all@example.org", "eve@example.org>\nX: y", "author"}};
  mail.subject = "a\r\nX-Evil: yes";
  mail.body = "text\n";
  EXPECT_EQ(render_mail(mail),
            "To: \"Eve Bcc: all@example.org\" <eve@example.orgX:y>\n"
            "Subject: a X-Evil: yes\n"
            "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: "
            "8bit\n\ntext\n");
}

TEST(Mail, LongNamesBeyondAsciiBecomeSeveralWords) {
  Mail mail;
  mail.to = {{"ÄÖÜäöüßÄÖÜäöüßÄÖÜäöüßÄÖÜäöüß", "a@example.org", "author"}};
  const std::string text = render_mail(mail);
  for (const std::string_view line : base::split_lines(text)) EXPECT_LE(line.size(), 78u) << line;
  EXPECT_EQ(text.substr(0, 14), "To: =?UTF-8?B?");
  EXPECT_NE(text.find("?=\n =?UTF-8?B?"), std::string::npos);
}

TEST(Show, SaysAllThatAPersonSaid) {
  Story story;
  story.started(id_of(1));
  for (const model::UserVerdict word : {model::UserVerdict::good, model::UserVerdict::bad})
    story.event(model::PersonJudged{{id_of(2), word}});
  EXPECT_NE(render_why(fold(story.events()), id_of(2), wide()).find("  a person says: good, then bad\n"),
            std::string::npos);
}

TEST(Status, ByHandNobodyIsExpectedToBeAtWork) {
  Story story;
  story.started(id_of(1), model::Goal::cause, model::Subject::by_hand)
      .decided("bisect", id_of(2), 1, {}, standing(19, 5, 90));
  const std::string text = render_status(fold(story.events()), wide(), story.time(), {}, false);
  EXPECT_NE(text.find("\nby hand, latest news "), std::string::npos) << text;
  EXPECT_NE(text.find("\nleft   19 revisions, roughly 5 steps\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("so far"), std::string::npos) << text;
}

TEST(Answer, DoubtsACommandThatFailsInTheSameWayEverywhere) {
  Story story;
  story.started(id_of(1), model::Goal::cause, model::Subject::program);
  for (const std::uint64_t i : {1, 2}) story.built(id_of(i), 1).runs(id_of(i), "xx", 1, "exit code 1");
  Summary s = fold(story.events());
  s.conclusion = model::Conclusion{.kind = model::ResultKind::good_end_crashes, .tested = id_of(2)};
  constexpr std::string_view k_doubt = "the command failed in the same way at both revisions tested";
  EXPECT_NE(render_answer(s, {}, wide(120)).find(k_doubt), std::string::npos);
  story.runs(id_of(2), ".", 1);
  const auto conclusion = s.conclusion;
  s = fold(story.events());
  s.conclusion = conclusion;
  EXPECT_EQ(render_answer(s, {}, wide(120)).find(k_doubt), std::string::npos);
}

}  // namespace
}  // namespace culprit::output
