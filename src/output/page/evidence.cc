// One row a revision, in the order of the tests; a run is a mark (the glyphs of every other output), a link to what
// it printed. The consoles stand behind the table, folded: a browser opens the one that a link leads into.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "model/event.h"
#include "model/run/report.h"
#include "output/page/parts.h"
#include "output/words/duration.h"
#include "output/words/text.h"

namespace culprit::output::page {
namespace {

using html::el;
using html::Node;

// Where the report stands in a run's console: [start, end), both 0 where there is none.
struct Place {
  std::size_t start = 0;
  std::size_t end = 0;
};

std::map<std::uint64_t, Place> places_of(std::span<const model::Event> events) {
  std::map<std::uint64_t, Place> places;
  for (const model::Event& event : events) {
    const auto* run = std::get_if<model::RunFinished>(&event.body);
    if (run == nullptr || run->run.reports.empty()) continue;
    const model::CrashReport& report = run->run.reports.front();
    places[run->run.id] = {report.start, report.end};
  }
  return places;
}

// `text` in at most `limit` bytes of whole lines: where it is longer, a third of that from its beginning, from where
// the report begins, and to its end; what is left out is named.
std::string shortened(const std::string& text, Place report, std::size_t limit, std::uint64_t run) {
  if (text.size() <= limit) return text;
  const std::size_t third = limit / 3;
  const auto line_start = [&](std::size_t at) {
    const std::size_t end = text.find('\n', at);
    return end == std::string::npos ? at : end + 1;
  };
  std::string out;
  std::size_t shown = 0;
  const auto piece = [&](std::size_t from, std::size_t to) {
    from = std::max(from, shown);
    if (from >= to) return;
    if (from > shown)
      out += fmt::format("\n[{} bytes are left out here: culprit console {} prints them]\n\n", from - shown,
                         run);
    out.append(text, from, to - from);
    shown = to;
  };
  piece(0, line_start(third));
  if (report.end > report.start && report.start < text.size())
    piece(std::min(report.start, text.size()),
          std::min(line_start(std::min(report.start + third, text.size())), text.size()));
  piece(line_start(text.size() - third), text.size());
  return out;
}

Node mark(const RunSummary& run) {
  const Mark kind = mark_of(run);
  std::string label = fmt::format("run {}: {}", run.id, words_of(kind));
  if (!run.text.empty()) label += ": " + one_line(run.text);
  return el(
      "a",
      {{"href", "#" + anchor(run.id)}, {"class", class_of(kind)}, {"title", label}, {"aria-label", label}},
      std::string(1, glyph_of(kind)));
}

Node marks_cell(const RevisionSummary& revision) {
  Node cell = el("td", {{"class", "marks"}});
  for (const RunSummary& run : revision.runs) cell.add(mark(run));
  if (!revision.checks.empty()) {
    cell.add(el("span", {{"class", "soft"}}, " with the commit taken back: "));
    for (const RunSummary& run : revision.checks) cell.add(mark(run));
  }
  return cell;
}

Node row(const RevisionSummary& revision) {
  Node name =
      el("td", {{"id", anchor(revision.commit)}}, el("span", {{"class", "id"}}, revision.commit.short_hex()));
  if (!revision.label.empty()) name.add(" ").add(el("b", revision.label));
  if (!revision.title.empty()) name.add(el("br")).add(revision.title);
  Node verdict = el("td", el("span", {{"class", class_of(revision)}}, std::string(verdict_text(revision))));
  if (revision.judged && !revision.build_broken())
    verdict.add(el("span", {{"class", "soft"}}, " has the bug: " + percent(revision.p_bad)));
  Node why = el("td");
  if (!revision.why.empty()) why.add(revision.why);
  if (!revision.choices.empty() && !revision.choices.front().reason.empty())
    why.add(el("div", {{"class", "soft"}}, "Chosen because: " + revision.choices.front().reason));
  if (revision.build_broken())
    why.add(el("details", el("summary", "end of the build"),
               el("pre", std::string(bounded(revision.builds.back().text, 8192)))));
  return el("tr", std::move(name), std::move(verdict), marks_cell(revision), std::move(why));
}

// The revision's first line above its consoles.
std::string heading(const RevisionSummary& revision) {
  std::string out = revision.commit.short_hex();
  if (!revision.label.empty()) out += " " + revision.label;
  return out;
}

class Consoles {
 public:
  explicit Consoles(const PageMaterial& material)
      : m_material(material), m_places(places_of(material.events)) {}

