// A build is dear and a run is cheap, as a rule, so that what pays is to do all with a build that it is good for, and to
// stop where the interval is narrow enough: a cell in which all runs agree is known after a handful, one at one half
// takes some twenty. The gain of an experiment is what it is expected to take off the interval, its price the runs
// and, where nothing is built yet, the cell's share of the build.

#include "study/matrix.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "base/process/build_output.h"
#include "base/words.h"
#include "model/run/report.h"
#include "study/tests.h"

namespace culprit::study {
namespace {

constexpr base::Words<CellState> k_state_words("open", "measured", "untestable");

// The first runs of a cell: fewer tell nothing of its rate.
constexpr int k_first_runs = 3;
// Going back to a revision that left its checkout costs up to this share of a build (build::KeptBuildsLimits).
constexpr double k_share_of_going_back = 0.25;

std::string plain_variant(const std::string& variant) {
  const auto test = test_variant_from_name(variant);
  return test ? test->variant : variant;
}

std::size_t column_of(const MatrixPlan& plan, const model::CommitId& commit, const std::string& variant) {
  const std::string plain = plain_variant(variant);
  const auto at = std::ranges::find_if(
      plan.columns, [&](const MatrixColumn& c) { return c.commit == commit && c.variant == plain; });
  return static_cast<std::size_t>(at - plan.columns.begin());
}

std::size_t test_of(const MatrixPlan& plan, const std::string& variant) {
  const auto test = test_variant_from_name(variant);
  const auto at = test ? std::ranges::find(plan.tests, test->key, &MatrixTest::key) : plan.tests.end();
  return static_cast<std::size_t>(at - plan.tests.begin());
}

void add_builds(const MatrixPlan& plan, const model::Evidence& evidence, Matrix& matrix) {
  std::vector<int> lost(plan.columns.size());
  for (const model::BuildRecord& build : evidence.builds) {
    const std::size_t at = column_of(plan, build.commit, build.variant);
    if (at == plan.columns.size()) continue;
    ColumnState& column = matrix.columns[at];
    column.builds += build.seconds > 0 ? 1 : 0;
    column.seconds += build.seconds;
    if (!build.compiler.empty()) column.compiler = build.compiler;
    if (build.status == model::BuildStatus::ok) column.built = true;
    if (build.status == model::BuildStatus::infra && ++lost[at] < search::k_build_attempts) continue;
    if (build.status != model::BuildStatus::ok)
      column.broken =
          fmt::format("{}: {}", build.status == model::BuildStatus::infra ? "the machine" : "does not build",
                      base::telling_line(build.text));
  }
  for (ColumnState& column : matrix.columns)
    if (column.built) column.broken.clear();
}

std::string title_of(const model::RunRecord& run) {
  const std::string_view title = search::crash_title(run);
  if (!title.empty()) return std::string(title);
  const std::string_view text = text_of(run.outcome);
  const std::string kind(name_of(kind_of(run.outcome)));
  return text.empty() ? kind : std::string(text.substr(0, text.find('\n')));
}

// The one that most have.
std::string most_of(const std::map<std::string, int>& titles) {
  const auto most = std::ranges::max_element(titles, {}, [](const auto& entry) { return entry.second; });
  return most == titles.end() ? std::string() : most->first;
}

void add_runs(const MatrixPlan& plan, const model::Evidence& evidence, Matrix& matrix) {
  std::vector<std::vector<const model::RunRecord*>> runs(matrix.cells.size());
  std::vector<std::map<std::string, int>> titles(plan.tests.size());
  std::uint64_t last = 0;
  for (const model::RunRecord& run : evidence.runs) {
    const std::size_t column = column_of(plan, run.commit, run.variant), test = test_of(plan, run.variant);
    if (column == plan.columns.size() || test == plan.tests.size()) continue;
    const std::size_t at = test * plan.columns.size() + column;
    runs[at].push_back(&run);
    matrix.cells[at].seconds += run.seconds;
    if (run.id >= last) last = run.id, matrix.last_column = column;
    const model::RunSays says = model::what_says(run);
    if (says == model::RunSays::shown) ++titles[test][title_of(run)];
    if (!model::tells(says) && says != model::RunSays::lost) ++matrix.cells[at].others[title_of(run)];
  }
  for (std::size_t i = 0; i < runs.size(); ++i) matrix.cells[i].counts = search::count_runs(runs[i]);
  for (const auto& seen : titles) matrix.bugs.push_back(most_of(seen));
}

void settle(const MatrixPlan& plan, const ColumnState& column, Cell& cell) {
  const search::Counts& counts = cell.counts;
  const bool tried_enough = counts.all() >= 2 * plan.runs + k_first_runs;
  if (counts.valid() > 0) {
    const bool known = cell.interval().half() <= plan.within || counts.valid() >= plan.runs;
    if (known || tried_enough || !column.broken.empty()) cell.state = CellState::measured;
    return;
  }
  if (!column.broken.empty()) {
    cell.state = CellState::untestable;
    cell.reason = column.broken;
  } else if (cell.otherwise() >= static_cast<int>(search::k_skips_at_start) || tried_enough) {
    cell.state = CellState::untestable;
    cell.reason = cell.otherwise() == 0 ? "the machine lost every run"
                                        : fmt::format("{} of {} runs say nothing of the bug: {}",
                                                      cell.otherwise(), counts.all(), most_of(cell.others));
  }
}

// Prices and gains of all that may be done now.
class Chooser {
 public:
  Chooser(const MatrixPlan& plan, const Matrix& matrix) : m_plan(plan), m_matrix(matrix) {
    double seconds = 0;
    int builds = 0;
    for (const ColumnState& column : matrix.columns) seconds += column.seconds, builds += column.builds;
    const bool any_built = std::ranges::any_of(matrix.columns, &ColumnState::built);
    m_build = builds > 0 ? seconds / builds : any_built ? 0 : search::k_usual_build;
  }

