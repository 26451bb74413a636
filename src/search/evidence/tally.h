// Evidence, sorted by revision: what was built, what ran, what ran on an equal binary.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/evidence.h"
#include "model/graph/commit_graph.h"

namespace culprit::search {

using model::NodeIndex;

// A crash less likely to be the bug than k_foreign is another one: it hides the bug and says nothing about
// it.
inline constexpr double k_foreign = 0.15;
inline constexpr double k_shown = 0.5;
// But one that looks like the bug is open, whatever identity makes of where it shows (RunRecord::p_alike).
inline constexpr double k_looks_like_it = 0.5;

// What a set of runs says, counted. A run counts in exactly one of ok, target, open, masked, failed, infra.
struct Counts {
  int ok = 0;      // completed without a sign of the bug
  int target = 0;  // showed the bug: p_target >= k_shown
  int open = 0;    // a crash that may be the bug: k_foreign <= p_target < k_shown, or looks like it
  int masked = 0;  // a foreign crash ended it
  int failed = 0;  // boot failed, test failed, timed out before the end: the revision's fault
  int infra = 0;   // the machine's fault
  // The probability that none of the crashes is the bug. Crashes of one title stand or fall together.
  double none_is_target = 1;

  int valid() const { return ok + target; }
  int all() const { return ok + target + open + masked + failed + infra; }
};

// All evidence on one commit.
struct Revision {
  NodeIndex node = 0;
  bool built = false;                   // at least one build was fine, or something ran
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
  double build = 360;
  double ok_run = 48;     // a run that ends by itself
  double crash_run = 48;  // a run that ends in a crash
};
Costs measured_costs(const model::Evidence& evidence);

}  // namespace culprit::search
