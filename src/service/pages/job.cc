// One job: what it came to, why, and how it went.

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ranges>

#include "base/strings.h"
#include "output/summary/marks.h"
#include "output/terminal/live.h"
#include "service/pages/pages.h"

namespace culprit::service {
namespace {

using html::el;
using html::Node;

void fact(Node& list, std::string_view name, Node value) {
  if (value.empty()) return;
  list.add(el("dt", name)).add(el("dd", std::move(value)));
}

Node marks(const Job& job, const output::RevisionSummary& revision) {
  Node out = el("span", {{"class", "marks"}});
  constexpr std::size_t k_shown = 60;
  for (std::size_t i = 0; i < std::min(k_shown, revision.runs.size()); ++i) {
    const output::RunSummary& run = revision.runs[i];
    const output::Mark mark = output::mark_of(run);
    const char* ink = mark == output::Mark::target    ? "x"
                      : mark == output::Mark::foreign ? "other"
                      : mark == output::Mark::ok      ? "ok"
                                                      : "dim";
    out.add(el(
        "a",
        {{"class", ink}, {"href", address_of(job, fmt::format("console/{}", run.id))}, {"title", run.text}},
        std::string(1, output::glyph_of(mark))));
  }
  if (revision.runs.size() > k_shown) out.add(fmt::format(" and {} more", revision.runs.size() - k_shown));
  return out;
}

Node tested_table(const Job& job, const output::Summary& summary) {
  Node body = el("tbody");
  for (const output::RevisionSummary& revision : summary.revisions) {
    if (!revision.tested()) continue;
    const std::string verdict(output::verdict_text(revision));
    const char* ink = verdict.starts_with("good") ? "good" : verdict.starts_with("bad") ? "bad" : "dim";
    body.add(el("tr", el("td", {{"class", "tight"}}, el("code", summary.name_of(revision.commit))),
                el("td", {{"class", "tight"}}, el("span", {{"class", ink}}, verdict)),
                el("td", marks(job, revision)), el("td", revision.title)));
  }
  return el(
      "table", {{"class", "stack"}},
      el("thead", el("tr", el("th", {{"scope", "col"}}, "Revision"), el("th", {{"scope", "col"}}, "Verdict"),
                     el("th", {{"scope", "col"}}, "Runs"), el("th", {{"scope", "col"}}, "Title"))),
      std::move(body));
}

Node answer_box(const Job& job) {
  const Answer& answer = *job.answer;
  if (answer.commit.empty()) return {};
  return el(
      "section", {{"class", "answer"}},
      el("p", el("code", short_commit(answer.commit)), " ", el("b", answer.title)),
      el("p", (job.spec.fix ? "fixed it, with " : "brought it, with ") + percent_text(answer.probability),
         " ",
         el("meter", {{"min", 0}, {"max", 1}, {"value", answer.probability}, {"aria-label", "probability"}},
            percent_text(answer.probability))));
}

Node text_links(const Job& job, bool has_report) {
  Node links = el("ul", {{"class", "links"}});
  const auto add = [&](const char* below, const char* name) {
    links.add(el("li", el("a", {{"href", address_of(job, below)}}, name)));
  };
  if (has_report) add("report.html", "Full report");
  add("show", "Evidence");
  add("log", "Log");
  add("report", "Crash report");
  add("mail", "Mail draft");
  add("result.json", "Result (JSON)");
  add("config", "Configuration");
  add("reproducer", "Reproducer");
  return links;
}

Node candidates(const output::Summary& summary) {
  const auto& top = summary.conclusion ? summary.conclusion->candidates : summary.standing.top;
  Node body = el("tbody");
  for (const model::Candidate& candidate : top) {
    const auto* revision = summary.find(candidate.commit);
    body.add(el("tr", el("td", {{"class", "tight"}}, el("code", summary.name_of(candidate.commit))),
                el("td", {{"class", "tight"}}, percent_text(candidate.probability)),
                el("td", revision != nullptr ? revision->title : "")));
  }
  return top.size() < 2 ? Node()
                        : Node({el("h2", "Candidates"), el("table", {{"class", "stack"}}, std::move(body))});
}

Node timeline(const std::vector<JobEvent>& events, double now) {
  Node body = el("tbody");
  for (const JobEvent& event : std::views::reverse(events)) {
    const auto json = nlohmann::json::parse(event.body, nullptr, false);
    std::string text;
    if (json.is_object()) text = json.value("reason", json.value("why", ""));
    const std::string state = json.is_object() ? json.value("state", "") : "";
    body.add(el("tr", el("td", {{"class", "tight"}}, ago(event.time, now)),
                el("td", {{"class", "tight"}}, event.type, state.empty() ? "" : " → " + state),
                el("td", text), el("td", {{"data-label", "by"}}, event.actor)));
  }
  return el("table", {{"class", "stack"}}, std::move(body));
}

Node button_form(const Job& job, const Caller& caller, const char* what, const char* name) {
  return el("form", {{"method", "post"}, {"action", address_of(job, what)}}, csrf_field(caller),
            el("button", {{"type", "submit"}}, name));
}

Node actions(const Job& job, const Caller& caller) {
  const bool may =
      caller.role >= Role::operate || (caller.role >= Role::submit && caller.name == job.spec.owner);
  if (!may || caller.csrf.empty()) return {};
  Node out = el("div", {{"class", "actions"}});
  if (!is_final(job.state)) out.add(button_form(job, caller, "cancel", "Cancel"));
  if (!is_final(job.state) && job.state != JobState::held) out.add(button_form(job, caller, "hold", "Hold"));
  if (job.state == JobState::held) out.add(button_form(job, caller, "release", "Release"));
  if (is_final(job.state) || job.state == JobState::waiting)
    out.add(button_form(job, caller, "retry", "Try again"));
  if (!is_final(job.state)) return out;
  Node word = el("form", {{"class", "search"}, {"method", "post"}, {"action", address_of(job, "word")}},
                 csrf_field(caller),
                 el("label", "Your word ", el("br"),
                    el("select", {{"name", "verdict"}}, el("option", {{"value", "right"}}, "it is right"),
                       el("option", {{"value", "wrong"}}, "it is wrong"),
                       el("option", {{"value", "instead"}}, "it is another commit"))),
                 el("label", "Which commit ", el("br"),
                    el("input", {{"name", "commit"}, {"pattern", "[0-9a-f]{7,64}"}})),
                 el("label", "Why ", el("br"), el("input", {{"name", "note"}})),
                 el("button", {{"type", "submit"}}, "Say so"));
  return Node({std::move(out), std::move(word)});
}

Node facts(const Core& core, const Job& job, double now) {
  Node list = el("dl", {{"class", "facts"}});
  fact(list, "Repository", el("code", job.spec.repository));
  if (!job.spec.command.empty()) fact(list, "Command", el("code", base::shell_quote(job.spec.command)));
  if (!job.spec.build.empty()) fact(list, "Build", el("code", job.spec.build));
  fact(list, "Seeks", job.spec.fix ? "the fix" : "the cause");
  fact(list, "Bad", job.spec.bad);
  fact(list, "Good", base::join(job.spec.good, ", "));
  fact(list, "Owner", job.spec.owner);
  fact(list, "Labels", base::join(job.spec.labels, ", "));
  if (job.spec.priority != 0) fact(list, "Priority", std::to_string(job.spec.priority));
  if (job.spec.deadline > 0) fact(list, "Deadline", date_text(job.spec.deadline));
  if (const auto budget = budget_of(job.spec, core.options().policy))
    fact(list, "Budget", base::format_duration(*budget) + " of machine time");
  if (job.bug != 0)
    fact(list, "Bug",
         el("a", {{"href", fmt::format("/bug/{}", job.bug)}},
            job.answer && !job.answer->crash.empty() ? job.answer->crash : fmt::format("bug {}", job.bug)));
  fact(list, "Submitted", ago(job.submitted, now));
  fact(list, "Used",
       fmt::format("{} builds, {} runs, {} of machine time, {} attempts", job.builds, job.runs,
                   base::format_duration(job.machine_s), job.attempts));
  return list;
}

}  // namespace

Page one_job_page(const Core& core, const Job& job, const BisectionView& view,
                  const std::vector<JobEvent>& events, bool has_report, const Caller& caller, double now) {
  const output::Summary& summary = view.summary();
  Node body = el("div", {{"data-job", job.id},
                         {"data-state", std::string(name_of(job.state))},
                         {"data-runs", summary.stats.runs}});
  body.add(el("h1", fmt::format("#{} ", job.id), title_of(job)));
  body.add(el("p", state_chip(job), " ", core.reason_of(job)));
  if (job.state == JobState::running)
    body.add(el("p", {{"class", "progress"}, {"role", "status"}},
                std::string(summary.stage.empty() ? "it begins" : output::stage_words(summary.stage))));
  if (job.answer) body.add(answer_box(job));
  for (const Word& word : job.words) {
    const std::string commit = word.commit.empty() ? "" : " " + short_commit(word.commit);
    body.add(el("p", {{"class", "note"}}, word.by + " says: " + word.verdict + commit,
                word.note.empty() ? "" : ": " + word.note, " ", ago(word.time, now)));
  }
  body.add(actions(job, caller));
  if (summary.started) body.add(text_links(job, has_report));
  body.add(facts(core, job, now));
  if (const auto* crash = output::shown_crash(summary))
    body.add(el("h2", "Crash")).add(el("pre", crash->text));
  if (summary.tested() > 0) {
    body.add(el("h2", "Tested")).add(tested_table(job, summary));
    body.add(el("p", {{"class", "dim"}},
                "x the bug, ! another crash, . nothing wrong, ? says nothing; each leads to its console."));
  }
  body.add(candidates(summary));
  body.add(el("h2", "What happened")).add(timeline(events, now));
  return {.title = fmt::format("#{} {}", job.id, title_of(job)),
          .body = std::move(body),
          .live = !is_final(job.state)};
}

Page login_page(const std::string& to, const std::string& refusal) {
  Node body = el("div", el("h1", "Log in"));
  if (!refusal.empty()) body.add(el("p", {{"class", "note"}}, refusal));
  body.add(el("form", {{"class", "wide"}, {"method", "post"}, {"action", "/login"}},
              el("input", {{"type", "hidden"}, {"name", "to"}, {"value", to}}),
              el("label", "Token ",
                 el("input", {{"name", "token"},
                              {"type", "password"},
                              {"required", true},
                              {"autocomplete", "current-password"}})),
              el("button", {{"type", "submit"}}, "Log in")));
  body.add(el("p", {{"class", "dim"}},
              "The first token lies in the file `token` of the service's folder; an operator makes others: "
              "`culprit token NAME --role ROLE`."));
  return {.title = "Log in", .body = std::move(body)};
}

Page submission_page(const Caller& caller, const std::string& refusal,
                     const std::map<std::string, std::string>& filled) {
  const auto value = [&](const char* name) {
    const auto at = filled.find(name);
    return at == filled.end() ? std::string() : at->second;
  };
  const auto input = [&](const char* name, const char* about, bool required) {
    return el("label", about, " ",
              el("input", {{"name", name}, {"value", value(name)}, {"required", required}}));
  };
  Node body = el("div", el("h1", "Submit a job"));
  if (!refusal.empty()) body.add(el("p", {{"class", "note"}, {"role", "alert"}}, refusal));
  body.add(el("p", "What you submit is run on the service's machine."));
  body.add(
      el("form", {{"class", "wide"}, {"method", "post"}, {"action", "/submit"}}, csrf_field(caller),
         input("repository", "Repository: its absolute path on that machine", true),
         input("bad", "A revision where the bug shows (empty: HEAD)", false),
         input("good", "A revision free of it (empty: walks back over releases)", false),
         input("build", "Build: a shell command (empty: none)", false),
         input("command", "Test: a shell command. Exit code 0 is good, 125 skips, else bad", false),
         el("label", "Or a kernel: the text of its file (docs/kernel.md) ",
            el("textarea", {{"name", "config_text"}, {"rows", 6}}, value("config_text"))),
         input("title", "Title", false), input("labels", "Labels, separated by blanks", false),
         el("label",
            el("input",
               {{"type", "checkbox"}, {"name", "fix"}, {"value", "yes"}, {"checked", value("fix") == "yes"}}),
            " find the commit that fixed it"),
         el("button", {{"type", "submit"}}, "Submit")));
  return {.title = "Submit", .body = std::move(body)};
}

}  // namespace culprit::service
