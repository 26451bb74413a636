// Is it the commit, and not the moment, the slot, or what an earlier build left? Experiments beside an answer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/search.h"
#include "search/check/explanations.h"
#include "search/evidence/look.h"
#include "search/graph/ancestry.h"

namespace culprit::search {

// What every look at an answer needs; borrows all.
struct Scene {
  const CommitGraph& graph;
  const Ancestry& ancestry;
  const model::Problem& problem;
  const model::Evidence& evidence;  // all of it, runs with the commit taken back included

  bool fix() const { return problem.goal == model::Goal::fix; }
  bool contains(const model::CommitId& commit, const model::CommitId& ancestor) const;
  // The release tag of a commit, else a short id.
  std::string name(const model::CommitId& commit) const;
};

// Builds on top of what earlier builds and runs left are believed as long as none of them is seen to differ from
// one of the same revision from clean. Where one is, that revision and the words for it, else nothing: builds that were
// not from clean are no evidence in this bisection any more.
struct StaleBuild {
  model::CommitId commit;
  std::string words;
};
std::optional<StaleBuild> stale_build(const Scene& scene);
// In a test that is no matter of chance at the start, a revision that was built on top of something else and shows the bug in
// some runs only is run from clean, and beside it a revision that has always said the opposite: what comes next of that.
// An empty decision while that is under way, nothing where there is no such revision.
std::optional<model::Decision> wanted_from_clean(const Scene& scene);
// The evidence without them.
model::Evidence only_from_clean(const model::Evidence& evidence);

// The first run in a checkout that was just made or built never is quiet, whatever the revision, and later ones are: such
// runs say nothing.
bool first_runs_tell_nothing(const Scene& scene);
model::Evidence without_first_runs(model::Evidence evidence);

// What a look at the runs of all revisions tells before any answer: another explanation than the revision, if it has
// at least this probability; else nothing.
std::optional<Explained> told_by_circumstances(const Scene& scene, double probability);

// The variant in which most runs of `commit` say something, reverts aside.
std::string telling_variant(const model::Evidence& evidence, const model::CommitId& commit);

// The controls of one answer.
//
// Each parent is run until it has been quiet so often that the bug would have shown with 99 % at its rate, and on
// for as long as that costs little beside the search (a rarer bug may have been there all along). The culprit and
// the start must show the bug once more. Where checkouts keep what earlier builds and runs left, the culprit and
// its parents are built from clean for this. Then the commit must be by far the best explanation for which runs
// showed the bug (explanations.h); until it is, the start and a parent are run by turns.
class Controls {
 public:
  // `from_clean` false: without those builds.
  Controls(const Scene& scene, const model::CommitId& culprit, bool from_clean = true);

  enum class State {
    ask,  // `ask()` is to be done first
    passed,
    parent_bad,  // the bug shows at a parent: `parent()`
    not_it,      // something else explains the runs, or nothing does: `words()`
  };
  State state() const { return m_state; }
  // Empty where what was asked for is under way.
  const std::vector<model::Experiment>& ask() const { return m_ask; }
  const model::CommitId& parent() const { return m_parent; }
  const std::string& words() const { return m_words; }
  // That the commit explains the runs; a factor of the answer's probability.
  const Explained& explained() const { return m_explained; }
  const Sides& sides() const { return m_sides; }
  // Quiet runs of the start without the commit that cost little: a rarer bug of another cause would show there too.
  int worth_without() const;
  // How often runs without the bug look like it.
  double false_rate() const;
  double explains() const { return m_explained[Explanation::commit]; }

 private:
  void decide();
  bool check_parent(const model::CommitId& parent);
  bool check_shows(const model::CommitId& commit, bool again);
  int owed_to(const model::CommitId& quiet_side) const;
  bool is_told_mended(const model::CommitId& commit) const;
  bool settle_explanation();
  void run(const model::CommitId& commit, int runs, bool from_clean, std::string reason, int slot = -1);
  int slot_that_tells(bool shows) const;
  Look plain(const model::CommitId& commit) const;
  Look clean(const model::CommitId& commit) const;
  bool wants_clean(const model::CommitId& commit) const;
  int quiet_needed() const;
  int affordable(const model::CommitId& commit, int needed) const;
  int quiet_needed_of_parent() const;

  const Scene& m_scene;
  model::CommitId m_culprit;
  bool m_from_clean;
  std::string m_variant;  // in which the culprit was judged: what masks the bug there may do so here
  std::vector<model::CommitId> m_parents;
  std::vector<ControlledRun> m_runs;
  Explained m_explained;
  Sides m_sides;
  Counts m_without;  // the start with the commit taken back
  State m_state = State::passed;
  std::vector<model::Experiment> m_ask;
  model::CommitId m_parent;
  std::string m_words;
};

// Quiet runs after which a bug that showed in `shown` of `told` runs would have shown with 1 - `doubt`, its rate
// being unknown (Jeffreys' prior); at least 1, at most `most`.
int quiet_runs_for(int shown, int told, double doubt, int most);

}  // namespace culprit::search
