// The next bisection's beliefs, of what a lab's finished ones showed.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/evidence.h"
#include "model/experience.h"
#include "model/graph/commit_graph.h"
#include "model/search.h"

namespace culprit::search {

// What a bisection that ended with `conclusion` teaches; `tree` is left empty. Without a culprit, or an oldest release
// that has the bug, nothing but how runs and builds went.
model::Lesson lesson_of(const model::CommitGraph& graph, const model::Problem& problem,
                        const model::Evidence& evidence, const model::Conclusion& conclusion);

// What `lessons` make of the shipped beliefs, for a bisection in `tree`: the lab's lessons are drawn towards what is
// shipped, the tree's own towards the lab's. No lessons: as shipped.
model::Beliefs learned(std::span<const model::Lesson> lessons, std::string_view tree);

// The prior weights of rates(), as many; they sum to 1.
std::vector<double> rate_weights(const model::Beliefs& beliefs);

// The beliefs in numbers that a person reads, beside the shipped ones.
struct BeliefRow {
  std::string_view key;   // for machines: "swings"
  std::string_view what;  // "the rate swings from revision to revision"
  double shipped = 0;
  double learned = 0;
  bool is_share = true;
};
std::vector<BeliefRow> told(const model::Beliefs& beliefs);

}  // namespace culprit::search
