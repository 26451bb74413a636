// Checks an answer: is the bug gone without the commit?
#pragma once

#include <memory>
#include <vector>

#include "search/search.h"

namespace culprit::search {

// Around any search, for a problem with `verify`. Once the inner search names a culprit that is more likely
// than not, the start revision (fix: the head) is built with that commit taken back, as a
// model::RevertVariant, and run until the outcome leaves less than 1 % to chance at the crash rate measured.
// What came of it is the conclusion's `verification`; the probability follows. To the inner search none of
// this ever happened.
class VerifiedSearch final : public Search {
 public:
  // `problem` outlives the search.
  VerifiedSearch(std::unique_ptr<Search> inner, const model::Problem& problem);

  model::Decision next(const model::Evidence& evidence) const override;
  std::vector<model::RevisionVerdict> verdicts(const model::Evidence& evidence) const override;
  std::vector<double> posterior(const model::Evidence& evidence) const override;

 private:
  std::unique_ptr<Search> m_inner;
  const model::Problem& m_problem;
};

// Runs without the bug after which less than `chance` is left that it would have shown at `rate`; at least 3,
// at most `most`.
int quiet_runs_needed(double rate, double chance, int most);

}  // namespace culprit::search
