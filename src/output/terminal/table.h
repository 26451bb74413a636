// Tables of revisions, for the answer and for `culprit show`.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "output/summary/summary.h"
#include "output/words/style.h"

namespace culprit::output {

// What was tested, in order of first test: name, verdict, runs as marks, the compiler where not all were
// built by one, times where there is room, title; then the legend of the marks, if anything ran. Empty where nothing was tested.
std::vector<std::string> tested_table(const Summary& summary, const Style& style);

// One commit of the history with its share of the posterior.
struct HistoryLine {
  model::CommitId commit;
  double mass = 0;
  std::string title;  // may be empty
  std::vector<model::CommitId> parents{};
};

// The history along `history` (newest first) with the posterior beside it: a row for each commit that was
// tested or that holds at least a hundredth of the mass, a line for each gap with its size and its mass.
// Tested revisions that `history` lacks follow. With an empty `history`: the tested revisions and the
// candidates.
std::vector<std::string> history_table(const Summary& summary, std::span<const HistoryLine> history,
                                       const Style& style);

}  // namespace culprit::output
