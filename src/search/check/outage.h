// A stretch of time in which every run ended the same way, whatever it was given: a server was away, a disk was full.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "model/evidence.h"
#include "search/check/controls.h"

namespace culprit::search {

// Runs of the evidence from `first` to `last`, both included, none of which says anything of a revision.
struct Outage {
  std::size_t first = 0;
  std::size_t last = 0;
  bool shown = true;  // how they all ended
  std::string words;
};

// In a test that is no matter of chance at the start: revisions that are of two minds, all of whose runs of the rarer kind fall into
// one stretch in which nobody's run ended otherwise, and which is over. Weighed against a rate of its own for each of those revisions,
// with as many stretches as could be drawn; nothing where the next run of that kind falls outside,
// or where it may be what they were built on.
std::optional<Outage> outage(const Scene& scene);
model::Evidence without_outage(model::Evidence evidence, const Outage& outage);

}  // namespace culprit::search
