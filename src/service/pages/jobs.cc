// The dashboard, slots, trouble: lists.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "output/terminal/live.h"
#include "service/pages/pages.h"

namespace culprit::service {
namespace {

using html::el;
using html::Node;

constexpr std::size_t k_per_page = 100;

std::string counted(std::size_t n, std::string_view what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

std::string progress_text(const Running& running) {
  const output::Summary& s = running.view->summary();
  std::string out(s.stage.empty() ? "begins" : output::stage_words(s.stage));
  if (s.stats.builds + s.stats.runs > 0)
    out += fmt::format(" · {}, {}", counted(s.stats.builds, "build"), counted(s.stats.runs, "run"));
  if (s.standing.revisions_left > 0) out += " · " + output::revisions_left_words(s.standing);
  return out;
}

Node answer_cell(const Core& core, const Job& job) {
  if (const auto running = core.running().find(job.id); running != core.running().end())
    return el("span", {{"class", "progress"}}, progress_text(*running->second));
  if (job.answer && !job.answer->commit.empty())
    return Node({el("code", short_commit(job.answer->commit)), " " + job.answer->title,
                 el("span", {{"class", "dim"}}, " " + percent_text(job.answer->probability))});
  return el("span", {{"class", "dim"}}, core.reason_of(job));
}

Node job_row(const Core& core, const Job& job, double now) {
  return el("tr", {{"data-job", job.id}, {"data-state", std::string(name_of(job.state))}},
            el("td", {{"class", "tight"}}, el("a", {{"href", address_of(job)}}, fmt::format("#{}", job.id)),
               " ", state_chip(job)),
            el("td", link_to(job), el("div", {{"class", "dim"}}, job.answer ? job.answer->crash : "")),
            el("td", answer_cell(core, job)), el("td", {{"data-label", "owner"}}, job.spec.owner),
            el("td", {{"class", "tight"}, {"data-label", "changed"}}, ago(job.changed, now)));
}

Node state_cards(const Core& core) {
  std::array<std::size_t, 8> counts{};
  for (const auto& [id, job] : core.queue().jobs()) ++counts[static_cast<std::size_t>(job.state)];
  Node cards = el("ul", {{"class", "cards"}});
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const std::string state(name_of(static_cast<JobState>(i)));
    if (counts[i] > 0 || i == static_cast<std::size_t>(JobState::running))
      cards.add(el("li", el("a", {{"href", "/?state=" + state}}, el("b", std::to_string(counts[i])), state)));
  }
  return cards;
}

Node field(const char* name, const char* about, const std::string& value) {
  return el("label", about, " ", el("br"), el("input", {{"name", name}, {"value", value}}));
}

Node search_form(const Request& request) {
  Node states = el("select", {{"name", "state"}}, el("option", {{"value", ""}}, "any"));
  std::vector<std::string> words = {"open", "done"};
  for (std::size_t i = 0; i < 8; ++i) words.emplace_back(name_of(static_cast<JobState>(i)));
  for (const std::string& word : words)
    states.add(el("option", {{"value", word}, {"selected", request.parameter("state") == word}}, word));
  return el("form", {{"class", "search"}, {"method", "get"}, {"action", "/"}, {"role", "search"}},
            field("q", "Words", request.parameter("q")), el("label", "State ", el("br"), std::move(states)),
            field("owner", "Owner", request.parameter("owner")),
            field("label", "Label", request.parameter("label")),
            el("button", {{"type", "submit"}}, "Search"));
}

std::string more_address(const Request& request, std::size_t from) {
  std::string out = fmt::format("/?from={}", from);
  for (const auto& [name, value] : request.query)
    if (name != "from") out += "&" + percent_encoded(name) + "=" + percent_encoded(value);
  return out;
}

}  // namespace

Node job_table(const Core& core, const std::vector<const Job*>& jobs, double now) {
  Node body = el("tbody");
  for (const Job* job : jobs) body.add(job_row(core, *job, now));
  return el("table", {{"class", "stack"}},
            el("thead", el("tr", el("th", {{"scope", "col"}}, "Job"), el("th", {{"scope", "col"}}, "Title"),
                           el("th", {{"scope", "col"}}, "Answer, or why not"),
                           el("th", {{"scope", "col"}}, "Owner"), el("th", {{"scope", "col"}}, "Changed"))),
            std::move(body));
}

Page jobs_page(const Core& core, const std::vector<const Job*>& jobs, const Request& request, double now) {
  const auto from = base::parse_number<std::size_t>(request.parameter("from")).value_or(0);
  const auto begin = std::min(from, jobs.size());
  const auto end = std::min(begin + k_per_page, jobs.size());
  const std::vector<const Job*> shown(jobs.begin() + static_cast<std::ptrdiff_t>(begin),
                                      jobs.begin() + static_cast<std::ptrdiff_t>(end));
  Node body = el("div", {{"data-all", "yes"}}, el("h1", "Jobs"));
  if (!core.trouble().empty())
    body.add(el("p", {{"class", "note"}}, "The service cannot write its record: " + core.trouble()));
  if (!core.plan().brake.empty()) body.add(el("p", {{"class", "note"}}, core.plan().brake));
  body.add(state_cards(core)).add(search_form(request));
  if (shown.empty())
    body.add(el("p", {{"class", "dim"}},
                core.queue().jobs().empty() ? "Nothing was submitted yet: `culprit submit` does it."
                                            : "No job is like that."));
  else
    body.add(job_table(core, shown, now));
  if (end < jobs.size())
    body.add(
        el("p", el("a", {{"href", more_address(request, end)}}, counted(jobs.size() - end, "older job"))));
  return {.title = "Jobs", .body = std::move(body), .live = true};
}

Page slots_page(const Core& core, double now) {
  const ServiceOptions& options = core.options();
  Node rows = el("tbody");
  for (int slot = 0; slot < options.policy.slots; ++slot) {
    Node what = el("span", {{"class", "dim"}}, "free");
    Node since = "";
    for (const auto& [id, running] : core.running())
      if (running->slot == slot) {
        const Job& job = *core.queue().find(id);
        what = el("span", {{"data-job", id}, {"data-state", "running"}}, link_to(job), " ",
                  el("span", {{"class", "progress"}}, progress_text(*running)));
        since = ago(running->since, now);
      }
    rows.add(el("tr", el("td", {{"class", "tight"}}, fmt::format("slot {}", slot)), el("td", std::move(what)),
                el("td", {{"class", "tight"}}, std::move(since))));
  }
  std::map<std::string, double> used;
  for (const Usage& use : core.queue().usage())
    if (use.time > now - 24 * 3600) used[use.repository] += use.machine_s;
  Node trees = el("tbody");
  for (const auto& [repository, seconds] : used)
    trees.add(el("tr", el("td", el("code", repository)),
                 el("td", {{"data-label", "used in a day"}},
                    fmt::format("{:.2f} machine hours{}", seconds / 3600,
                                options.policy.tree_hours_per_day > 0
                                    ? fmt::format(" of {:.1f}", options.policy.tree_hours_per_day)
                                    : ""))));
  Node body = el("div", el("h1", "Machines and slots"));
  if (!core.plan().brake.empty()) body.add(el("p", {{"class", "note"}}, core.plan().brake));
  body.add(el("table", {{"class", "stack"}}, std::move(rows)));
  body.add(el("h2", "Where jobs run")).add(el("p", core.place().executor->says()));
  body.add(el("h2", "Sandbox")).add(el("p", core.sandbox_says()));
  body.add(el("h2", "Repositories"));
  if (used.empty())
    body.add(el("p", {{"class", "dim"}}, "None was worked on today."));
  else
    body.add(el("table", {{"class", "stack"}}, std::move(trees)));
  return {.title = "Machines", .body = std::move(body), .live = true};
}

Page trouble_page(const Core& core, const std::vector<JobEvent>& events, double now) {
  Node rows = el("tbody");
  std::size_t count = 0;
  for (auto event = events.rbegin(); event != events.rend() && count < k_per_page; ++event) {
    const auto body = nlohmann::json::parse(event->body, nullptr, false);
    if (!body.is_object()) continue;
    const bool waits = body.value("state", "") == "waiting" || body.value("state", "") == "failed";
    if (!waits && event->type != "recovered" && event->type != "fetch_failed") continue;
    ++count;
    rows.add(el("tr", el("td", {{"class", "tight"}}, ago(event->time, now)),
                el("td", event->job == 0 ? Node("the service")
                                         : el("a", {{"href", fmt::format("/job/{}", event->job)}},
                                              fmt::format("#{}", event->job))),
                el("td", body.value("reason", body.value("text", "")))));
  }
  Node body = el("div", el("h1", "Trouble"),
                 el("p", {{"class", "dim"}}, "What failed for the machine or the input, newest first."));
  if (!core.trouble().empty())
    body.add(el("p", {{"class", "note"}}, "The service cannot write its record: " + core.trouble()));
  if (count == 0)
    body.add(el("p", {{"class", "dim"}}, "None."));
  else
    body.add(el("table", {{"class", "stack"}}, std::move(rows)));
  return {.title = "Trouble", .body = std::move(body)};
}

namespace {

std::string xml_escaped(std::string_view text) {
  std::string out;
  for (const char c : base::printable(text)) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}
// An element with text in it, and one without.
std::string xml(std::string_view name, std::string_view text) {
  return fmt::format("<{}>{}</{}>\n", name, xml_escaped(text), name);
}
std::string xml_link(std::string_view relation, std::string_view address) {
  return fmt::format("<link rel=\"{}\" href=\"{}\"/>\n", relation, xml_escaped(address));
}

}  // namespace

std::string atom_feed(const Core& core, const std::string& base, double now) {
  std::vector<const Job*> ended;
  for (const auto& [id, job] : core.queue().jobs())
    if (is_final(job.state)) ended.push_back(&job);
  std::ranges::sort(ended, std::greater{}, &Job::changed);
  if (ended.size() > 50) ended.resize(50);
  std::string out =
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n";
  out += xml("title", "culprit: answers") + xml("id", base + "/feed.atom") +
         xml_link("self", base + "/feed.atom");
  out += xml("updated", iso_text(ended.empty() ? now : ended.front()->changed));
  out += "<author>" + xml("name", "culprit") + "</author>\n";
  for (const Job* job : ended) {
    const std::string address = base + address_of(*job);
    std::string title = fmt::format("#{} {}: {}", job->id, name_of(job->state), title_of(*job));
    std::string text = job->reason;
    if (job->answer && !job->answer->commit.empty())
      text = fmt::format("{} {} ({})", short_commit(job->answer->commit), job->answer->title, job->reason);
    out += "<entry>\n" + xml("title", title) + xml("id", address) + xml_link("alternate", address) +
           xml("updated", iso_text(job->changed)) + xml("published", iso_text(job->submitted)) +
           xml("summary", text) + "</entry>\n";
  }
  return out + "</feed>\n";
}

}  // namespace culprit::service
