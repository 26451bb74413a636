// An SVG that is not scaled: its units are the page's pixels, so that its text has the size of the text around it on a
// phone and on paper. From left to right: the probability as a bar, the graph, the words. The rows behind the right
// edge are cut; the whole titles are in the table of the evidence and in the tooltips.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "output/page/graph.h"
#include "output/page/parts.h"
#include "output/words/text.h"

namespace culprit::output::page {
namespace {

using html::el;
using html::Node;

constexpr double k_bar = 60;   // the widest bar: a certain commit
constexpr double k_lane = 14;  // between lanes; ten of them leave half of a phone's 330 pixels to the words
constexpr double k_row = 40;
constexpr double k_gap = 20;  // a line that says how many commits are left out
constexpr double k_worth_a_row = 0.01;
constexpr std::size_t k_whole = 40;  // so short a history is drawn whole
constexpr std::size_t k_most_lanes = 12;

class Picture {
 public:
  Picture(const PageMaterial& material, Drawing drawing)
      : m_material(material),
        m_drawing(std::move(drawing)),
        m_words(k_bar + 16 + k_lane * static_cast<double>(std::min(m_drawing.lanes, k_most_lanes))) {
    double y = 0;
    for (const Row& row : m_drawing.rows) {
      if (row.hidden > 0) y += k_gap;
      m_y.push_back(y + k_row / 2);
      y += k_row;
    }
    m_height = y + (m_drawing.hidden > 0 ? k_gap : 0);
  }

  Node svg() {
    Node out = el("svg", {{"height", m_height},
                          {"role", "img"},
                          {"aria-label",
                           "The history between the ends, newest first: each commit with its verdict and how "
                           "likely it is the answer"}});
    for (std::size_t row = 0; row < m_drawing.rows.size(); ++row) out.add(edges(row));
    for (std::size_t row = 0; row < m_drawing.rows.size(); ++row) out.add(commit(row));
    if (m_drawing.hidden > 0) out.add(gap(m_height - k_gap, m_drawing.hidden, m_drawing.hidden_mass));
    return out;
  }

 private:
  double x_of(std::size_t lane) const {
    return k_bar + 10 + k_lane * static_cast<double>(std::min(lane, k_most_lanes - 1));
  }

  Node edges(std::size_t row) const {
    Node out;
    const Row& here = m_drawing.rows[row];
    for (const Edge& edge : here.edges) {
      const double x0 = x_of(here.lane), x1 = x_of(edge.lane), x2 = x_of(m_drawing.rows[edge.to].lane);
      const double y0 = m_y[row], y2 = m_y[edge.to];
      // Into its lane within half a row, down, and out of it within half a row.
      const double bend = std::min(k_row / 2, (y2 - y0) / 2);
      std::string path = fmt::format("M{:.1f} {:.1f}", x0, y0);
      path += fmt::format("C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}", x0, y0 + bend * 0.7, x1,
                          y0 + bend * 0.3, x1, y0 + bend);
      path += fmt::format("L{:.1f} {:.1f}", x1, y2 - bend);
      path += fmt::format("C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}", x1, y2 - bend * 0.3, x2,
                          y2 - bend * 0.7, x2, y2);
      Node line = el("path", {{"class", "edge"}, {"d", path}});
      if (!edge.direct) line.set({"stroke-dasharray", "3 4"});
      out.add(std::move(line));
    }
    return out;
  }

  Node gap(double top, std::size_t commits, double mass) const {
    std::string text = counted(commits, "commit") + " not drawn";
    if (mass > 0) text += ", " + percent(mass) + " in all";
    return el("text", {{"x", m_words}, {"y", top + 14}, {"class", "small soft"}}, std::move(text));
  }

  Node commit(std::size_t row) const {
    const Row& here = m_drawing.rows[row];
    const HistoryLine& line = m_material.history[here.line];
    const Summary& summary = m_material.summary;
    const RevisionSummary* revision = summary.find(line.commit);
    const double y = m_y[row];
    const bool is_answer = summary.conclusion && summary.conclusion->culprit == line.commit;

    Node out = el("g");
    if (here.hidden > 0) out.add(gap(y - k_row / 2 - k_gap, here.hidden, here.hidden_mass));
    if (line.mass > 0) {
      // At least a pixel: nothing is impossible.
      const double width = std::max(1.0, k_bar * line.mass);
      out.add(el("rect",
                 {{"class", "bar"}, {"x", k_bar - width}, {"y", y - 11}, {"width", width}, {"height", 9}}));
      out.add(el("text", {{"x", k_bar}, {"y", y + 12}, {"class", "small soft"}, {"text-anchor", "end"}},
                 percent(line.mass)));
    }
    const std::string_view verdict = revision != nullptr ? class_of(*revision) : "unknown";
    if (is_answer)
      out.add(el("circle", {{"class", "answer"}, {"cx", x_of(here.lane)}, {"cy", y}, {"r", 8.5}}));
    out.add(el("circle", {{"class", fmt::format("node {}", verdict)},
                          {"cx", x_of(here.lane)},
                          {"cy", y},
                          {"r", revision != nullptr ? 5.5 : 3.5}}));
    out.add(words(line, revision, is_answer, y));
    return out;
  }

  Node words(const HistoryLine& line, const RevisionSummary* revision, bool is_answer, double y) const {
    Node first = el("text", {{"x", m_words}, {"y", y - 3}});
    first.add(el("tspan", {{"class", "name"}}, m_material.summary.name_of(line.commit)));
    if (is_answer) first.add(el("tspan", {{"class", "name"}}, "  the answer"));
    if (revision != nullptr && revision->answered()) {
      first.add(el("tspan", {{"class", class_of(*revision)}}, "  " + std::string(verdict_text(*revision))));
      std::string marks;
      for (const RunSummary& run : revision->runs) marks += glyph_of(mark_of(run));
      if (!marks.empty()) first.add(el("tspan", {{"class", "soft"}}, "  " + marks));
    }
    std::string title = line.title;
    if (title.empty() && revision != nullptr) title = revision->title;
    Node second = el("text", {{"x", m_words}, {"y", y + 13}, {"class", "small soft"}}, one_line(title));
    Node tip = el("title", line.commit.hex() + " " + one_line(title));
    if (revision == nullptr || !revision->answered())
      return el("g", std::move(tip), std::move(first), std::move(second));
    return el("a", {{"href", "#" + anchor(line.commit)}}, std::move(tip), std::move(first),
              std::move(second));
  }

  const PageMaterial& m_material;
  Drawing m_drawing;
  std::vector<double> m_y;  // the middle of each row
  double m_words = 0;       // where they begin
  double m_height = 0;
};

}  // namespace

Node history_picture(const PageMaterial& material) {
  if (material.history.empty()) return {};
  const Summary& summary = material.summary;
  const bool whole = material.history.size() <= k_whole;
  Drawing drawing = draw(material.history, [&](const HistoryLine& line) {
    if (whole || line.mass >= k_worth_a_row) return true;
    const RevisionSummary* revision = summary.find(line.commit);
    return revision != nullptr && revision->answered();
  });
  if (drawing.rows.empty()) return {};
  Node intro = el("p", {{"class", "soft"}},
                  "Newest first. The bar is how likely the commit is the answer; a dashed line passes "
                  "commits that are not drawn. Small dots were not tested.");
  return el("div", std::move(intro), Picture(material, std::move(drawing)).svg());
}

}  // namespace culprit::output::page
