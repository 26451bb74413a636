// Text that others wrote must never reach a terminal as it is: every view, of every kind of bisection, with every
// text of it poisoned. A view that is added belongs into views_of().
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "base/overloaded.h"
#include "base/strings.h"
#include "output/answer.h"
#include "output/json.h"
#include "output/mail.h"
#include "output/next.h"
#include "output/page/page.h"
#include "output/report_json.h"
#include "output/syzbot_log.h"
#include "output/terminal/live.h"
#include "output/terminal/terminal.h"
#include "tests/support/story.h"

namespace culprit::output {
namespace {

// The clipboard, a title, a cleared screen, a line written over, C1 controls as UTF-8 and as bytes, marks that turn
// text around, half a character.
constexpr std::string_view k_poison =
    "\x1b]52;c;ZXZpbA==\x07\x1b]0;owned\x1b\\\x1b[2J\rfake\x08\x7f\xc2\x9b"
    "31m\x9b"
    "1m\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8f\xd8\x9c\xe2\x80\xa8\xe6\xbc";

using Poison = std::function<void(std::string&)>;

void poison(model::Reports& reports, const Poison& p) {
  for (model::CrashReport& report : reports) {
    for (std::string* text : {&report.title, &report.text, &report.frame, &report.guilty_file, &report.task})
      p(*text);
    for (model::Stack& stack : report.stacks) {
      p(stack.heading);
      for (model::Frame& frame : stack.frames)
        for (std::string* text : {&frame.function, &frame.file, &frame.module}) p(*text);
    }
  }
}

void poison(model::EventBody& body, const Poison& p) {
  std::visit(base::Overloaded{
                 [&](model::Started& e) {
                   for (std::string* text : {&e.repository, &e.version}) p(*text);
                   for (model::ReleaseTag& tag : e.problem.releases) p(tag.name);
                 },
                 [&](model::Interrupted& e) { p(e.reason); },
                 [&](model::Decided& e) {
                   for (model::Experiment& experiment : e.experiments) {
                     p(experiment.label);
                     p(experiment.reason);
                   }
                 },
                 [&](model::BuildStarted& e) {
                   p(e.label);
                   p(e.title);
                 },
                 [&](model::BuildFinished& e) {
                   p(e.build.text);
                   p(e.build.compiler);
                 },
                 [&](model::RunFinished& e) {
                   std::string text(model::text_of(e.run.outcome));
                   p(text);
                   e.run.outcome = model::make_outcome(model::kind_of(e.run.outcome), text);
                   poison(e.run.reports, p);
                   p(e.console);
                 },
                 [&](model::Judged& e) {
                   p(e.label);
                   p(e.verdict.why);
                 },
                 [&](model::Note& e) { p(e.text); },
                 [&](model::Finished& e) {
                   p(e.conclusion.explanation);
                   for (std::string& step : e.conclusion.next_steps) p(step);
                   if (e.conclusion.verification) p(e.conclusion.verification->why);
                 },
                 [](auto&) {},
             },
             body);
}

CommitTexts poisoned(const CommitTexts& texts, const Poison& p) {
  CommitTexts out;
  out.info = [texts, p](const model::CommitId& commit) {
    auto info = texts.info_of(commit);
    if (info)
      for (std::string* text :
           {&info->author_name, &info->author_email, &info->author_date, &info->title, &info->body})
        p(*text);
    return info;
  };
  out.diffstat = [texts, p](const model::CommitId& commit) {
    std::string text = texts.diffstat_of(commit);
    p(text);
    return text;
  };
  out.contacts = [texts, p](const model::CommitId& commit) {
    std::vector<Contact> contacts = texts.contacts_of(commit);
    for (Contact& contact : contacts) {
      p(contact.name);
      p(contact.email);
    }
    return contacts;
  };
  return out;
}

// Colour sequences are ours.
std::string without_colours(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t escape = text.find("\x1b[");
    out += text.substr(0, escape);
    if (escape == std::string_view::npos) break;
    const std::size_t end = text.find_first_not_of("0123456789;", escape + 2);
    if (end == std::string_view::npos || text[end] != 'm') out += "\x1b[";
    text.remove_prefix(end == std::string_view::npos || text[end] != 'm' ? escape + 2 : end + 1);
  }
  return out;
}

// Every view of what `events` tell, by its name.
std::map<std::string, std::string> views_of(const std::vector<model::Event>& events, const CommitTexts& texts,
                                            const Style& style) {
  std::map<std::string, std::string> views;
  SummaryFold fold;
  for (const model::Event& event : events) fold.apply(event);
  const Summary& summary = fold.summary();
  const TitleOf title_of = [&](const model::CommitId& commit) {
    const auto info = texts.info_of(commit);
    return info ? info->title : std::string();
  };
  const double now = events.empty() ? 0 : events.back().time;
  views["answer"] = render_answer(summary, texts, style);
  for (const bool at_work : {false, true})
    views["status"] += render_status(summary, style, now, title_of, at_work);
  std::vector<HistoryLine> history;
  for (const RevisionSummary& revision : summary.revisions) {
    history.push_back({.commit = revision.commit, .mass = 0.1, .title = title_of(revision.commit)});
    views["why"] += render_why(summary, revision.commit, style);
    NextStep step{.experiment = {.commit = revision.commit,
                                 .stage = "bisect",
                                 .label = revision.label,
                                 .reason = revision.why},
                  .standing = {},
                  .title = title_of(revision.commit),
                  .title_of = title_of,
                  .term_new = revision.label,
                  .term_old = revision.label,
                  .by_hand = true,
                  .checked_out = false};
    step.standing.top = {{revision.commit, 0.5}};
    views["next"] += render_next(step, style);
  }
  views["show"] = render_show(summary, history, style);
  for (const std::string& line : render_live(summary, style, now, title_of)) views["live"] += line + "\n";
  views["json"] = render_json(summary, texts);
  if (const auto mail = draft_mail(summary, texts)) views["mail"] = render_mail(*mail);
  const PageMaterial material{summary,
                              texts,
                              events,
                              history,
                              [](std::uint64_t) { return std::string(k_poison); },
                              std::string(k_poison),
                              {}};
  views["page"] = render_page(material);
  views["markdown"] = render_markdown(material);
  write_syzbot_log(events, [&](std::string_view text) { views["log"] += text; }, texts);
  SummaryFold watched;
  PlainView plain(watched, [&](std::string_view text) { views["plain"] += text; }, style);
  for (const model::Event& event : events)
    if (watched.apply(event)) plain.on_event(event);
  plain.close();
  for (const model::Event& event : events)
    if (const auto* run = std::get_if<model::RunFinished>(&event.body)) {
      model::ConsoleReading reading;
      reading.reports.assign(run->run.reports.begin(), run->run.reports.end());
      views["report"] += to_text(reading, title_of(run->run.commit));
      views["report json"] += to_json(reading, title_of(run->run.commit)) + "\n";
    }
  return views;
}

std::vector<Story> stories() {
  return {found_story(), running_story(), inconclusive_story(), horizon_story(), fix_story()};
}

void expect_harmless(const std::vector<model::Event>& events, const CommitTexts& texts) {
  for (const bool color : {false, true}) {
    const Style style{.color = color};
    for (const auto& [name, text] : views_of(events, texts, style)) {
      const std::string plain = without_colours(text);
      // What is printable already stays as it is.
      EXPECT_EQ(base::printable(plain), plain) << name;
    }
  }
}

TEST(Hostile, NoViewLetsThroughWhatATerminalObeys) {
  const Poison p = [](std::string& text) { text += k_poison; };
  for (const Story& story : stories()) {
    std::vector<model::Event> events = story.events();
    for (model::Event& event : events) poison(event.body, p);
    expect_harmless(events, poisoned(story_texts(), p));
  }
}

TEST(Hostile, NorDoesAnyOtherText) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    const Poison p = [&](std::string& text) { text.insert(text.size() / 2, bytes); };
    std::vector<model::Event> events = found_story().events();
    for (model::Event& event : events) poison(event.body, p);
    for (const auto& [name, text] : views_of(events, poisoned(story_texts(), p), {}))
      RC_ASSERT(base::printable(text) == text);
  }));
}

TEST(Hostile, JsonSaysTheSameToPrograms) {
  const Poison p = [](std::string& text) { text += "\u009b1m\u202e\x1b[2J"; };
  const Story story = found_story();
  SummaryFold fold;
  for (const model::Event& event : story.events()) fold.apply(event);
  const std::string text = render_json(fold.summary(), poisoned(story_texts(), p));
  EXPECT_NE(text.find("\\u009b1m\\u202e\\u001b[2J"), std::string::npos) << text;
  EXPECT_EQ(nlohmann::json::parse(text)["result"]["author"], "Ada Brückner\u009b1m\u202e\x1b[2J");
}

// A store from which a damaged event is missing is read all the same.
TEST(Hostile, NoViewNeedsEveryEvent) {
  for (const Story& story : stories())
    for (std::size_t missing = 1; missing < story.events().size(); ++missing) {
      std::vector<model::Event> events = story.events();
      events.erase(events.begin() + static_cast<std::ptrdiff_t>(missing));
      expect_harmless(events, story_texts());
    }
}

}  // namespace
}  // namespace culprit::output
