// A search strategy: pure, so that it can be tested, replayed and resumed.
#pragma once

#include "model/evidence.h"
#include "model/graph/commit_graph.h"
#include "model/search.h"

namespace culprit::search {

// Made for one graph and one problem. Its answers depend on these and on the evidence alone: no clock, no
// I/O, randomness only from a seed in its constructor. Equal evidence in any order gives equal answers.
class Search {
 public:
  virtual ~Search() = default;
  // What to do next, given everything known and everything under way.
  virtual model::Decision next(const model::Evidence& evidence) const = 0;
  // What the evidence says of each revision that was built, run or spoken of, in order of first mention.
  virtual std::vector<model::RevisionVerdict> verdicts(const model::Evidence& evidence) const = 0;
  // How likely each commit is the answer: a share for each node of the graph, together at most 1. Empty where
  // the strategy keeps no such thing, or not yet.
  virtual std::vector<double> posterior(const model::Evidence& /*evidence*/) const { return {}; }
};

}  // namespace culprit::search
