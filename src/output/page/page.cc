// One file, from top to bottom in the order of a reader's questions: what is it, how sure is that, why, where in the
// history, what else could it be, how do I see it myself; the long texts last and folded. No script: everything works
// without, and nothing that a commit or a console says could become one; the policy in the head is a second wall.
#include "output/page/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <map>
#include <set>

#include "base/strings.h"
#include "html/html.h"
#include "output/answer.h"
#include "output/mail.h"
#include "output/page/by_hand.h"
#include "output/page/parts.h"
#include "output/words/duration.h"
#include "output/words/text.h"

namespace culprit::output {
namespace page {

using html::el;
using html::Node;

Node section(std::string_view id, std::string_view title, Node content) {
  if (content.empty()) return {};
  return el("section", {{"id", id}}, el("h2", title), std::move(content));
}

namespace {

// Of the log, and of a configuration: Linux's own are 250 KiB at most.
constexpr std::size_t k_text_limit = std::size_t{512} << 10;

Node folded_text(const std::string& name, const std::string& text) {
  const std::string_view shown = bounded(text, k_text_limit);
  Node body = el("pre", {{"tabindex", 0}}, shown);
  if (shown.size() < text.size())
    body = el("div", std::move(body),
              el("p", fmt::format("{} bytes more are left out.", text.size() - shown.size())));
  return el("details",
            el("summary", fmt::format("{} ({})", name, counted(base::split_lines(text).size(), "line"))),
            std::move(body));
}

Node row(std::string_view name, Node value) {
  if (value.empty()) return {};
  Node out;
  out.add(el("dt", name)).add(el("dd", std::move(value)));
  return out;
}

std::string title_of(const PageMaterial& m, const model::CommitId& commit) {
  if (const RevisionSummary* revision = m.summary.find(commit);
      revision != nullptr && !revision->title.empty())
    return revision->title;
  for (const HistoryLine& line : m.history)
    if (line.commit == commit && !line.title.empty()) return line.title;
  const auto info = m.texts.info_of(commit);
  return info ? info->title : std::string();
}

// What taking the commit back showed, in words.
std::string verification_words(const model::Verification& check, bool fix) {
  using Kind = model::Verification::Kind;
  const std::string counts = check.runs > 0
                                 ? fmt::format(" ({} of {} showed the bug)", check.crashes,
                                               counted(static_cast<std::size_t>(check.runs), "run"))
                                 : "";
  switch (check.kind) {
    case Kind::reverted:
      return (fix ? "With it taken back the bug is there again" : "With it taken back the bug is gone") +
             counts + ".";
    case Kind::still_crashes:
      return "The bug shows without the commit too" + counts +
             ": another cause remains, or a later commit carries it on.";
    case Kind::still_absent:
      return "The bug stays away without the commit too" + counts + ".";
    case Kind::conflict:
      return "It could not be taken back: later changes are in the way.";
    case Kind::broken:
      return "Without it, it does not build or run.";
    case Kind::unclear:
      return "Too few runs without it said anything" + counts + ".";
    case Kind::not_tried:
      break;
  }
  return "It was not tried to take it back.";
}

Node answer(const PageMaterial& m) {
  const Summary& s = m.summary;
  Node out =
      el("header", el("p", {{"class", "soft"}},
                      s.problem.goal == model::Goal::fix ? "The search for a fix" : "The search for a cause",
                      " of ", el("b", bug_name(s))));
  out.add(el("h1", headline_text(s)));
  if (!s.conclusion) return out;
  const model::Conclusion& c = *s.conclusion;
  if (c.culprit) {
    Node card = el("div", {{"class", "card"}}, el("p", {{"class", "title"}}, title_of(m, *c.culprit)),
                   el("p", {{"class", "id"}}, "commit " + c.culprit->hex()));
    if (const auto info = m.texts.info_of(*c.culprit)) {
      card.add(el("p", fmt::format("{} <{}>, {}", info->author_name, info->author_email, info->author_date)));
      if (!base::trim(info->body).empty())
        card.add(el("details", el("summary", "message and files"),
                    el("pre", info->body + "\n\n" + m.texts.diffstat_of(*c.culprit))));
    }
    out.add(std::move(card));
  }
  if (!c.explanation.empty()) out.add(el("p", c.explanation));
  if (c.verification)
    out.add(el("p", verification_words(*c.verification, s.problem.goal == model::Goal::fix),
               c.verification->why.empty() ? Node() : Node(" " + c.verification->why)));
  if (c.no_op)
    out.add(el(
        "p", {{"class", "bad"}},
        "Its binary equals its parent's: nothing that runs changed here, so it is not the cause by itself."));
  if (c.is_release)
    out.add(el("p", "It is a release's own commit: what else changes at releases may be the cause."));
  return out;
}

Node considered(const PageMaterial& m) {
  Node out;
  const auto& candidates = m.summary.conclusion && !m.summary.conclusion->candidates.empty()
                               ? m.summary.conclusion->candidates
                               : m.summary.standing.top;
  if (candidates.size() > 1) {
    constexpr std::size_t k_most = 30;
    Node rows = el("tbody");
    for (const model::Candidate& candidate : std::span(candidates).first(std::min(candidates.size(), k_most)))
      rows.add(el("tr", el("td", percent(candidate.probability)),
                  el("td", el("span", {{"class", "id"}}, candidate.commit.short_hex()),
                     " " + title_of(m, candidate.commit))));
    out.add(el("p", "Commits that could be it:")).add(el("table", std::move(rows)));
    if (candidates.size() > k_most) out.add(el("p", fmt::format("and {} more.", candidates.size() - k_most)));
  }
  std::map<std::string, std::size_t> others;
  for (const RevisionSummary& revision : m.summary.revisions)
    for (const RunSummary& run : revision.runs)
      if (mark_of(run) == Mark::foreign && !run.text.empty()) ++others[run.text];
  if (!others.empty()) {
    Node list = el("ul");
    for (const auto& [title, runs] : others)
      list.add(el("li", fmt::format("{} ({})", one_line(title), counted(runs, "run"))));
    out.add(el("p", "Crashes that are not this bug:")).add(std::move(list));
  }
  if (m.summary.conclusion && !m.summary.conclusion->next_steps.empty()) {
    Node list = el("ul");
    for (const std::string& step : m.summary.conclusion->next_steps) list.add(el("li", step));
    out.add(el("p", "What would make it surer:")).add(std::move(list));
  }
  return out;
}

Node conditions(const PageMaterial& m) {
  const Circumstances& c = m.circumstances;
  Node list = el("dl");
  bool some = false;
  const auto put = [&](std::string_view name, const std::string& value, bool code) {
    if (value.empty()) return;
    some = true;
    list.add(row(name, code ? Node(el("code", value)) : Node(value)));
  };
  put("Repository", m.summary.repository, true);
  put("Architecture", c.architecture, false);
  put("Machine", c.machine, false);
  put("Built with", c.build, true);
  put("Test", c.command, true);
  put("Command line", c.command_line, true);
  put("Configuration", c.configuration, true);
  for (const auto& [name, value] : c.options) put(name, value, false);
  std::set<std::string> compilers, variants;
  for (const RevisionSummary& revision : m.summary.revisions) {
    if (!revision.compiler.empty()) compilers.insert(revision.compiler);
    for (const RunSummary& run : revision.runs)
      if (!run.variant.empty()) variants.insert(run.variant);
  }
  for (const std::string& compiler : compilers) put("Compiler", compiler, false);
  for (const std::string& variant : variants) put("Variant used", variant, false);
  Node out;
  if (some) out.add(std::move(list));
  if (!m.summary.notes.empty()) {
    constexpr std::size_t k_most = 200;
    Node notes = el("ul");
    for (const std::string& note : std::span(m.summary.notes).first(std::min(m.summary.notes.size(), k_most)))
      notes.add(el("li", note));
    out.add(el("h3", "Noted on the way")).add(std::move(notes));
  }
  // An option that a revision does not take stands in the text of a build that is fine.
  Node missing = el("ul");
  bool any = false;
  for (const RevisionSummary& revision : m.summary.revisions)
    for (const BuildSummary& build : revision.builds)
      if (build.status == model::BuildStatus::ok && !base::trim(build.text).empty()) {
        missing.add(el("li", el("span", {{"class", "id"}}, revision.commit.short_hex()),
                       ": " + one_line(build.text)));
        any = true;
      }
  if (any) out.add(el("h3", "Options that a revision does not have")).add(std::move(missing));
  for (const NamedText& file : c.files) out.add(folded_text(file.name, file.text));
  return out;
}

Node crash(const PageMaterial& m) {
  if (const RunSummary* hang = shown_hang(m.summary))
    return el("p", fmt::format("It hangs: ended after {}.", short_duration(hang->seconds)));
  const CrashExcerpt* shown = shown_crash(m.summary);
  if (shown == nullptr) return {};
  const std::string head = m.console ? head_in(m.console(shown->run), *shown) : std::string();
  return el("div", el("p", {{"class", "bad"}}, shown->title),
            el("pre", {{"tabindex", 0}}, report_lines(shown->text, head)));
}

Node effort(const Summary& s) {
  const std::string text = fmt::format("{}, {} in {}, {} in {}, {} in all.", counted(s.tested(), "revision"),
                                       counted(s.stats.builds, "build"), short_duration(s.stats.build_s),
                                       counted(s.stats.runs, "run"), short_duration(s.stats.run_s),
                                       short_duration(s.stats.wall_s));
  return el("p", {{"class", "soft"}}, text);
}

std::string date_of(double time) {
  const auto seconds = static_cast<std::time_t>(time);
  std::tm utc{};
  std::array<char, 64> buffer{};
  if (gmtime_r(&seconds, &utc) == nullptr) return {};
  return {buffer.data(), std::strftime(buffer.data(), buffer.size(), "%Y-%m-%d %H:%M UTC", &utc)};
}

Node whom(const PageMaterial& m) {
  const auto& conclusion = m.summary.conclusion;
  if (!conclusion || !conclusion->culprit || conclusion->no_op) return {};
  const Addressees who = addressees(m.texts.contacts_of(*conclusion->culprit));
  if (who.to.empty() && who.cc.empty()) return {};
  Node list = el("ul");
  for (const auto* people : {&who.to, &who.cc})
    for (const Contact& person : *people)
      list.add(el("li",
                  person.name.empty() ? person.email : fmt::format("{} <{}>", person.name, person.email),
                  el("span", {{"class", "soft"}}, " " + person.role)));
  return list;
}

struct Part {
  const char* id;
  const char* title;
  Node content;
};

Node body(const PageMaterial& m) {
  std::vector<Part> parts;
  const auto part = [&](const char* id, const char* title, Node content) {
    if (!content.empty()) parts.push_back({id, title, std::move(content)});
  };
  Node why = evidence(m);
  if (!why.empty()) why = el("div", std::move(why), effort(m.summary));
  part("crash", "What it looks like", crash(m));
  part("why", "Why", std::move(why));
  part("history", "The history", history_picture(m));
  part("moves", "How it came to be sure", moves(m));
  part("locks", "The locks", lock_graph(m));
  part("else", "What else was considered", considered(m));
  part("conditions", "How it was built and run", conditions(m));
  part("by-hand", "By hand", by_hand(m));
  part("whom", "Whom to tell", whom(m));
  part("consoles", "What the runs printed", consoles(m));
  if (!base::trim(m.log).empty())
    part("log", "The log", folded_text("in the grammar of syzbot's logs", m.log));

  Node links = el("ul");
  Node sections = el("main", answer(m));
  Node text;
  for (const Part& p : parts) links.add(el("li", el("a", {{"href", std::string("#") + p.id}}, p.title)));
  sections.add(el("nav", {{"aria-label", "On this page"}}, std::move(links)));
  for (Part& p : parts) sections.add(section(p.id, p.title, std::move(p.content)));
  Node foot = el("footer", el("p", {{"class", "soft"}},
                              fmt::format("culprit {}, from the events up to {}.", m.summary.version,
                                          date_of(m.summary.last_at))));
  return el("body", std::move(sections), std::move(foot));
}

}  // namespace

// A bug that shows as nothing with a title still has a name.
std::string bug_name(const Summary& summary) {
  const std::string title = chased_title(summary);
  if (!title.empty()) return one_line(title);
  return shown_hang(summary) != nullptr ? "a hang" : "a bug";
}

}  // namespace page

std::string render_page(const PageMaterial& known) {
  using html::el;
  const Summary titled = with_titles(known.summary, known.texts);
  const PageMaterial m{titled,        known.texts, known.events,       known.history,
                       known.console, known.log,   known.circumstances};
  html::Node head = el(
      "head", el("meta", {{"charset", "utf-8"}}),
      el("meta",
         {{"http-equiv", "Content-Security-Policy"},
          {"content", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"}}),
      el("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}}),
      el("meta", {{"name", "referrer"}, {"content", "no-referrer"}}),
      el("title", page::bug_name(titled) + ": " + headline_text(titled)), page::style());
  return html::document(el("html", {{"lang", "en"}}, std::move(head), page::body(m)));
}

}  // namespace culprit::output
