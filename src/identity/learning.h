// From sightings to judgements: which face is the bug's own, and how likely each other one is.
#pragma once

#include <optional>
#include <vector>

#include "identity/identity.h"
#include "identity/sightings.h"

namespace culprit::identity {

struct Learned {
  // The face that the bug shows on the start revision; none: nothing crashed.
  std::optional<std::size_t> main;
  std::vector<double> log_odds;          // of each face
  std::vector<double> alike;             // the same without what its spread over the revisions says
  std::vector<std::vector<Reason>> why;  // for each face, unsorted
  // Tests that failed beside the main one in some run: one that fails alone says that the main one passed, or was not there.
  std::vector<bool> beside;
  CrashRates rates;
  // For each run, the face that turned off the detector which shows the bug, in a run that did not show it.
  std::vector<std::optional<std::size_t>> silencers;
};

// `memory` is the one that `sightings` point into.
Learned learn(Sightings sightings, const Context& context, Memory& memory);

}  // namespace culprit::identity
