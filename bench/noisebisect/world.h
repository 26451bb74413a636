// One simulated bisection: where the culprit is, what every run shows, and what it costs.
//
// These are the simulator's truths: the search is told none of them and has beliefs of its own
// (search/evidence, search/belief, search/plan), which are near the defaults below. wrong_points() (points.h)
// are worlds that are elsewhere.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/rng.h"
#include "model/graph/commit_graph.h"

namespace culprit::search::noisebisect {

using model::CommitGraph;
using model::NodeIndex;

inline constexpr int k_given_bad_runs = 20;
inline constexpr int k_given_good_runs = 10;

// How the crash rates of bad revisions are drawn, each revision's once.
enum class Law {
  steady_or_beta,  // as Point::kappa says
  two_point,       // 0.2 or 0.9, as likely
  uniform,         // from all of (0, 1)
};

// A kind of noise.
struct Point {
  std::string name;
  double p = 1;            // mean crash rate of bad revisions
  double infra = 0.05;     // runs lost to the machine
  double foreign = 0;      // runs that end in an unrelated crash, everywhere
  double unbuildable = 0;  // share of commits that do not build, in ranges
  double kappa = 0;        // each revision's rate is Beta(kappa p, kappa (1 - p)); 0: all have p
  bool regional = false;   // an unrelated bug ends 90 % of the runs on all commits older than its fix
  bool drift = false;      // the bug has another title on all commits older than a rename
  int machines = 1;
  // noisebisect-v1 sets the prices, and what follows, so.
  double build_seconds = 360;
  double quiet_seconds = 48;    // a run that ends by itself, or is lost
  double crash_seconds = 48;    // a run that ends in a crash
  double false_crash = 0.0005;  // of the runs of good revisions end in a crash that looks like the bug
  // Mean length of an unbuildable range: this share of the history, and at least so many commits.
  double hole_share = 0.02;
  double least_hole = 3;
  // What the builds of the two ends, which the search is given, took, as a multiple of build_seconds.
  double ends_build = 1;
  Law law = Law::steady_or_beta;
};

// What a run shows.
enum class Show { ok, crash, crash_renamed, foreign, regional, infra };

class World {
 public:
  // The last commit of `graph` is the bad end, the first the good end. The culprit is any other commit. Equal
  // seeds give equal worlds. At least one of the given runs at the bad end shows the bug. Borrows `graph`.
  World(const CommitGraph& graph, const Point& point, std::uint64_t seed);

  const CommitGraph& graph() const { return m_graph; }
  const Point& point() const { return m_point; }
  NodeIndex good_end() const { return 0; }
  NodeIndex bad_end() const { return static_cast<NodeIndex>(m_graph.size() - 1); }
  NodeIndex culprit() const { return m_culprit; }
  bool bad(NodeIndex node) const { return m_bad[node] != 0; }
  bool builds(NodeIndex node) const { return m_broken.empty() || m_broken[node] == 0; }
  // The outcome of the i-th run of a revision: a function of the seed, whoever asks and in which order.
  Show run(NodeIndex node, int i) const;
  // What a run that shows `show` takes.
  double seconds(Show show) const {
    return show == Show::ok || show == Show::infra ? m_point.quiet_seconds : m_point.crash_seconds;
  }
  // The commits that no number of runs on buildable revisions can tell from the culprit, itself included.
  std::vector<NodeIndex> resolution() const;

 private:
  double rate(NodeIndex node) const;
  void break_ranges(base::Rng& rng);

  const CommitGraph& m_graph;
  Point m_point;
  std::uint64_t m_seed = 0;
  NodeIndex m_culprit = 0;
  std::vector<std::uint8_t> m_bad;
  std::vector<std::uint8_t> m_broken;
  std::vector<std::uint8_t> m_renamed;   // has the rename: the bug's known title
  std::vector<std::uint8_t> m_regional;  // has the fix of the regional bug
};

// Marks `node` and all its descendants.
std::vector<std::uint8_t> descendants(const CommitGraph& graph, NodeIndex node);

}  // namespace culprit::search::noisebisect
