// Which parts of a configuration does a bug need? A search among subsets that believes no silence at once.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/evidence.h"
#include "model/graph/commit.h"
#include "search/evidence/tally.h"
#include "search/search.h"

namespace culprit::study {

// What a configuration may do without: an option, or a detector with all that selects it.
struct ConfigPart {
  std::string name;
  bool is_detector = false;  // dropped before the rest, together with the other ones, where that goes
  std::vector<std::string> silences{};  // of a detector: types of reports that are missing without it
};

using Subset = std::vector<bool>;  // by part: is it there?

struct MinimizePlan {
  model::CommitId commit;
  std::vector<ConfigPart> parts;
  std::function<std::string(const Subset&)> variant_of;  // what a builder is told; differs where subsets do
  double confidence = 0;  // with which a part must be needed for the search to leave it in peace
  int runs_at_once = 1;
};

enum class Fate {
  open,     // not tried yet
  dropped,  // the bug shows without it
  needed,   // it does not, as surely as was asked for
  unclear,  // without it nothing can be said: no build, no boot, another crash in the way
};
std::string_view name_of(Fate fate);  // "open", "dropped", "needed", "unclear"

struct PartFate {
  Fate fate = Fate::open;
  double probability = 0;  // needed: that it is
  int quiet = 0;           // needed: runs without it, and without the bug
  std::string why{};       // unclear: what happened without it
};

// What is known, and what to do next.
struct Minimized {
  std::vector<PartFate> parts;
  Subset left;                            // the smallest set with which the bug was seen
  search::Counts counts;                  // of the runs with it
  std::string title;                      // of the bug
  std::string not_reproduced;             // why the search is over before it began; empty: it is not
  std::optional<model::Experiment> next;  // none: there is nothing left to do
  int builds = 0;                         // configurations that were tried
};

// The evidence must be judged (judged_by_test). Runs of other variants than the subsets' tell of the rate only.
Minimized minimize(const MinimizePlan& plan, const model::Evidence& evidence);

// One experiment at a time. The conclusion says that there is nothing left to do.
class MinimizeSearch final : public search::Search {
 public:
  explicit MinimizeSearch(MinimizePlan plan) : m_plan(std::move(plan)) {}
  model::Decision next(const model::Evidence& evidence) const override;
  std::vector<model::RevisionVerdict> verdicts(const model::Evidence& /*evidence*/) const override {
    return {};
  }

 private:
  MinimizePlan m_plan;
};

}  // namespace culprit::study
