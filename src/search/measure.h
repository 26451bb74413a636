// Which commit moved a number.
#pragma once

#include <memory>
#include <vector>

#include "search/graph/ancestry.h"
#include "search/search.h"

namespace culprit::search {

// The search for the commit at which what a command measures moved, up or down: a posterior over commits from the
// numbers of all runs (levels.h), the experiment with the most expected bits a second, an answer at
// `problem.confidence` or none. problem.start and the first of problem.good are the two ends; their first
// problem.runs_per_revision runs each tell the noise. What is a drift, several steps, or no step that can be told, is
// said to be that.
class MeasureSearch final : public Search {
 public:
  // `graph` outlives the search.
  MeasureSearch(const model::CommitGraph& graph, model::Problem problem);

  model::Decision next(const model::Evidence& evidence) const override;
  std::vector<model::RevisionVerdict> verdicts(const model::Evidence& evidence) const override;
  std::vector<double> posterior(const model::Evidence& evidence) const override;

 private:
  const model::CommitGraph& m_graph;
  model::Problem m_problem;
  Ancestry m_ancestry;
  std::vector<double> m_below;  // prior mass below each position
};

}  // namespace culprit::search