  struct Choice {
    const Cell* cell = nullptr;
    int runs = 0;
    double gain = 0;  // of the half width
    double cost = 0;  // seconds
  };
  std::optional<Choice> best() const {
    // Who leaves a checkout may have to build it again: what it is good for comes first.
    if (m_plan.one_place)
      if (const auto here = best_of([&](const Cell& c) { return m_matrix.columns[c.column].built; }))
        return here;
    return best_of([](const Cell&) { return true; });
  }

 private:
  template <class Allowed>
  std::optional<Choice> best_of(Allowed allowed) const {
    std::optional<Choice> best;
    for (const Cell& cell : m_matrix.cells) {
      if (cell.state != CellState::open || cell.pending || is_waited_for(cell.column) || !allowed(cell))
        continue;
      const Choice choice = choice_of(cell);
      if (!best || choice.gain * best->cost > best->gain * choice.cost) best = choice;
    }
    return best;
  }

  // Of one revision nothing else is begun while it is built, or, in one checkout, while it is run.
  bool is_waited_for(std::size_t column) const {
    if (m_matrix.columns[column].building) return true;
    if (!m_plan.one_place) return false;
    for (std::size_t test = 0; test < m_plan.tests.size(); ++test)
      if (m_matrix.at(test, column).pending) return true;
    return false;
  }

  Choice choice_of(const Cell& cell) const {
    Choice choice{.cell = &cell, .runs = runs_for(cell)};
    const double n = cell.counts.valid(), k = cell.counts.shown;
    const double more = choice.runs * (k + 0.5) / (n + 1);  // expected to show it
    choice.gain = cell.interval().half() - rate_interval(k + more, n + choice.runs).half();
    choice.gain = std::max(choice.gain, 1e-9);  // what does not narrow is still to be run
    choice.cost = 1e-3 + choice.runs * run_price(cell) + build_price(cell);
    return choice;
  }

  // As many as are expected to do, at most as many as there are already.
  int runs_for(const Cell& cell) const {
    const int valid = cell.counts.valid();
    const int most = std::min(m_plan.runs - valid, std::max({k_first_runs, m_plan.runs_at_once, valid}));
    const double rate = (cell.counts.shown + 0.5) / (valid + 1.0);
    int runs = 1;
    while (runs < most && rate_interval(cell.counts.shown + runs * rate, valid + runs).half() > m_plan.within)
      ++runs;
    return runs;
  }

