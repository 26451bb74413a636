// Which experiment teaches most about the culprit for its cost.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "search/belief/posterior.h"
#include "search/belief/titles.h"
#include "search/evidence/tally.h"
#include "search/plan/terrain.h"
#include "search/plan/walls.h"

namespace culprit::search {

// One experiment and what it is worth.
struct Plan {
  NodeIndex node = 0;
  bool built = false;
  int runs = 1;         // at most; a crash may end it earlier
  double bits = 0;      // expected information on the culprit
  double seconds = 0;   // expected
  double positive = 0;  // probability that the revision holds the culprit
  double masked = 0;    // share of its runs that another crash is expected to end
  double worth = 0;     // bits a second, less what later experiments would tell for free; the order of plans
};

// Ranks experiments given the posterior and what is under way. Borrows all.
class Choice {
 public:
  Choice(const Posterior& posterior, const Ancestry& ancestry, const Terrain& terrain, const Costs& costs,
         const TitledRuns& titled);

  // `runs` of observation `i` are under way: the plans to come are judged by what they tell beyond that.
  void expect(std::size_t i, int runs);
  // Never plan a build or runs there; for what is being built, or taken already.
  void exclude(NodeIndex node) { m_excluded.push_back(node); }

  // The best plans, best first; empty where nothing can be tested.
  std::vector<Plan> rank() const;

 private:
  // What the posterior would be, if the runs under way ended in one particular way.
  struct Future {
    double weight = 1;
    std::vector<double> joint;  // cells x nuisances, sums to 1
    std::vector<Sample> extra;  // runs beyond the known ones, by observation
  };
  struct Revision;  // a revision that is considered
  struct Showing;
  // How crashes of open titles come in at a place, under one reading.
  struct Traffic {
    double masked = 0;   // share of the runs that end in a crash which is not the bug
    double renamed = 0;  // share of the bug's crashes that have an open title
  };
  std::vector<Traffic> traffic(const Revision& revision) const;  // by reading
  std::size_t width() const { return m_nuisances.size(); }
  double* row(Future& future, std::size_t k) const { return future.joint.data() + k * width(); }
  const double* row(const Future& future, std::size_t k) const { return future.joint.data() + k * width(); }
  Sample seen(const Future& future, std::size_t m, std::size_t i) const;
  Plan evaluate(const Revision& revision) const;
  std::vector<Plan> built_plans(double best) const;
  std::vector<double> cell_masses(const Future& future, std::optional<std::size_t> reading) const;
  std::vector<NodeIndex> promising() const;
  std::vector<NodeIndex> promising(const std::vector<double>& masses, std::size_t most) const;
  void tabulate();
  bool excluded(NodeIndex node) const;

  const Posterior& m_posterior;
  const Ancestry& m_ancestry;
  const Terrain& m_terrain;
  const Costs& m_costs;
  const TitledRuns& m_titled;
  std::vector<std::size_t> m_cells;      // those with any mass
  std::vector<std::size_t> m_nuisances;  // (reading, rate) pairs with any mass
  std::size_t m_best_reading = 0;
  std::vector<Future> m_futures;
  std::vector<NodeIndex> m_excluded;
  RunLimits m_limits;
  // The best plan at a new revision by its probability to hold the culprit, in steps.
  std::vector<double> m_table_bits;
  std::vector<double> m_table_seconds;
};

}  // namespace culprit::search