  Node all() {
    Node out;
    for (const RevisionSummary& revision : m_material.summary.revisions) {
      if (revision.runs.empty() && revision.checks.empty()) continue;
      out.add(el("h3", heading(revision)));
      for (const RunSummary& run : revision.runs) out.add(one(run, false));
      for (const RunSummary& run : revision.checks) out.add(one(run, true));
    }
    return out;
  }

 private:
  Node one(const RunSummary& run, bool is_check) {
    const Mark kind = mark_of(run);
    Node head = el("summary",
                   el("span", {{"class", "marks"}},
                      el("b", {{"class", class_of(kind)}}, std::string(1, glyph_of(kind)))),
                   fmt::format("run {}: ", run.id),
                   el("span", {{"class", class_of(kind)}}, std::string(words_of(kind))));
    if (is_check) head.add(", the commit taken back");
    if (!run.text.empty()) head.add(": " + one_line(run.text));
    head.add(el("span", {{"class", "soft"}}, " " + short_duration(run.seconds)));
    Node body = el("div", {{"id", anchor(run.id)}});
    if (!run.variant.empty()) body.add(el("p", {{"class", "soft"}}, "Built as: " + run.variant));
    if (!run.why.empty()) body.add(el("p", {{"class", "soft"}}, run.why));
    body.add(console(run));
    return el("details", std::move(head), std::move(body));
  }

  Node console(const RunSummary& run) {
    const std::string command = fmt::format("culprit console {}", run.id);
    const std::string text = m_material.console ? m_material.console(run.id) : std::string();
    if (text.empty()) return el("p", {{"class", "soft"}}, "It printed nothing that was kept.");
    const auto at = m_places.find(run.id);
    std::string shown =
        shortened(text, at == m_places.end() ? Place{} : at->second, k_page_console_limit, run.id);
    if (m_size + shown.size() > k_page_consoles_limit)
      return el("p", {{"class", "soft"}},
                "Left out, since the page would be too large: ", el("code", command), " prints it.");
    m_size += shown.size();
    return el("pre", {{"tabindex", 0}}, std::move(shown));
  }

  const PageMaterial& m_material;
  std::map<std::uint64_t, Place> m_places;
  std::size_t m_size = 0;  // of what is embedded so far
};

}  // namespace

std::string_view class_of(Mark mark) {
  switch (mark) {
    case Mark::target:
      return "target";
    case Mark::foreign:
      return "foreign";
    case Mark::ok:
      return "ok";
    case Mark::nothing:
      break;
  }
  return "nothing";
}

std::string_view words_of(Mark mark) {
  switch (mark) {
    case Mark::target:
      return "the bug";
    case Mark::foreign:
      return "something else";
    case Mark::ok:
      return "nothing wrong";
    case Mark::nothing:
      break;
  }
  return "says nothing";
}

std::string_view class_of(const RevisionSummary& revision) {
  const std::string_view word = verdict_text(revision);
  if (word.starts_with("bad")) return "bad";
  return word.starts_with("good") ? "good" : "unknown";
}

std::string anchor(const model::CommitId& commit) { return "rev-" + commit.short_hex(); }
std::string anchor(std::uint64_t run) { return fmt::format("run-{}", run); }
std::string percent_of(double share) { return fmt::format("{:.2f}%", 100 * share); }

Node evidence(const PageMaterial& material) {
  Node rows = el("tbody");
  bool some = false;
  for (const RevisionSummary& revision : material.summary.revisions) {
    if (!revision.answered()) continue;
    some = true;
    rows.add(row(revision));
  }
  if (!some) return {};
  Node legend = el("p", {{"class", "soft"}}, "A mark is a run, in order; it leads to what the run printed: ");
  for (const Mark kind : {Mark::target, Mark::foreign, Mark::ok, Mark::nothing})
    legend.add(el("b", {{"class", class_of(kind)}}, std::string(1, glyph_of(kind))))
        .add(" " + std::string(words_of(kind)) + "  ");
  Node head = el("tr");
  for (const char* title : {"Revision", "Verdict", "Runs", "Why"})
    head.add(el("th", {{"scope", "col"}}, title));
  return el("div", std::move(legend),
            el("table", {{"class", "evidence"}}, el("thead", std::move(head)), std::move(rows)));
}

Node consoles(const PageMaterial& material) { return Consoles(material).all(); }

}  // namespace culprit::output::page
