// Bugs: jobs whose crashes are one, where its fix is sought, and where that still has to go.

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "service/pages/pages.h"
#include "service/queue/fixes.h"

namespace culprit::service {
namespace {

using html::el;
using html::Node;

// Where the bug is, and where its fix still has to go.
Node branches_section(const BranchAnswer& answer) {
  Node out = el("div", el("h2", "Branches of ", el("code", answer.repository)));
  if (answer.looking)
    return std::move(out.add(el("p", {{"class", "dim"}}, "Being looked at: load the page again.")));
  if (!answer.trouble.empty()) return std::move(out.add(el("p", {{"class", "note"}}, answer.trouble)));
  if (answer.fix.empty())
    out.add(el("p", "No fix is known: none was found, and no commit says that it fixes ",
               el("code", short_commit(answer.cause)), "."));
  else if (answer.missing() == 0)
    out.add(el("p", "Each branch that has the bug has its fix, ", el("code", short_commit(answer.fix)), "."));
  else
    out.add(el("p", {{"class", "note"}},
               fmt::format("Missing backports: {} the bug and not its fix, ",
                           answer.missing() == 1 ? "a branch has"
                                                 : fmt::format("{} branches have", answer.missing())),
               el("code", short_commit(answer.fix)), "."));
  Node rows = el("tbody");
  const auto cell = [](const char* label, const std::string& text) {
    return el("td", {{"data-label", label}}, text.empty() ? Node("-") : el("code", text));
  };
  for (const BranchRow& row : answer.rows)
    rows.add(el("tr", el("td", el("code", row.branch)), el("td", {{"data-label", "state"}}, row.state),
                cell("bug since", row.bug), cell("fixed in", row.fix)));
  return std::move(out.add(
      el("table", {{"class", "stack"}},
         el("thead", el("tr", el("th", {{"scope", "col"}}, "Branch"), el("th", {{"scope", "col"}}, "State"),
                        el("th", {{"scope", "col"}}, "Bug since"), el("th", {{"scope", "col"}}, "Fixed in"))),
         std::move(rows))));
}

}  // namespace

Page all_bugs_page(const Core& core, double now) {
  std::map<std::int64_t, std::vector<const Job*>> bugs;
  for (const auto& [id, job] : core.queue().jobs())
    if (job.bug != 0) bugs[job.bug].push_back(&job);
  Node body = el("tbody");
  for (const auto& [bug, jobs] : std::views::reverse(bugs)) {
    std::string crash;
    std::string commits;
    double latest = 0;
    for (const Job* job : jobs) {
      latest = std::max(latest, job->changed);
      if (!job->answer) continue;
      if (crash.empty()) crash = job->answer->crash;
      if (!job->answer->commit.empty())
        commits += (commits.empty() ? "" : ", ") + std::string(job->spec.fix ? "fix " : "") +
                   short_commit(job->answer->commit);
    }
    body.add(el("tr",
                el("td", el("a", {{"href", fmt::format("/bug/{}", bug)}}, crash.empty() ? "a crash" : crash)),
                el("td", {{"data-label", "jobs"}}, std::to_string(jobs.size())),
                el("td", {{"data-label", "answers"}}, el("code", commits)),
                el("td", {{"class", "tight"}, {"data-label", "changed"}}, ago(latest, now))));
  }
  Node page = el("div", el("h1", "Bugs"),
                 el("p", {{"class", "dim"}}, "Jobs whose crashes look like one bug stand together."));
  if (bugs.empty())
    page.add(el("p", {{"class", "dim"}}, "No job has shown a crash yet."));
  else
    page.add(
        el("table", {{"class", "stack"}},
           el("thead", el("tr", el("th", {{"scope", "col"}}, "Crash"), el("th", {{"scope", "col"}}, "Jobs"),
                          el("th", {{"scope", "col"}}, "Answers"), el("th", {{"scope", "col"}}, "Changed"))),
           std::move(body)));
  return {.title = "Bugs", .body = std::move(page)};
}

Page one_bug_page(const Core& core, std::int64_t bug, const std::vector<BranchAnswer>& branches, double now) {
  std::vector<const Job*> jobs;
  std::string crash;
  std::map<std::string, std::vector<const Job*>> answers;  // by commit, of jobs that seek the cause
  for (const auto& [id, job] : core.queue().jobs()) {
    if (job.bug != bug) continue;
    jobs.push_back(&job);
    if (!job.answer) continue;
    if (crash.empty()) crash = job.answer->crash;
    if (job.state == JobState::answered && !job.spec.fix && !job.answer->commit.empty())
      answers[job.answer->commit].push_back(&job);
  }
  if (crash.empty()) crash = "a crash";
  Node body = el("div", el("h1", crash));
  if (answers.size() == 1 && answers.begin()->second.size() > 1)
    body.add(el("p", fmt::format("{} jobs name the same commit: they are duplicates of one bug.",
                                 answers.begin()->second.size())));
  if (answers.size() > 1)
    body.add(el("p", {{"class", "note"}},
                "The answers differ: two trees with the commit under two ids, or two bugs that look alike."));
  body.add(job_table(core, jobs, now));
  for (const FixState& state : fixes(core.queue().jobs(), core.options().policy)) {
    const Job& cause = *core.queue().find(state.cause);
    if (cause.bug != bug) continue;
    Node line = el("p", "Fix in ", el("code", cause.spec.repository), ": ");
    if (state.due > 0) {
      line.add("last seen ").add(ago(state.last, now));
      line.add("; the head is tried from " + date_text(state.due) + " on.");
    } else if (state.tries.empty()) {
      line.add("not sought by schedule.");
    } else {
      const Job& latest = *core.queue().find(state.tries.back());
      line.add(link_to(latest)).add(" ").add(state_chip(latest));
    }
    body.add(std::move(line));
  }
  for (const BranchAnswer& answer : branches) body.add(branches_section(answer));
  Node why = el("ul");
  for (const Job* job : jobs) why.add(el("li", fmt::format("#{}: ", job->id), job->bug_why));
  body.add(el("h2", "Why they stand together")).add(std::move(why));
  return {.title = crash, .body = std::move(body)};
}

}  // namespace culprit::service
