// A prior that follows what the crash names.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "model/graph/commit_graph.h"
#include "search/search.h"

namespace culprit::search {

// A weight for each node of the graph, on top of `problem.prior`, once the evidence (its builds) has what it takes to say
// them; empty until then. Always the same for the same evidence.
using Weigh = std::function<std::vector<double>(const model::Evidence&)>;

// As long as the evidence names no related commits, the strategy for the problem as it is; then one whose
// prior weighs them k_touches_file or k_touches_function times as much (tuning.h), on top of `problem.prior`.
class InformedSearch final : public Search {
 public:
  using Make = std::function<std::unique_ptr<Search>(const model::Problem&)>;
  // `graph` outlives the search; a problem that `make` is given does too.
  InformedSearch(const model::CommitGraph& graph, model::Problem problem, Make make, Weigh weigh = {});

  model::Decision next(const model::Evidence& evidence) const override { return of(evidence).next(evidence); }
  std::vector<model::RevisionVerdict> verdicts(const model::Evidence& evidence) const override {
    return of(evidence).verdicts(evidence);
  }
  std::vector<double> posterior(const model::Evidence& evidence) const override {
    return of(evidence).posterior(evidence);
  }

 private:
  const Search& of(const model::Evidence& evidence) const;

  const model::CommitGraph& m_graph;
  model::Problem m_problem;
  Make m_make;
  Weigh m_weigh;
  std::unique_ptr<Search> m_plain;
  // A cache: the strategy for the related commits that were named last.
  mutable std::vector<model::RelatedCommit> m_related;
  mutable std::vector<double> m_weights;
  mutable model::Problem m_informed_problem;
  mutable std::unique_ptr<Search> m_informed;
};

}  // namespace culprit::search
