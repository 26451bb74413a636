// What both strategies ask before and after their search: do the ends hold, and does the culprit change
// anything?
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/search.h"
#include "search/evidence/judge.h"
#include "search/evidence/tally.h"
#include "search/graph/ancestry.h"

namespace culprit::search {

using Nodes = std::vector<NodeIndex>;

// One look at all evidence. Lives for one call of a search; borrows everything.
class Inquiry {
 public:
  // A decision where there is one to take, else nothing: the next question may be asked.
  using Answer = std::optional<model::Decision>;

  // `start_runs` decide about the start, `end_runs` about every other revision that is judged by itself.
  Inquiry(const CommitGraph& graph, const model::Problem& problem, const Ancestry& ancestry,
          const model::Evidence& evidence, int start_runs, int end_runs);

  const Tally& tally() const { return m_tally; }
  const CommitGraph& graph() const { return m_graph; }
  const model::Problem& problem() const { return m_problem; }
  const Ancestry& ancestry() const { return m_ancestry; }
  const Costs& costs() const { return m_costs; }
  NodeIndex start() const { return m_start; }
  bool cause() const { return m_problem.goal == model::Goal::cause; }
  model::Standing& standing() { return m_standing; }
  const model::Standing& standing() const { return m_standing; }
  // Good ends that cannot be tested: taken on the user's word.
  const Nodes& trusted() const { return m_trusted; }

  NodeIndex node(const model::CommitId& id) const;
  // The release tag of a commit, or nothing; and what to call it: the tag, else a short id.
  std::string label(NodeIndex node) const;
  std::string name(NodeIndex node) const;
  bool skipped(NodeIndex node) const;
  Nodes parents(NodeIndex node) const;  // the first one only with first_parent
  Nodes bases_with_start(NodeIndex node) const { return merge_bases(m_graph, node, m_start); }
  Judgement judge(NodeIndex node) const;
  double false_good(int runs) const { return m_judge.false_good(runs); }
  bool is(NodeIndex node, model::Verdict verdict) const { return judge(node).verdict == verdict; }

  // At most so many runs in one experiment; 0: no limit.
  void set_batch(int runs) { m_batch = runs; }
  void set_end_runs(int runs) { m_end_runs = runs; }

  // What is still to do before `node` has a verdict; nothing once it has one.
  Answer settle(NodeIndex node, std::string_view stage, std::string_view reason) const;
  Answer check_start() const;
  // cause. With `conclude_bad`, a good end that crashes ends the search.
  Answer check_good_ends(bool conclude_bad);
  Answer check_head() const;  // fix
  Answer check_fix_base() const;
  // A parent of the culprit that was never built is built, not run.
  Answer build_parents(NodeIndex culprit) const;
  // Fills no_op, is_release, last_good, tested and the remarks on what was not tested.
  void describe(NodeIndex culprit, model::Conclusion& conclusion) const;

  model::Decision inconclusive(std::string explanation, NodeIndex tested, const Nodes& candidates) const;
  model::Decision conclude(model::ResultKind kind, NodeIndex tested, std::string explanation) const;

 private:
  Answer infrastructure(NodeIndex node) const;
  Answer check_side_good(NodeIndex good);
  Answer refuse_skips() const;
  Answer ask_other_end(model::Decision decision) const;

  const CommitGraph& m_graph;
  const model::Problem& m_problem;
  const Ancestry& m_ancestry;
  Tally m_tally;
  Judge m_judge;
  Costs m_costs;
  int m_start_runs = 0;
  int m_end_runs = 0;
  int m_batch = 0;
  NodeIndex m_start = 0;
  Nodes m_trusted;
  std::vector<std::string> m_asides;  // about good revisions beside the line, for the explanation
  model::Standing m_standing;
};

// The tips whose ancestors a problem is about, the main one first.
Nodes tips_of(const CommitGraph& graph, const model::Problem& problem);

}  // namespace culprit::search
