#include "study/matrix_text.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "output/words/text.h"

namespace culprit::study {
namespace {

using json = nlohmann::ordered_json;
using output::Ink;
using output::StyledLine;

constexpr std::size_t k_gap = 2;           // columns between two cells
constexpr std::size_t k_widest_name = 30;  // of a test or a revision, on the screen

// ".11", "1.0": what is a rate needs no zero before the point.
std::string short_rate(double rate) {
  const std::string text = fmt::format("{:.2f}", rate);
  return text.starts_with('0') ? text.substr(1) : text.substr(0, 3);
}

Ink ink_of(const Cell& cell) {
  if (cell.state == CellState::untestable || cell.counts.valid() == 0) return Ink::dim;
  return cell.counts.shown > 0 ? Ink::red : Ink::green;
}

std::string screen_text(const Cell& cell) {
  if (cell.state == CellState::untestable) return "untestable";
  const std::string text = cell_text(cell);
  return text.empty() ? "-" : text;
}

class Table {
 public:
  Table(const MatrixPlan& plan, const Matrix& matrix, const output::Style& style)
      : m_plan(plan), m_matrix(matrix), m_style(style) {
    for (const MatrixColumn& column : plan.columns)
      m_head = std::max(m_head, std::min(k_widest_name, output::width(column_text(column))));
    for (std::size_t test = 0; test < plan.tests.size(); ++test) m_widths.push_back(width_of(test));
  }

  std::vector<std::string> lines() {
    for (std::size_t from = 0; from < m_plan.tests.size();) {
      std::size_t to = from + 1, used = m_head + k_gap + m_widths[from];
      while (to < m_plan.tests.size() && used + k_gap + m_widths[to] <= m_style.columns)
        used += k_gap + m_widths[to++];
      if (from > 0) m_lines.emplace_back();
      add_block(from, to);
      from = to;
    }
    return std::move(m_lines);
  }

 private:
  std::size_t width_of(std::size_t test) const {
    std::size_t width = std::min(k_widest_name, output::width(m_plan.tests[test].name));
    for (std::size_t column = 0; column < m_plan.columns.size(); ++column)
      width = std::max(width, screen_text(m_matrix.at(test, column)).size());
    return width;
  }

  void add_block(std::size_t from, std::size_t to) {
    StyledLine head(m_style);
    head.put_padded("", m_head);
    for (std::size_t test = from; test < to; ++test)
      head.put("  ").put_padded(m_plan.tests[test].name, m_widths[test], Ink::bold);
    m_lines.push_back(head.str());
    for (std::size_t column = 0; column < m_plan.columns.size(); ++column) {
      StyledLine line(m_style);
      line.put_padded(column_text(m_plan.columns[column]), m_head, Ink::cyan);
      for (std::size_t test = from; test < to; ++test) {
        const Cell& cell = m_matrix.at(test, column);
        line.put("  ").put_padded(screen_text(cell), m_widths[test], ink_of(cell));
      }
      m_lines.push_back(line.str());
    }
  }

