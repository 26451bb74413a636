// What is built before it is asked for: which revisions may come next, and for how many the machine has room.
//
// A search asks for one revision at a time; while that one is built and run, a machine of many cores is often idle. What
// comes after it is known but for its verdict, so both ways can be built meanwhile, each in a checkout of its own. The
// search knows nothing of it: what it asks for stays the same, and is just there sooner. (To test two revisions that cut
// what is left in three, which `--jobs 2` does, is as fast where tests are slow, and needs a third more tests.)
#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <set>
#include <vector>

#include "build/builder.h"
#include "model/evidence.h"
#include "model/graph/commit.h"
#include "model/search.h"
#include "search/search.h"

namespace culprit::engine {

// No more than both ways from where the search stands: a third build ahead is needed once in four.
inline constexpr int k_most_ahead = 2;

// What the search may ask for once `current`, of which `runs` runs are wanted, has its verdict, likeliest first: both ways, of an end the expected one, and
// what comes behind that. At most `most`, each once, `current` not among them. Asks the search 3 x `most` times at most.
std::vector<model::CommitId> foresee(const search::Search& search, const model::Problem& problem,
                                     model::Evidence evidence, const model::CommitId& current, int runs,
                                     std::size_t most);

// What a build left of the machine.
struct BuildLoad {
  double cores = 0;    // that it kept busy, on the average
  double idle = 0;     // that nobody kept busy meanwhile
  double seconds = 0;  // that it took
};
// So many builds more have room beside one of this kind: where it waits rather than computes, k_most_ahead. None where
// a build is over before another could be of use.
int room_ahead(const BuildLoad& load);

// How idle the machine is over a time.
class IdleMeter {
 public:
  void start();
  // Mean number of cores that this process may use and nobody used since start(); 0 where the system does not tell.
  double idle_cores() const;

 private:
  double m_idle = 0;  // seconds, of all cores
  double m_at = 0;
};

// What the user says of it.
struct AheadLimits {
  bool allowed = false;          // at all
  std::optional<int> most = {};  // so many, unasked; nullopt: as the machine has room
};

struct AheadBuild {
  model::CommitId commit;
  int slot = 0;
  double began = 0;                                 // seconds since the epoch
  std::optional<build::BuildProduct> product = {};  // once it is done
  bool is_aside = false;                            // its slot went on to another revision
};

class AheadBuilds {
 public:
  explicit AheadBuilds(AheadLimits limits)
      : m_limits(limits), m_room(limits.allowed ? limits.most.value_or(0) : 0) {}

  // How many there may be under the best of circumstances, and how many now.
  int most() const { return m_limits.allowed ? m_limits.most.value_or(k_most_ahead) : 0; }
  int room() const { return m_room; }
  // Waits for a build that shows how much of the machine it leaves: the first, and the next ones while none left enough.
  bool wants_load() const { return m_limits.allowed && !m_limits.most && (m_room == 0 || m_expected); }
  void learn(const BuildLoad& load);
  // What a build seems to leave while it still goes on; until it is over, another is taken to fill a core.
  void expect(double idle_cores);
  // None any more: they cannot be had here.
  void give_up();

  AheadBuild* of(const model::CommitId& commit);
  // What `slot` holds or builds.
  AheadBuild* on(int slot);
  AheadBuild& begin(const model::CommitId& commit, int slot, double now);
  void drop(const AheadBuild& build);
  // Not done yet, but for the one on `slot`, which somebody waits for by now.
  int building_but(int slot) const;
  std::list<AheadBuild>& all() { return m_builds; }

  // One that failed may be what a build of that revision comes to, or come of where it may write.
  void failed(const model::CommitId& commit) { m_failed.insert(commit); }
  bool has_failed(const model::CommitId& commit) const { return m_failed.contains(commit); }

 private:
  AheadLimits m_limits;
  int m_room;
  bool m_expected = false;         // m_room is, and not measured
  std::list<AheadBuild> m_builds;  // a list: tasks hold pointers
  std::set<model::CommitId> m_failed;
};

}  // namespace culprit::engine
