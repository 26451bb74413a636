// Other crashes in the way of the bug: when more runs are worth it, and when a revision is given up for them.
// The one policy of terrain, choice, the search for a way around and the patience of the whole.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "search/belief/posterior.h"
#include "search/belief/titles.h"
#include "search/evidence/look.h"

namespace culprit::search {

// Which revisions are given up, given the runs of all of them.
class Walls {
 public:
  explicit Walls(std::span<const Counts> revisions);
  // Nothing gets past what ends its runs: it counts as a revision that does not build.
  bool gives_up(const Counts& c) const;

 private:
  int m_enough = 0;
};

// The runs of each binary that are worth their time.
class RunLimits {
 public:
  // `observations` and the vectors of `titled` are parallel.
  RunLimits(std::span<const Observation> observations, const TitledRuns& titled);
  // More runs of it would prove nothing: what is in doubt is the model, or a crash that no run gets past.
  bool exhausted(std::size_t binary) const;

 private:
  struct Seen {
    int telling = 0;
    int masked = 0;        // ended in a crash with an open title
    bool passable = true;  // of the titles of these, one is known to let runs through
  };
  std::vector<Seen> m_seen;  // by binary
  int m_walled_off = 0;      // runs ended by crashes that no run has got past
};

// Whether a configuration variant should be looked for that gets past what hides the bug here. `runs`: that a
// revision gets. `elsewhere`: hidden runs of other revisions that showed nothing else; a search that avoids
// such revisions sees few runs on each.
bool wants_a_way_around(const Look& look, int runs, int elsewhere = 0);

// Whether it is too early to give up: `masked` is the share of the best plan's runs that another crash will
// end, and all looks hopeless while no run has got past it. `spent` and `ideal_bit` are seconds.
bool too_early_to_give_up(double masked, double spent, double ideal_bit);

}  // namespace culprit::search
