// Where builds are likely to work, and runs likely to say something.
#pragma once

#include <vector>

#include "model/experience.h"
#include "search/belief/prior.h"
#include "search/evidence/tally.h"

namespace culprit::search {

// For each position of an Ancestry.
struct Terrain {
  // Probability that a build succeeds; 0: not to be tested; k_built: it is built.
  std::vector<float> buildable;
  std::vector<float> valid;      // share of the runs that say something about the bug
  std::vector<Position> gone{};  // built, but to be built again before it runs again

  static constexpr float k_built = 2;
};

Terrain survey(const Tally& tally, const Ancestry& ancestry, const Range& range,
               const std::vector<NodeIndex>& skipped, const model::Beliefs& beliefs = {});

}  // namespace culprit::search
