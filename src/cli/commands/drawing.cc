#include "cli/commands/drawing.h"

#include <algorithm>
#include <ranges>

#include "base/clock.h"
#include "cli/setup/prior.h"
#include "cli/setup/question.h"
#include "engine/engine.h"
#include "engine/journal.h"
#include "model/run/report.h"
#include "search/search.h"
#include "search/strategy.h"

namespace culprit::cli {
namespace {

using base::ErrorKind;
using base::Result;
using model::CommitGraph;
using model::CommitId;
using model::NodeIndex;
using model::Problem;

constexpr double k_worth_a_title = 0.01;

void mark(const CommitGraph& graph, const CommitId& tip, std::uint8_t value,
          std::vector<std::uint8_t>& marks) {
  const auto node = graph.find(tip);
  if (!node) return;
  const std::vector<std::uint8_t> ancestors = graph.ancestors(*node);
  for (std::size_t i = 0; i < marks.size(); ++i)
    if (ancestors[i] != 0) marks[i] = value;
}

// 1 for the commits between the ends: what lies behind the newest one and not behind a good one (fix: behind
// the crash), nor behind the oldest release that was tested.
std::vector<std::uint8_t> between(const CommitGraph& graph, const Problem& problem,
                                  const output::Summary& summary) {
  std::vector<std::uint8_t> marks(graph.size(), 0);
  mark(graph, problem.goal == model::Goal::fix ? problem.head : problem.start, 1, marks);
  if (problem.goal == model::Goal::fix) {
    mark(graph, problem.start, 0, marks);
    return marks;
  }
  for (const CommitId& good : problem.good) mark(graph, good, 0, marks);
  if (problem.good.empty())
    for (const auto& tag : std::views::reverse(problem.releases))
      if (const auto* revision = summary.find(tag.commit); revision != nullptr && revision->tested()) {
        mark(graph, tag.commit, 0, marks);
        break;
      }
  return marks;
}

}  // namespace

Result<std::vector<output::HistoryLine>> drawn_history(Reading& reading) {
  if (!reading.history) return base::fail(ErrorKind::repository, "the bisection's repository is gone");
  const auto& started = std::get<model::Started>(reading.events.front().body);
  const Settings settings = CULPRIT_TRY(settings_from_json(started.settings));
  const Question question = CULPRIT_TRY(pose_again(settings, *reading.history, started.problem));
  const auto search = CULPRIT_TRY(search::make_strategy(settings.strategy, question.graph, question.problem,
                                                        taken_back_by(question.problem, *reading.history)));
  const auto related_to = related_commits(settings, question.problem, *reading.history,
                                          report_in(reading.store, reading.bisection));
  const base::SystemClock clock;
  engine::Journal journal(reading.store, reading.bisection, clock, {});
  CULPRIT_TRY(journal.catch_up());
  const model::Evidence evidence = engine::assessed(journal, question.problem, related_to);
  reading.fold.reidentify(evidence.runs);
  reading.fold.rejudge(search->verdicts(evidence));

  const std::vector<double> posterior = search->posterior(evidence);
  std::vector<output::HistoryLine> lines;
  if (posterior.empty()) return lines;
  const output::Summary& summary = reading.fold.summary();
  const auto marks = between(question.graph, question.problem, summary);
  for (std::size_t i = posterior.size(); i-- > 0;) {
    const CommitId& id = question.graph.id(static_cast<NodeIndex>(i));
    const bool is_known = summary.find(id) != nullptr;
    if (marks[i] == 0 && posterior[i] < k_worth_a_title && !is_known) continue;
    output::HistoryLine line{.commit = id, .mass = posterior[i], .title = {}};
    for (const NodeIndex parent : question.graph.parents(static_cast<NodeIndex>(i)))
      line.parents.push_back(question.graph.id(parent));
    if (is_known || line.mass >= k_worth_a_title)
      if (const auto info = reading.history->describe(id)) line.title = info->title;
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace culprit::cli
