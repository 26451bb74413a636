// Tests by revisions: how often does each show its bug where? What is run next is where least is known for its price.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "model/evidence.h"
#include "model/graph/commit.h"
#include "search/evidence/tally.h"
#include "search/search.h"
#include "study/rate.h"

namespace culprit::study {

// One thing to build.
struct MatrixColumn {
  std::string revision;  // as the user named it
  model::CommitId commit;
  std::string variant{};  // what the builder is told; empty: the plain one
  std::string shown{};    // the variant's name for people; empty where there is only the plain one
};

// One thing to run.
struct MatrixTest {
  std::string name;
  std::string key;  // of its runs in the store (TestVariant)
};

struct MatrixPlan {
  std::vector<MatrixColumn> columns;
  std::vector<MatrixTest> tests;
  int runs = 0;           // that say something, of one cell; no more than that
  double within = 0;      // half the width of an interval that is narrow enough
  int at_once = 1;        // cells that are worked on at a time
  int runs_at_once = 1;   // of one cell
  bool one_place = true;  // a revision is built anew for each cell that is worked on at the same time
};

enum class CellState {
  open,        // more runs would tell more
  measured,    // as well as was asked for
  untestable,  // nothing can be said
};
std::string_view name_of(CellState state);  // "open", "measured", "untestable"

struct Cell {
  std::size_t test = 0;  // places in the plan
  std::size_t column = 0;
  search::Counts counts;  // `shown` of `valid()` runs had the bug
  CellState state = CellState::open;
  std::string reason{};                 // untestable: why
  std::map<std::string, int> others{};  // failures that are not the bug, or not surely, by title
  double seconds = 0;                   // of all its runs
  bool pending = false;

  RateInterval interval() const { return rate_interval(counts.shown, counts.valid()); }
  // Runs that ended in another way than with the bug or without a fault.
  int otherwise() const { return counts.open + counts.mute(); }
};

// What is known of a column's build.
struct ColumnState {
  bool built = false;
  bool building = false;
  std::string broken{};  // why there is nothing to run; empty: there is, or it was not tried yet
  std::string compiler{};
  double seconds = 0;  // of all its builds
  int builds = 0;      // that were done, and did not come from somewhere
};

struct Matrix {
  std::vector<ColumnState> columns;
  std::vector<Cell> cells;             // test by test
  std::vector<std::string> bugs;       // by test: the title of what was seen; empty: nothing was
  std::size_t last_column = SIZE_MAX;  // of the last run; SIZE_MAX: nothing ran

  const Cell& at(std::size_t test, std::size_t column) const { return cells[test * columns.size() + column]; }
};

// The evidence (judged_by_test) by cells. What is of no cell is left out.
Matrix matrix_of(const MatrixPlan& plan, const model::Evidence& evidence);

// Runs the cell that is expected to become narrowest per second, until none is open. A build is shared by the tests of
// its column. The conclusion has no culprit and no meaning but that there is nothing left to do.
class MatrixSearch final : public search::Search {
 public:
  explicit MatrixSearch(MatrixPlan plan) : m_plan(std::move(plan)) {}

  model::Decision next(const model::Evidence& evidence) const override;
  std::vector<model::RevisionVerdict> verdicts(const model::Evidence& /*evidence*/) const override {
    return {};
  }

 private:
  MatrixPlan m_plan;
};

}  // namespace culprit::study
