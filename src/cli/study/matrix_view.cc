#include "cli/study/matrix_view.h"

#include <fmt/format.h>

#include "base/strings.h"
#include "study/matrix_text.h"
#include "study/tests.h"

namespace culprit::cli {
namespace {

std::string stamp(double seconds) {
  const auto whole = static_cast<long>(seconds);
  return fmt::format("{:02}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace

MatrixView::MatrixView(const study::MatrixPlan& plan, std::FILE* out, const output::Style& style, bool shows)
    : m_plan(plan), m_out(out), m_style(style), m_shows(shows) {}

void MatrixView::update(const study::Matrix& matrix, const model::Decision& decision, double seconds) {
  if (!m_shows || decision.conclusion) return;
  if (!m_style.live || m_plan.columns.size() + 3 > m_style.rows) return tell(matrix, decision, seconds);
  erase();
  for (const std::string& line : matrix_lines(m_plan, matrix, m_style)) {
    if (m_drawn + 2 >= m_style.rows) break;
    put(line);
    ++m_drawn;
  }
  std::fflush(m_out);
}

void MatrixView::tell(const study::Matrix& matrix, const model::Decision& decision, double seconds) {
  for (const study::Cell& cell : matrix.cells) {
    if (cell.state == study::CellState::open) continue;
    const std::string name = m_plan.tests[cell.test].name + " on " + column_text(m_plan.columns[cell.column]);
    const std::string text = study::cell_text(cell);
    if (m_told.insert(name).second)
      put(base::printable(
          fmt::format("{} {}: {}", stamp(seconds), name,
                      cell.state == study::CellState::untestable ? "untestable, " + cell.reason : text)));
  }
  for (const model::Experiment& next : decision.experiments) {
    const auto test = study::test_variant_from_name(next.variant);
    for (std::size_t i = 0; test && i < m_plan.columns.size(); ++i) {
      const study::MatrixColumn& column = m_plan.columns[i];
      if (column.commit != next.commit || column.variant != test->variant || matrix.columns[i].built)
        continue;
      if (m_told.insert("build " + std::to_string(i)).second)
        put(base::printable(fmt::format("{} building {}", stamp(seconds), column_text(column))));
    }
  }
  std::fflush(m_out);
}

void MatrixView::finish(const study::Matrix& matrix) {
  erase();
  for (const std::string& line : matrix_lines(m_plan, matrix, m_style)) put(line);
  int builds = 0, runs = 0, open = 0;
  double build_seconds = 0, run_seconds = 0;
  for (const study::ColumnState& column : matrix.columns)
    builds += column.builds, build_seconds += column.seconds;
  for (const study::Cell& cell : matrix.cells) {
    runs += cell.counts.all(), run_seconds += cell.seconds;
    open += cell.state == study::CellState::open ? 1 : 0;
  }
  put(fmt::format("{} cells{}, {} builds ({}), {} runs ({})", matrix.cells.size(),
                  open == 0 ? "" : fmt::format(", {} of them open", open), builds,
                  base::format_duration(build_seconds), runs, base::format_duration(run_seconds)));
  std::fflush(m_out);
}

void MatrixView::erase() {
  if (m_drawn > 0) std::fputs(fmt::format("\x1b[{}A\x1b[J", m_drawn).c_str(), m_out);
  m_drawn = 0;
}

void MatrixView::put(const std::string& line) {
  // The lines of a table are made harmless already, and may hold colours.
  std::fputs((line + "\n").c_str(), m_out);
}

}  // namespace culprit::cli