  // Its own mean, else its test's, else that of all.
  double run_price(const Cell& cell) const {
    double of_test = 0, of_all = 0;
    int in_test = 0, in_all = 0;
    for (const Cell& other : m_matrix.cells) {
      of_all += other.seconds, in_all += other.counts.all();
      if (other.test == cell.test) of_test += other.seconds, in_test += other.counts.all();
    }
    if (cell.counts.all() > 0) return cell.seconds / cell.counts.all();
    if (in_test > 0) return of_test / in_test;
    return in_all > 0 ? of_all / in_all : search::k_usual_run;
  }

  double build_price(const Cell& cell) const {
    if (m_matrix.columns[cell.column].built)
      return m_plan.one_place && cell.column != m_matrix.last_column ? k_share_of_going_back * m_build : 0;
    const auto shares = std::ranges::count_if(m_matrix.cells, [&](const Cell& other) {
      return other.column == cell.column && other.state == CellState::open;
    });
    return m_build / static_cast<double>(std::max<std::ptrdiff_t>(1, shares));
  }

  const MatrixPlan& m_plan;
  const Matrix& m_matrix;
  double m_build = 0;  // seconds, of one
};

model::Experiment experiment_of(const MatrixPlan& plan, const Chooser::Choice& choice) {
  const MatrixColumn& column = plan.columns[choice.cell->column];
  const MatrixTest& test = plan.tests[choice.cell->test];
  return {.commit = column.commit,
          .variant = name_of(TestVariant{test.key, column.variant}),
          .runs = choice.runs,
          .stage = "matrix",
          .label = column.revision,
          .reason = fmt::format("{}: its interval is expected to narrow by {:.2f} in {:.1f} s", test.name,
                                2 * choice.gain, choice.cost),
          .cost = choice.cost};
}

}  // namespace

std::string_view name_of(CellState state) { return k_state_words.of(state); }

Matrix matrix_of(const MatrixPlan& plan, const model::Evidence& evidence) {
  Matrix matrix;
  matrix.columns.resize(plan.columns.size());
  for (std::size_t test = 0; test < plan.tests.size(); ++test)
    for (std::size_t column = 0; column < plan.columns.size(); ++column)
      matrix.cells.push_back({.test = test, .column = column, .counts = {}});
  add_builds(plan, evidence, matrix);
  add_runs(plan, evidence, matrix);
  for (Cell& cell : matrix.cells) settle(plan, matrix.columns[cell.column], cell);
  for (const model::PendingExperiment& pending : evidence.pending) {
    const std::size_t column = column_of(plan, pending.commit, pending.variant);
    const std::size_t test = test_of(plan, pending.variant);
    if (column == plan.columns.size() || test == plan.tests.size()) continue;
    matrix.cells[test * plan.columns.size() + column].pending = true;
    matrix.columns[column].building |= pending.building;
  }
  return matrix;
}

model::Decision MatrixSearch::next(const model::Evidence& evidence) const {
  Matrix matrix = matrix_of(m_plan, evidence);
  model::Decision decision;
  const auto is_open = [](const Cell& cell) { return cell.state == CellState::open; };
  if (evidence.pending.empty() && std::ranges::none_of(matrix.cells, is_open)) {
    decision.conclusion.emplace();
    decision.conclusion->explanation = "every cell is as well known as was asked for";
    return decision;
  }
  for (std::size_t busy = evidence.pending.size(); busy < static_cast<std::size_t>(m_plan.at_once); ++busy) {
    const auto choice = Chooser(m_plan, matrix).best();
    if (!choice) break;
    decision.experiments.push_back(experiment_of(m_plan, *choice));
    const std::size_t column = choice->cell->column;
    matrix.cells[choice->cell->test * m_plan.columns.size() + column].pending = true;
    matrix.columns[column].building |= !matrix.columns[column].built;
  }
  decision.standing.steps_left = static_cast<int>(std::ranges::count_if(matrix.cells, is_open));
  return decision;
}

}  // namespace culprit::study
