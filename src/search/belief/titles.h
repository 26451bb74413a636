// Crashes under other titles than the bug's: the same bug renamed, or another one?
#pragma once

#include <span>
#include <string>
#include <vector>

#include "search/belief/posterior.h"
#include "search/belief/prior.h"
#include "search/graph/cells.h"

namespace culprit::search {

// All runs that crashed under one title of which it is open whether it is the bug.
struct OpenTitle {
  std::string title;
  double prior = 0.5;          // that it is the bug: identity's word from its looks
  double believed = 0.5;       // identity's word from all there is
  std::vector<int> crashes;    // for each observation
  std::vector<int> completed;  // of these, the runs that would speak for "good" if it is not the bug
  bool bare = false;           // an exit code or a signal, and nothing else: any failure may end like that
};

// Runs by observation, before it is decided which titles are the bug.
struct TitledRuns {
  std::vector<int> quiet;    // completed without any crash that could be the bug
  std::vector<int> certain;  // crashes that are the bug
  std::vector<OpenTitle> open;
};

// One reading for every assumption about the open titles, weighed by identity and by company: where the
// titles showed, and where not. At most 2^k_open_titles; the rarer titles are what identity believes.
inline constexpr std::size_t k_open_titles = 4;
std::vector<Reading> make_readings(const TitledRuns& runs, const Cells& cells);

}  // namespace culprit::search
