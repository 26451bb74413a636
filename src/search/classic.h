// Bisection as git and syzbot do it: a fixed number of runs decides each revision, the middle comes next.
#pragma once

#include <memory>

#include "search/bayes.h"
#include "search/graph/ancestry.h"
#include "search/search.h"

namespace culprit::search {

// Checks both ends, walks the releases where no good revision is given, and halves what remains by ancestor
// counts over the DAG, merges included (`git rev-list --bisect`). Revisions whose state stays unknown are
// stepped around; equal binaries share their runs. `graph` is borrowed. Not for concurrent calls on one object.
class ClassicSearch final : public Search {
 public:
  ClassicSearch(const model::CommitGraph& graph, model::Problem problem);

  model::Decision next(const model::Evidence& evidence) const override;
  std::vector<model::RevisionVerdict> verdicts(const model::Evidence& evidence) const override;
  // Every suspect alike, once both ends are known.
  std::vector<double> posterior(const model::Evidence& evidence) const override;

 private:
  const model::CommitGraph& m_graph;
  model::Problem m_problem;
  Ancestry m_ancestry;
  mutable std::unique_ptr<const BayesSearch> m_belief;  // a cache: made when there is an answer to weigh
};

}  // namespace culprit::search
