#include <fmt/format.h>

#include <map>

#include "search/belief/experience.h"
#include "service/pages/pages.h"
#include "service/queue/experience.h"

namespace culprit::service {
namespace {

using html::el;
using html::Node;

std::string number_text(const search::BeliefRow& row, double value) {
  return row.is_share ? percent_text(value) : fmt::format("{:.1f}", value);
}

}  // namespace

Page experience_page(const Core& core) {
  const std::vector<model::Lesson> lessons = lessons_of(core.queue());
  std::map<std::string, std::size_t> trees;
  for (const model::Lesson& lesson : lessons) ++trees[lesson.tree];
  Node body =
      el("div", el("h1", "Experience"),
         el("p", {{"class", "dim"}},
            "What finished jobs showed is what the next ones believe beforehand: of a tree's own jobs where "
            "there are some, of all jobs, and of what is shipped where there are few."));
  if (!core.options().policy.learn)
    body.add(el("p", {{"class", "note"}}, "It is switched off: jobs begin with what is shipped."));
  body.add(el("p", fmt::format("{} jobs taught, {} of them elsewhere.", lessons.size(),
                               core.queue().imported().size())));
  for (const auto& [tree, count] : trees) {
    const model::Beliefs beliefs = search::learned(experience_for(core.queue(), tree).lessons, tree);
    Node rows = el("tbody");
    for (const search::BeliefRow& row : search::told(beliefs))
      rows.add(el("tr", el("td", std::string(row.what)),
                  el("td", {{"data-label", "shipped"}}, number_text(row, row.shipped)),
                  el("td", {{"data-label", "learned"}}, number_text(row, row.learned))));
    body.add(el("h2", el("code", tree.empty() ? "no tree" : tree), fmt::format(", {} jobs", count)));
    body.add(
        el("table", {{"class", "stack"}},
           el("thead", el("tr", el("th", {{"scope", "col"}}, "Of bugs, runs and builds"),
                          el("th", {{"scope", "col"}}, "Shipped"), el("th", {{"scope", "col"}}, "Learned"))),
           std::move(rows)));
    if (beliefs.others.empty()) continue;
    Node titles = el("ul");
    for (const auto& [title, jobs] : beliefs.others)
      titles.add(el("li", title, el("span", {{"class", "dim"}}, fmt::format(", in {} jobs", jobs))));
    body.add(el("p", "Crashes that were another bug than the one that was chased:")).add(std::move(titles));
  }
  return {.title = "Experience", .body = std::move(body)};
}

}  // namespace culprit::service
