// Evidence in the form that a posterior takes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "search/belief/posterior.h"
#include "search/belief/prior.h"
#include "search/belief/titles.h"
#include "search/evidence/inquiry.h"

namespace culprit::search {

struct Findings {
  Nodes nodes;  // of the observations
  std::vector<Observation> observations;
  TitledRuns runs;

  std::optional<std::size_t> find(NodeIndex node) const;
};

// Every revision in the history of the problem's tip of which anything is known, or that is in `also` (those
// about to be built). fix: a revision whose history may never have had the bug is `exposed` by what its merge
// bases with the start have shown.
Findings gather(const Inquiry& inquiry, const Nodes& also);

// fix: whether `node` contains a revision that crashes; whether it surely never contained the bug, since all
// it shares with the start is free of it.
bool contains_crash(const Inquiry& inquiry, NodeIndex node);
bool never_had_it(const Inquiry& inquiry, NodeIndex node);

}  // namespace culprit::search
