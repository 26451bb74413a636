// Evidence, sorted by revision: what was built, what ran, what ran on an equal binary.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/evidence.h"
#include "model/graph/commit_graph.h"
#include "model/run_says.h"
#include "search/evidence/tuning.h"

namespace culprit::search {

using model::NodeIndex;

// What a set of runs says, counted by model::what_says. A run counts in exactly one of the first eight.
struct Counts {
  int shown = 0;
  int open = 0;
  int quiet = 0;
  int hidden = 0;
  int silenced = 0;
  int not_started = 0;
  int unfinished = 0;
  int lost = 0;
  // The probability that none of the crashes is the bug. Crashes of one title stand or fall together.
  double none_is_target = 1;

  int valid() const { return quiet + shown; }
  // Says nothing, and the machine is not to blame.
  int mute() const { return hidden + silenced + not_started + unfinished; }
  int failed() const { return not_started + unfinished; }
  int attempts() const { return valid() + open + mute(); }
  int all() const { return attempts() + lost; }
  double rate() const { return valid() > 0 ? static_cast<double>(shown) / valid() : 0; }
  // `unbuilt` is not counted.
  void add(model::RunSays says);
};

// All evidence on one commit.
struct Revision {
  NodeIndex node = 0;
  bool built = false;                   // at least one build was fine, or something ran
  bool gone = false;                    // another run takes another build
  bool broken = false;                  // a build was broken and none was fine
  int build_infra = 0;                  // builds lost to the machine
  std::vector<std::string> signatures;  // of its binaries; sorted
  std::vector<const model::RunRecord*> runs;
  int pending_runs = 0;
  bool building = false;
  int said_good = 0;  // people's verdicts
  int said_bad = 0;
  int said_skip = 0;
  std::size_t group = 0;  // revisions with equal groups share a binary

  bool pending() const { return building || pending_runs > 0; }
};

// The evidence of a bisection by revision. Points into the evidence, which must outlive it. Evidence on
// commits outside the graph is left out.
class Tally {
 public:
  Tally(const model::CommitGraph& graph, const model::Evidence& evidence);

  // In order of first mention: builds, runs, people's verdicts, pending experiments.
  const std::vector<Revision>& revisions() const { return m_revisions; }
  const Revision* find(NodeIndex node) const;
  // The revisions whose binary equals that of `revision`, itself included.
  std::vector<const Revision*> group_of(const Revision& revision) const;
  // What the runs of `revision` alone say.
  Counts own(const Revision& revision) const;
  // What the runs on all binaries equal to its own say.
  Counts pooled(const Revision& revision) const;
  // Whether any build so far has a signature.
  bool has_signatures() const { return m_has_signatures; }
  bool equal_binaries(NodeIndex a, NodeIndex b) const;

 private:
  Revision& at(NodeIndex node);
  void form_groups();

  std::vector<Revision> m_revisions;
  std::vector<std::pair<NodeIndex, std::size_t>> m_by_node;  // sorted once filled
  bool m_has_signatures = false;
};

// Adds up `runs`.
Counts count_runs(const std::vector<const model::RunRecord*>& runs);
// The name under which crashes count as one: the first report's title, else the outcome's.
std::string_view crash_title(const model::RunRecord& run);

// Mean durations in seconds; the defaults hold until something was measured.
struct Costs {
  double build = k_usual_build;
  double ok_run = k_usual_run;     // a run that ends by itself
  double crash_run = k_usual_run;  // a run that ends in a crash
};
Costs measured_costs(const model::Evidence& evidence);

}  // namespace culprit::search
