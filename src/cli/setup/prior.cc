// A prior tells where to look first, and costs little where it is wrong: with a factor of ten against the
// culprit, a bisection of a thousand commits needs about three bits more (log2 10), a tenth of its runs.
// Hence the bound: nothing that is believed beforehand may outweigh what a handful of runs can show.
//
// What the crash names is known only when it has been seen. So that a resumed search equals an uninterrupted
// one, it is taken from one run alone, the first at the start revision that showed the bug, and asked of git
// anew by each process.

#include "cli/setup/prior.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/strings.h"
#include "history/changes.h"
#include "search/strategy.h"

namespace culprit::cli {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using model::CommitGraph;
using model::CommitId;
using model::Problem;

constexpr double k_touches_path = 10;
constexpr double k_touches_file = 4;
constexpr double k_touches_function = 10;
constexpr double k_bound = 100;

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
  Weights(const CommitGraph& graph, std::vector<double> weights)
      : m_graph(graph), m_weights(std::move(weights)) {
    if (m_weights.empty()) m_weights.assign(graph.size(), 1);
  }
  // False for a commit outside the graph.
  bool multiply(const CommitId& commit, double factor) {
    const auto node = m_graph.find(commit);
    if (node) m_weights[*node] *= factor;
    return node.has_value();
  }
  std::vector<double> finish() && {
    for (double& weight : m_weights) weight = std::clamp(weight, 1 / k_bound, k_bound);
    return std::move(m_weights);
  }

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

// The reports of the first run at the start that showed the bug; null while there is none.
const model::RunRecord* first_crash(const Problem& problem, const model::Evidence& evidence) {
  const model::RunRecord* first = nullptr;
  for (const model::RunRecord& run : evidence.runs)
    if (run.commit == problem.start && run.identity == model::Identity::target && !run.reports.empty() &&
        (first == nullptr || run.id < first->id))
      first = &run;
  return first;
}

class CrashSearch final : public search::Search {
 public:
  CrashSearch(const Settings& settings, const Problem& problem, const CommitGraph& graph,
              const history::GitHistory& history, ReportOf report_of, std::unique_ptr<search::Search> plain)
      : m_settings(settings),
        m_problem(problem),
        m_graph(graph),
        m_history(history),
        m_report_of(std::move(report_of)),
        m_plain(std::move(plain)) {}

  model::Decision next(const model::Evidence& evidence) const override { return of(evidence).next(evidence); }
  std::vector<model::RevisionVerdict> verdicts(const model::Evidence& evidence) const override {
    return of(evidence).verdicts(evidence);
  }
  std::vector<double> posterior(const model::Evidence& evidence) const override {
    return of(evidence).posterior(evidence);
  }

 private:
  const search::Search& of(const model::Evidence& evidence) const {
    const model::RunRecord* crash = first_crash(m_problem, evidence);
    if (crash == nullptr) return *m_plain;
    if (m_run != crash->id) {
      m_run = crash->id;
      const auto report = m_report_of ? m_report_of(crash->id) : std::nullopt;
      m_informed = report ? inform(*report) : nullptr;
    }
    return m_informed ? *m_informed : *m_plain;
  }

  // Null where the crash names nothing that can be found: the plain one serves.
  std::unique_ptr<search::Search> inform(const model::CrashReport& report) const {
    const auto related =
        history::commits_related(m_history.git(), span_of(m_problem), history::places_of(report));
    if (!related || related->empty()) return nullptr;
    Weights weights(m_graph, m_problem.prior);
    for (const history::Relation& relation : *related)
      weights.multiply(relation.commit, relation.names_function ? k_touches_function : k_touches_file);
    m_informed_problem = m_problem;
    m_informed_problem.prior = std::move(weights).finish();
    auto search = search::make_strategy(m_settings.strategy, m_graph, m_informed_problem);
    return search ? std::move(*search) : nullptr;
  }

  const Settings& m_settings;
  const Problem& m_problem;
  const CommitGraph& m_graph;
  const history::GitHistory& m_history;
  ReportOf m_report_of;
  std::unique_ptr<search::Search> m_plain;
  mutable Problem m_informed_problem;
  mutable std::unique_ptr<search::Search> m_informed;  // made from the run m_run, once it is known
  mutable std::optional<std::uint64_t> m_run;
};

}  // namespace

Result<std::vector<double>> prior_weights(const Settings& settings, const Problem& problem,
                                          const CommitGraph& graph, const history::GitHistory& history,
                                          std::vector<std::string>& notes) {
  if (settings.paths.empty() && settings.prior_path.empty()) return std::vector<double>{};
  Weights weights(graph, {});
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

Result<std::unique_ptr<search::Search>> make_crash_search(const Settings& settings, const Problem& problem,
                                                          const CommitGraph& graph,
                                                          const history::GitHistory& history,
                                                          ReportOf report_of) {
  auto plain = CULPRIT_TRY(search::make_strategy(settings.strategy, graph, problem));
  return std::make_unique<CrashSearch>(settings, problem, graph, history, std::move(report_of),
                                       std::move(plain));
}

}  // namespace culprit::cli
