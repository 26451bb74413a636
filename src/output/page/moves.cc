// What the search believed after each decision, over the runs that were done by then: the probability of the commit
// that is now the answer (of the likeliest, while there is none), and how many commits were still in question. Both
// stand in the events; nothing is computed anew. Coordinates along the axis are percentages, so the picture fits any
// width without its text being scaled.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "model/event.h"
#include "output/page/parts.h"
#include "output/words/text.h"

namespace culprit::output::page {
namespace {

using html::el;
using html::Node;

constexpr double k_height = 150;  // of the plot
constexpr double k_top = 22;
constexpr double k_plot_left = 0.13, k_plot_right = 0.97;  // of the width; 13 % of a phone holds "100%"
constexpr std::size_t k_most_points = 400;                 // more than there are pixels on a phone

struct Point {
  std::size_t runs = 0;
  double value = 0;
};

struct Course {
  std::vector<Point> probability;
  std::vector<Point> left;  // commits that may still be it
  std::size_t runs = 0;
};

std::optional<model::CommitId> subject_of(const Summary& summary) {
  if (summary.conclusion) {
    if (summary.conclusion->culprit) return summary.conclusion->culprit;
    if (!summary.conclusion->candidates.empty()) return summary.conclusion->candidates.front().commit;
    return std::nullopt;
  }
  if (!summary.standing.top.empty()) return summary.standing.top.front().commit;
  return std::nullopt;
}

// `points` with one more; of several at one number of runs the last one holds.
void put(std::vector<Point>& points, Point point) {
  if (!points.empty() && points.back().runs == point.runs) points.pop_back();
  points.push_back(point);
}

Course course_of(std::span<const model::Event> events, const model::CommitId& commit) {
  Course out;
  for (const model::Event& event : events) {
    if (std::holds_alternative<model::RunFinished>(event.body)) ++out.runs;
    const auto* decided = std::get_if<model::Decided>(&event.body);
    if (decided != nullptr && !decided->standing.top.empty()) {
      const auto& top = decided->standing.top;
      const auto at = std::ranges::find(top, commit, &model::Candidate::commit);
      // Not among the likeliest few: at most as likely as the last of them.
      put(out.probability, {out.runs, at == top.end() ? 0.0 : at->probability});
      put(out.left, {out.runs, static_cast<double>(decided->standing.revisions_left)});
    }
    const auto* finished = std::get_if<model::Finished>(&event.body);
    if (finished == nullptr) continue;
    const auto at = std::ranges::find(finished->conclusion.candidates, commit, &model::Candidate::commit);
    if (at != finished->conclusion.candidates.end())
      put(out.probability, {out.runs, at->probability});
    else if (finished->conclusion.culprit == commit)
      put(out.probability, {out.runs, finished->conclusion.probability});
  }
  return out;
}

std::string x_of(std::size_t runs, std::size_t most) {
  const double share = most == 0 ? 0 : static_cast<double>(runs) / static_cast<double>(most);
  return percent_of(k_plot_left + (k_plot_right - k_plot_left) * share);
}

double y_of(double share) { return k_top + k_height * (1 - share); }

Node line(const std::string& x1, double y1, const std::string& x2, double y2, std::string_view class_name) {
  return el("line", {{"class", class_name}, {"x1", x1}, {"y1", y1}, {"x2", x2}, {"y2", y2}});
}

Node label(double share, std::string_view text) {
  return el("text",
            {{"class", "small soft"},
             {"x", percent_of(k_plot_left - 0.015)},
             {"y", y_of(share) + 4},
             {"text-anchor", "end"}},
            text);
}

Node step_curve(const std::vector<Point>& points, std::size_t most, const auto& share_of) {
  Node out;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double y = y_of(share_of(points[i].value));
    const std::string from = x_of(points[i].runs, most);
    const std::string to = x_of(i + 1 < points.size() ? points[i + 1].runs : most, most);
    out.add(line(from, y, to, y, "curve"));
    if (i + 1 < points.size()) out.add(line(to, y, to, y_of(share_of(points[i + 1].value)), "curve"));
  }
  if (!points.empty())
    out.add(el("circle", {{"class", "bar"},
                          {"cx", x_of(points.back().runs, most)},
                          {"cy", y_of(share_of(points.back().value))},
                          {"r", 4}}));
  return out;
}

Node frame(std::string_view about, std::size_t runs) {
  Node out = el("svg", {{"height", k_top + k_height + 26}, {"role", "img"}, {"aria-label", about}});
  out.add(line(percent_of(k_plot_left), y_of(0), percent_of(k_plot_right), y_of(0), "axis"));
  out.add(line(percent_of(k_plot_left), y_of(1), percent_of(k_plot_left), y_of(0), "axis"));
  out.add(
      el("text", {{"class", "small soft"}, {"x", percent_of(k_plot_left)}, {"y", y_of(0) + 17}}, "0 runs"));
  out.add(el(
      "text",
      {{"class", "small soft"}, {"x", percent_of(k_plot_right)}, {"y", y_of(0) + 17}, {"text-anchor", "end"}},
      counted(runs, "run")));
  return out;
}

// Every k-th point where there are more than a picture can show, the last one always.
std::vector<Point> thinned(const std::vector<Point>& points) {
  if (points.size() <= k_most_points) return points;
  std::vector<Point> out;
  const std::size_t step = points.size() / k_most_points + 1;
  for (std::size_t i = 0; i + 1 < points.size(); i += step) out.push_back(points[i]);
  out.push_back(points.back());
  return out;
}

}  // namespace

Node moves(const PageMaterial& material) {
  const auto commit = subject_of(material.summary);
  if (!commit) return {};
  const Course course = course_of(material.events, *commit);
  if (course.probability.size() < 2) return {};
  const std::string name = material.summary.name_of(*commit);

  Node chance = frame(fmt::format("The probability of {} over the runs: {} at the end", name,
                                  percent(course.probability.back().value)),
                      course.runs);
  for (const double share : {0.0, 0.5, 1.0}) chance.add(label(share, fmt::format("{:.0f}%", 100 * share)));
  chance.add(
      step_curve(thinned(course.probability), course.runs, [](double p) { return std::clamp(p, 0.0, 1.0); }));
  const RevisionSummary* revision = material.summary.find(*commit);
  Node subject(name);
  if (revision != nullptr && revision->answered()) subject = el("a", {{"href", "#" + anchor(*commit)}}, name);
  Node out =
      el("div", el("p", "How likely ", std::move(subject), " was, after each decision, to be the answer:"),
         std::move(chance));

  double most = 1;
  for (const Point& point : course.left) most = std::max(most, point.value);
  if (most < 2 || course.left.size() < 2) return out;
  const double top = std::log2(most);
  Node left = frame(fmt::format("How many commits were still in question, from {:.0f} down to {:.0f}", most,
                                course.left.back().value),
                    course.runs);
  left.add(label(1, fmt::format("{:.0f}", most))).add(label(0, "1"));
  left.add(step_curve(thinned(course.left), course.runs,
                      [&](double n) { return std::log2(std::max(n, 1.0)) / top; }));
  out.add(el("p",
             "How many commits were still in question (each height is half of the one above by the same "
             "distance):"))
      .add(std::move(left));
  return out;
}

}  // namespace culprit::output::page
