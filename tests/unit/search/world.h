// A made-up history and what happens on it, for tests of search strategies: no repository, no kernel.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/rng.h"
#include "model/evidence.h"
#include "model/graph/commit_graph.h"
#include "search/search.h"

namespace culprit::search::testing {

// Commits are numbers; their ids spell them ("0000...0803").
model::CommitId id_of(int number);
int number_of(const model::CommitId& id);

// A history from (commit, parents) in topological order.
model::CommitGraph graph_of(const std::vector<std::pair<int, std::vector<int>>>& commits);
// The history of the scenarios: releases 4..9, a merge at 700 and 804, another tree from 800.
model::CommitGraph release_history();
// Its tags, newest first, those older than `start`.
std::vector<model::ReleaseTag> releases_before(int start);

// What happens when a commit is built and run.
struct World {
  const model::CommitGraph& graph;
  int introduced = -1;  // bad where this one is reachable (-1: everywhere) and ...
  int fixed = -1;       // ... this one is not; -1: never fixed
  double rate = 1;      // of the bad revisions' runs
  std::set<int> broken;
  std::set<int> lost;                                // revisions whose runs are lost to the machine
  double infra = 0;                                  // of all runs
  std::set<int> same;                                // commits with one common binary
  bool signatures = true;                            // builders that know them
  std::function<double(int)> masked = {};            // share of runs that end in another crash
  std::function<void(model::RunRecord&)> seen = {};  // changes how a run looks
  double build_seconds = 300;
  base::Rng rng{1};

  bool bad(int commit) const;
  model::BuildRecord build(int commit) const;
  model::RunRecord run(int commit);
};

struct Trace {
  model::Evidence evidence;
  std::vector<model::Experiment> experiments;
  model::Conclusion conclusion;
  int steps = 0;
};
// Runs the search to its conclusion; fails the test after 500 steps or when it neither asks nor concludes.
Trace drive(const Search& search, World& world);

}  // namespace culprit::search::testing
