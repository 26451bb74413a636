// Many trials of one policy, summed up.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench/noisebisect/peers.h"
#include "bench/noisebisect/points.h"

namespace culprit::search::noisebisect {

struct Setting {
  std::size_t commits = 1024;
  bool line = false;  // a linear history; else eight DAGs, seeds 1001 to 1008
  int trials = 1000;
  int threads = 1;
};

// Shares are of all trials, means over all trials.
struct Row {
  double correct = 0;
  double wrong = 0;
  double none = 0;
  double stated = 0;  // mean stated probability of the named answers
  double right = 0;   // share of the named answers that are right
  double builds = 0;
  double runs = 0;
  double cost = 0;      // seconds
  double cost_p90 = 0;  // seconds
  double wall = 0;      // seconds
  double selection_ms = 0;
};

// The histories of a setting, made once.
class Histories {
 public:
  explicit Histories(const Setting& setting);
  const CommitGraph& graph(int trial) const {
    return m_graphs[static_cast<std::size_t>(trial) % m_graphs.size()];
  }
  const Ancestry& ancestry(int trial) const {
    return m_ancestries[static_cast<std::size_t>(trial) % m_ancestries.size()];
  }

 private:
  std::vector<CommitGraph> m_graphs;
  std::vector<Ancestry> m_ancestries;
};

// `peer`: none means culprit's own search. Equal settings give equal rows, but for selection_ms.
Row run_point(const Setting& setting, const Histories& histories, const Point& point,
              std::optional<Peer> peer);

Row sum_up(std::vector<Result> results);

}  // namespace culprit::search::noisebisect
