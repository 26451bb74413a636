// How alike two faces are, as log-odds that one bug shows both, with the reasons.
#pragma once

#include <string>
#include <vector>

#include "identity/looks/face.h"

namespace culprit::identity {

// One thing that speaks for or against a crash being the bug.
struct Reason {
  double weight = 0;  // log-odds: above 0 for, below 0 against
  std::string text;   // a clause without a full stop
};

struct Likeness {
  double log_odds = 0;
  std::vector<Reason> reasons;  // in order of consideration; their weights add up to log_odds and a constant
  // Equal titles make it the bug's face. Not where the title says too little, as that of a bare exit code.
  bool title_tells = true;
};

// Symmetric. `places` scales what different places say against: below 1 where the bug is known to show in
// many.
Likeness likeness(const Face& a, const Face& b, double places = 1, const QuietLines& quiet = {},
                  const SteadyLines& steady = {});

// Log-odds as a probability, kept off 0 and 1: no crash is ever certainly the bug, or certainly not.
double probability_of(double log_odds);
double log_odds_of(double probability);

}  // namespace culprit::identity
