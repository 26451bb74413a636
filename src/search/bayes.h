// Bisection by a posterior over every commit: the cheapest next experiment, and an honest stop.
#pragma once

#include <memory>

#include "search/graph/ancestry.h"
#include "search/search.h"

namespace culprit::search {

// See docs/search.md for the model. `graph` is borrowed. Not for concurrent calls on one object.
class BayesSearch final : public Search {
 public:
  BayesSearch(const model::CommitGraph& graph, model::Problem problem);
  ~BayesSearch() override;

  model::Decision next(const model::Evidence& evidence) const override;
  std::vector<model::RevisionVerdict> verdicts(const model::Evidence& evidence) const override;
  std::vector<double> posterior(const model::Evidence& evidence) const override;

  class Impl;

 private:
  std::unique_ptr<const Impl> m_impl;
};

}  // namespace culprit::search
