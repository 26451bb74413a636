// Checks an answer: is it the commit, and is the bug gone without it?
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "search/graph/ancestry.h"
#include "search/search.h"

namespace culprit::search {

// Later commits that may have taken this one back, newest first, as the history tells: always the same for a commit.
using TakenBackBy = std::function<std::vector<model::CommitId>(const model::CommitId&)>;

// Around any search. Once the inner search names a culprit:
//
// - Its parents, itself and the start are run again (check/controls.h). If another explanation fits the runs
//   better, that is the conclusion: inconclusive, in words. With that explanation all but sure, the search ends
//   before it names anything.
// - A parent that shows the bug as well, more rarely: where that is so on the good side too, it is crashes of the
//   same look; else the bug is older and became frequent with this commit, and its beginning is sought below it.
// - Where a later commit took it back, as the history says: is the bug gone there? Then it came a second time, and that
//   beginning is sought.
// - The start revision (fix: the head) is built with the commit taken back, as a model::RevertVariant, and run
//   until the outcome leaves less than 1 % to chance at the crash rate measured. What came of it is the
//   conclusion's `verification`; the probability follows. Where the bug still shows, a later beginning of it is
//   looked for between the commit and the start.
// - Builds that turn out to depend on what was built before are taken back, all of them (stale_build()).
//
// A conclusion that names a culprit has at least the problem's confidence. Without `problem.verify` none of this
// is done but one thing: a parent that was never run is run.
class VerifiedSearch final : public Search {
 public:
  using Make = std::function<std::unique_ptr<Search>(const model::Problem&)>;
  // `graph` and `problem` outlive the search; a problem that `make` is given does too. An empty `taken_back_by` knows
  // of no such commits.
  VerifiedSearch(const model::CommitGraph& graph, const model::Problem& problem, Make make,
                 TakenBackBy taken_back_by);
  ~VerifiedSearch() override;

  model::Decision next(const model::Evidence& evidence) const override;
  std::vector<model::RevisionVerdict> verdicts(const model::Evidence& evidence) const override;
  std::vector<double> posterior(const model::Evidence& evidence) const override;

 private:
  class Examination;
  struct Question;
  const Question& question(model::Problem problem) const;
  const Question& asked(Examination& examination) const;

  const model::CommitGraph& m_graph;
  Ancestry m_ancestry;
  Make m_make;
  TakenBackBy m_taken_back_by;
  // A cache: the problem itself, and those below or beside it that answers led to.
  mutable std::map<std::string, std::unique_ptr<Question>> m_questions;
  const Question* m_main;
  mutable bool m_has_asked = false;
};

}  // namespace culprit::search
