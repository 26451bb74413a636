// A matrix while it is made.
#pragma once

#include <cstdio>
#include <set>
#include <string>

#include "output/words/style.h"
#include "study/matrix.h"

namespace culprit::cli {

// On a terminal with room for it the table, drawn again in place; elsewhere a line for each build that is begun and each
// cell that is settled.
class MatrixView {
 public:
  // `plan` outlives it; `out` is where it writes. Without `shows` nothing is written but by finish().
  MatrixView(const study::MatrixPlan& plan, std::FILE* out, const output::Style& style, bool shows);

  // `seconds` since the beginning.
  void update(const study::Matrix& matrix, const model::Decision& decision, double seconds);
  // The table as it is in the end.
  void finish(const study::Matrix& matrix);

 private:
  void tell(const study::Matrix& matrix, const model::Decision& decision, double seconds);
  void erase();
  void put(const std::string& line);

  const study::MatrixPlan& m_plan;
  std::FILE* m_out;
  output::Style m_style;
  bool m_shows;
  std::size_t m_drawn = 0;         // lines on the screen
  std::set<std::string> m_told{};  // builds and cells
};

}  // namespace culprit::cli
