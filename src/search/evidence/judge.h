// What the classic strategy makes of one revision's runs.
#pragma once

#include <string>

#include "model/search.h"
#include "search/evidence/tally.h"

namespace culprit::search {

struct Judgement {
  model::Verdict verdict = model::Verdict::unknown;
  bool decided = false;    // no further runs would be asked for
  bool lost = false;       // undecidable because the machine failed again and again
  bool inherited = false;  // rests on an equal binary's runs alone
  int runs_wanted = 0;     // undecided: runs to start now; 0 with pending ones under way
  double p_bad = 0.5;
  int good_runs = 0;  // valid runs that the verdict "good" rests on
  std::string why;    // "7 of 10 runs crash"
};

// Judges revisions by a fixed number of runs.
//
// bad: some crash is more likely than not the bug. good: `runs_per_revision` valid runs without one; runs
// that say nothing are asked for again, up to 2 * runs_per_revision + 3 attempts, after which more than half
// of runs_per_revision valid runs are enough. Else unknown: a build or boot that fails proves nothing.
class Judge {
 public:
  // Both are borrowed.
  Judge(const Tally& tally, const model::CommitGraph& graph);

  // `runs` is at least 1.
  Judgement judge(NodeIndex node, int runs) const;
  // Chance that a bad revision shows nothing in `runs` valid runs, from the runs on the bad revisions so far.
  double false_good(int runs) const;

 private:
  struct Rate {
    double crashes = 0;
    double quiet = 0;
  };
  Judgement from_people(const Revision& revision, const Counts& counts, int runs) const;
  Judgement from_runs(const Revision& revision, const Counts& counts, int runs) const;
  bool consistent(const Revision& revision) const;

  const Tally& m_tally;
  const model::CommitGraph& m_graph;
  std::vector<Rate> m_bad_rates;  // of each binary that crashed
};

}  // namespace culprit::search
