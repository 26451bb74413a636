// Builds that are matters of chance: all runs of one build agree, and two builds of one revision do not (a race in a
// parallel make, an order that is none, an address in the binary).
#pragma once

#include <optional>
#include <string>

#include "search/check/controls.h"

namespace culprit::search {

// What builds of one revision that do not agree tell.
struct BuildChance {
  std::optional<std::string> words;         // that a build is a matter of chance, where that is settled
  bool open = false;                        // where it is not: nothing else is asked before it is
  std::optional<model::Experiment> wanted;  // what settles it; none while that is under way
};
// Looks at builds of one revision of which all runs agree. To be told from a moment that passed, they must have changed their mind both
// ways, and a good end must have been quiet just behind two that showed the bug; from the place where they are made, in one of them;
// from builds that keep what was there before, they must be from clean. `surprised`: a revision that did otherwise from clean; it
// is built so some times more before that is laid to what was there before.
BuildChance builds_by_chance(const Scene& scene, const std::optional<model::CommitId>& surprised);

// Of every build one run: the first that showed the bug, else the first that was quiet, else the first. Every build is gone:
// another run of a revision costs another build.
model::Evidence one_run_a_build(const model::Evidence& evidence);

}  // namespace culprit::search
