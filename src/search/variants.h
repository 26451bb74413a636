// Sees past what hides the bug: the same search, with revisions built in another configuration variant where
// the plain build shows nothing but other crashes.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "search/evidence/look.h"
#include "search/search.h"

namespace culprit::search {

// Around any search, for a problem that offers variants. Two things make it do more than hand through:
// - A revision is masked (wants_a_way_around in plan/walls.h). A variant is then built on the start revision; if the bug shows
//   there too, masked revisions and all that were not tested yet are tested in it. If not, the next one is
//   tried. What was changed is told in notes, verdicts and the conclusion's explanation.
// - There is a smaller variant, and the start revision shows the bug. It is built there; if the bug shows, it
//   takes the plain one's place for the rest of the search.
class VariantSearch final : public Search {
 public:
  // `problem` outlives the search.
  VariantSearch(std::unique_ptr<Search> inner, const model::Problem& problem);

  model::Decision next(const model::Evidence& evidence) const override;
  std::vector<model::RevisionVerdict> verdicts(const model::Evidence& evidence) const override;
  std::vector<double> posterior(const model::Evidence& evidence) const override;

 private:
  std::unique_ptr<Search> m_inner;
  const model::Problem& m_problem;
};

}  // namespace culprit::search
