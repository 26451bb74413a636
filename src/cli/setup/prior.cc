#include "cli/setup/prior.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "base/strings.h"
#include "history/changes.h"
#include "history/git_history.h"
#include "model/evidence.h"
#include "model/run/report.h"

namespace culprit::cli {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using model::CommitGraph;
using model::CommitId;
using model::Problem;

constexpr double k_touches_path =
    10;  // as --path is documented; the search bounds all weights (k_prior_bound)

// What the search is about, as far as it is known beforehand: what lies behind the newest end and not behind
// a good one, nor behind the oldest release of the walk.
history::Span span_of(const Problem& problem) {
  history::Span span{problem.head.is_null() ? problem.start : problem.head, problem.good};
  if (problem.goal == model::Goal::fix)
    span.excluded.push_back(problem.start);
  else if (problem.good.empty() && !problem.releases.empty())
    span.excluded.push_back(problem.releases.back().commit);
  return span;
}

class Weights {
 public:
  explicit Weights(const CommitGraph& graph) : m_graph(graph), m_weights(graph.size(), 1) {}
  // False for a commit outside the graph.
  bool multiply(const CommitId& commit, double factor) {
    const auto node = m_graph.find(commit);
    if (node) m_weights[*node] *= factor;
    return node.has_value();
  }
  std::vector<double> finish() && { return std::move(m_weights); }

 private:
  const CommitGraph& m_graph;
  std::vector<double> m_weights;
};

// "COMMIT WEIGHT", blank lines and comments.
Result<void> weigh_by_file(const Settings& settings, const CommitGraph& graph,
                           const history::GitHistory& history, Weights& weights,
                           std::vector<std::string>& notes) {
  std::size_t number = 0, outside = 0;
  for (std::string_view line : base::split_lines(settings.prior_text)) {
    ++number;
    line = base::trim(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    const std::string where = settings.prior_path + ":" + std::to_string(number);
    const std::size_t blank = line.find_first_of(" \t");
    const auto weight = blank == std::string_view::npos
                            ? std::nullopt
                            : base::parse_number<double>(base::trim(line.substr(blank)));
    if (!weight || !std::isfinite(*weight) || *weight <= 0)
      return fail(ErrorKind::usage, where + ": not a commit and a weight above 0: " + base::printable(line),
                  "a line is \"COMMIT WEIGHT\"; a commit that is not named has the weight 1");
    const std::string_view name = line.substr(0, blank);
    auto commit = CommitId::from_hex(name);
    if (!commit || !graph.find(*commit)) commit = CULPRIT_TRY_IN(history.resolve(name), where);
    if (!weights.multiply(*commit, *weight)) ++outside;
  }
  if (outside > 0)
    notes.push_back(fmt::format("{}: {} of the commits {} not in what is searched and {} left out",
                                settings.prior_path, outside, outside == 1 ? "is" : "are",
                                outside == 1 ? "is" : "are"));
  return {};
}

}  // namespace

Result<std::vector<double>> prior_weights(const Settings& settings, const Problem& problem,
                                          const CommitGraph& graph, const history::GitHistory& history,
                                          std::vector<std::string>& notes) {
  if (settings.paths.empty() && settings.prior_path.empty()) return std::vector<double>{};
  Weights weights(graph);
  if (!settings.paths.empty()) {
    const auto touching =
        CULPRIT_TRY(history::commits_touching(history.git(), span_of(problem), settings.paths));
    if (touching.empty())
      return fail(ErrorKind::usage,
                  "no commit of those searched touches " + base::join(settings.paths, " or "),
                  "--path is relative to the folder you stand in");
    for (const CommitId& commit : touching) weights.multiply(commit, k_touches_path);
  }
  CULPRIT_TRY(weigh_by_file(settings, graph, history, weights, notes));
  return std::move(weights).finish();
}

engine::RelatedTo related_commits(const Settings& settings, const Problem& problem,
                                  const history::GitHistory& history, ReportOf report_of) {
  if (!settings.prior_crash) return {};
  struct Known {
    std::optional<std::uint64_t> run;
    std::vector<model::RelatedCommit> commits;
  };
  return [&problem, &history, report_of = std::move(report_of),
          known = std::make_shared<Known>()](std::uint64_t run) {
    if (known->run == run) return known->commits;
    *known = {.run = run, .commits = {}};
    if (const auto report = report_of(run))
      if (auto related =
              history::commits_related(history.git(), span_of(problem), history::places_of(*report)))
        known->commits = std::move(*related);
    return known->commits;
  };
}

search::TakenBackBy taken_back_by(const Problem& problem, const history::GitHistory& history) {
  return [&problem, &history,
          known = std::make_shared<std::map<model::CommitId, std::vector<model::CommitId>>>()](
             const model::CommitId& commit) {
    const auto at = known->find(commit);
    if (at != known->end()) return at->second;
    // Where git cannot say, nothing is known of the kind: the answer is checked by the revert all the same.
    auto found = history::commits_taking_back(history.git(), {span_of(problem).tip, {commit}}, commit);
    return (*known)[commit] = found ? std::move(*found) : std::vector<model::CommitId>{};
  };
}

}  // namespace culprit::cli