  const MatrixPlan& m_plan;
  const Matrix& m_matrix;
  output::Style m_style;
  std::size_t m_head = 0;
  std::vector<std::size_t> m_widths;  // by test
  std::vector<std::string> m_lines;
};

// A build that fails fails all tests: said once.
void add_reasons(const MatrixPlan& plan, const Matrix& matrix, std::vector<std::string>& out) {
  for (std::size_t column = 0; column < plan.columns.size(); ++column) {
    const std::string name = column_text(plan.columns[column]);
    if (!matrix.columns[column].broken.empty()) {
      out.push_back(fmt::format("{}: {}", name, matrix.columns[column].broken));
      continue;
    }
    for (std::size_t test = 0; test < plan.tests.size(); ++test)
      if (const Cell& cell = matrix.at(test, column); cell.state == CellState::untestable)
        out.push_back(fmt::format("{} on {}: {}", plan.tests[test].name, name, cell.reason));
  }
}

void add_others(const MatrixPlan& plan, const Matrix& matrix, std::vector<std::string>& out) {
  for (std::size_t test = 0; test < plan.tests.size(); ++test) {
    std::map<std::string, int> others;
    for (std::size_t column = 0; column < plan.columns.size(); ++column) {
      const Cell& cell = matrix.at(test, column);
      if (cell.state == CellState::untestable) continue;
      for (const auto& [title, count] : cell.others) others[title] += count;
    }
    for (const auto& [title, count] : others)
      out.push_back(fmt::format("{} also fails otherwise (+), in {}: {}", plan.tests[test].name,
                                output::counted(static_cast<std::size_t>(count), "run"), title));
  }
}

json rate_json(const Cell& cell) {
  if (cell.counts.valid() == 0) return nullptr;
  const RateInterval interval = cell.interval();
  return {{"rate", cell.counts.rate()}, {"low", interval.low}, {"high", interval.high}};
}

json cell_json(const MatrixPlan& plan, const Cell& cell) {
  const MatrixColumn& column = plan.columns[cell.column];
  json others = json::object();
  for (const auto& [title, count] : cell.others) others[title] = count;
  return {{"test", plan.tests[cell.test].name}, {"revision", column.revision},
          {"commit", column.commit.hex()},      {"variant", column.shown},
          {"state", name_of(cell.state)},       {"reason", cell.reason.empty() ? json() : json(cell.reason)},
          {"shown", cell.counts.shown},         {"runs", cell.counts.valid()},
          {"interval", rate_json(cell)},        {"unclear", cell.counts.open},
          {"otherwise", cell.counts.mute()},    {"lost", cell.counts.lost},
          {"others", std::move(others)},        {"seconds", cell.seconds}};
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

}  // namespace

std::string cell_text(const Cell& cell) {
  if (cell.counts.all() == 0) return {};
  const RateInterval interval = cell.interval();
  std::string text = fmt::format("{}/{} ({}-{})", cell.counts.shown, cell.counts.valid(),
                                 short_rate(interval.low), short_rate(interval.high));
  if (cell.otherwise() > 0) text += fmt::format(" +{}", cell.otherwise());
  return text;
}

std::string column_text(const MatrixColumn& column) {
  return column.shown.empty() ? column.revision : column.revision + " " + column.shown;
}

std::vector<std::string> matrix_lines(const MatrixPlan& plan, const Matrix& matrix,
                                      const output::Style& style) {
  std::vector<std::string> lines = Table(plan, matrix, style).lines();
  std::vector<std::string> said;
  for (std::size_t test = 0; test < plan.tests.size(); ++test)
    if (!matrix.bugs[test].empty())
      said.push_back(fmt::format("{} shows: {}", plan.tests[test].name, matrix.bugs[test]));
  add_others(plan, matrix, said);
  add_reasons(plan, matrix, said);
  if (!said.empty()) lines.emplace_back();
  for (const std::string& text : said)
    for (const std::string& line : output::wrap(text, style.columns))
      lines.push_back(StyledLine(style).put(line).str());
  return lines;
}

std::string matrix_json(const MatrixPlan& plan, const Matrix& matrix) {
  json tests = json::array(), revisions = json::array(), cells = json::array();
  for (std::size_t i = 0; i < plan.tests.size(); ++i)
    tests.push_back(
        {{"name", plan.tests[i].name}, {"bug", matrix.bugs[i].empty() ? json() : json(matrix.bugs[i])}});
  for (std::size_t i = 0; i < plan.columns.size(); ++i) {
    const ColumnState& state = matrix.columns[i];
    revisions.push_back({{"revision", plan.columns[i].revision},
                         {"commit", plan.columns[i].commit.hex()},
                         {"variant", plan.columns[i].shown},
                         {"built", state.built},
                         {"broken", state.broken.empty() ? json() : json(state.broken)},
                         {"compiler", state.compiler.empty() ? json() : json(state.compiler)},
                         {"builds", state.builds},
                         {"seconds", state.seconds}});
  }
  for (const Cell& cell : matrix.cells) cells.push_back(cell_json(plan, cell));
  const json all = {{"confidence", 0.95},
                    {"within", plan.within},
                    {"runs", plan.runs},
                    {"tests", std::move(tests)},
                    {"revisions", std::move(revisions)},
                    {"cells", std::move(cells)}};
  return base::printable_json(all.dump(2, ' ', false, json::error_handler_t::replace)) + "\n";
}

std::string matrix_csv(const MatrixPlan& plan, const Matrix& matrix) {
  std::string out =
      "test,revision,commit,variant,state,shown,runs,rate,low,high,unclear,otherwise,lost,reason\n";
  for (const Cell& cell : matrix.cells) {
    const MatrixColumn& column = plan.columns[cell.column];
    const RateInterval interval = cell.interval();
    const bool has_rate = cell.counts.valid() > 0;
    const auto number = [&](double value) { return has_rate ? fmt::format("{:.4f}", value) : std::string(); };
    out +=
        fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_field(plan.tests[cell.test].name),
                    csv_field(column.revision), column.commit.hex(), csv_field(column.shown),
                    name_of(cell.state), cell.counts.shown, cell.counts.valid(), number(cell.counts.rate()),
                    number(interval.low), number(interval.high), cell.counts.open, cell.counts.mute(),
                    cell.counts.lost, csv_field(base::printable(cell.reason)));
  }
  return out;
}

}  // namespace culprit::study
