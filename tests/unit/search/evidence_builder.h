// Evidence as a test writes it, and what the parts of a search make of it: the one place in these tests that
// knows how those parts are called and put together.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "search/belief/findings.h"
#include "search/belief/posterior.h"
#include "search/belief/prior.h"
#include "search/belief/titles.h"
#include "search/evidence/inquiry.h"
#include "search/evidence/judge.h"
#include "search/evidence/tally.h"
#include "search/graph/ancestry.h"
#include "search/graph/cells.h"
#include "search/plan/choice.h"
#include "search/plan/terrain.h"
#include "tests/unit/search/world.h"

namespace culprit::search::testing {

// The commits 0, 1, ... n - 1, each the child of the one before: a commit's number is its node.
inline model::CommitGraph line_of(int n) {
  std::vector<std::pair<int, std::vector<int>>> commits;
  for (int i = 0; i < n; ++i) commits.emplace_back(i, i > 0 ? std::vector{i - 1} : std::vector<int>{});
  return graph_of(commits);
}

// What happened, one call for each kind of thing. A run belongs to the binary that its commit was last built
// to.
class Facts {
 public:
  model::Evidence evidence;

  Facts& built(int commit, std::string signature = {}) {
    model::BuildRecord& build = add_build(commit, model::BuildStatus::ok);
    build.signature = std::move(signature);
    build.seconds = 300;
    return *this;
  }
  Facts& broken(int commit) {
    add_build(commit, model::BuildStatus::broken);
    return *this;
  }
  Facts& lost_build(int commit, int times) {
    for (int i = 0; i < times; ++i) add_build(commit, model::BuildStatus::infra);
    return *this;
  }
  // Runs that came to their end without a sign of the bug.
  Facts& quiet(int commit, int times) {
    for (int i = 0; i < times; ++i) add_run(commit, model::Ok{}).completed = true;
    return *this;
  }
  // Crashes under one title that are the bug with probability `p`.
  Facts& crashed(int commit, int times, double p, const std::string& title = "the bug") {
    for (int i = 0; i < times; ++i) add_run(commit, model::Crashed{title}).p_target = p;
    return *this;
  }
  Facts& shown(int commit, int times) { return crashed(commit, times, 1); }
  // Crashes of another bug that end the run.
  Facts& foreign(int commit, int times) { return crashed(commit, times, 0, "another bug"); }
  Facts& no_boot(int commit, int times) {
    for (int i = 0; i < times; ++i) add_run(commit, model::BootFailed{"no ready mark in time"});
    return *this;
  }
  Facts& lost(int commit, int times) {
    for (int i = 0; i < times; ++i) add_run(commit, model::Infra{"the disk went away"});
    return *this;
  }
  Facts& said(int commit, model::UserVerdict verdict, int times = 1) {
    for (int i = 0; i < times; ++i) evidence.verdicts.push_back({id_of(commit), verdict});
    return *this;
  }
  Facts& pending(int commit, int runs, bool building = false) {
    evidence.pending.push_back({.commit = id_of(commit), .runs = runs, .building = building});
    return *this;
  }
  model::RunRecord& last_run() { return evidence.runs.back(); }

  model::RunRecord& add_run(int commit, model::RunOutcome outcome) {
    model::RunRecord run{.id = evidence.runs.size() + 1, .commit = id_of(commit)};
    for (const model::BuildRecord& build : evidence.builds)
      if (build.commit == run.commit) run.signature = build.signature;
    run.outcome = std::move(outcome);
    run.seconds = 40;
    evidence.runs.push_back(std::move(run));
    return evidence.runs.back();
  }

 private:
  model::BuildRecord& add_build(int commit, model::BuildStatus status) {
    model::BuildRecord build{.commit = id_of(commit)};
    build.status = status;
    evidence.builds.push_back(std::move(build));
    return evidence.builds.back();
  }
};

// Runs by what they say.
struct Said {
  int quiet = 0, shown = 0, open = 0, hidden = 0, failed = 0, lost = 0;
  friend bool operator==(const Said&, const Said&) = default;
};
inline Said said(const Counts& counts) {
  return {.quiet = counts.quiet,
          .shown = counts.shown,
          .open = counts.open,
          .hidden = counts.hidden,
          .failed = counts.failed() + counts.silenced,
          .lost = counts.lost};
}

// What the evidence says of one revision that is to have `runs` runs.
inline Judgement judge(const model::CommitGraph& graph, const Facts& facts, int commit, int runs = 10) {
  const Tally tally(graph, facts.evidence);
  return Judge(tally, graph).judge(*graph.find(id_of(commit)), runs);
}

// All that follows from a problem and its evidence, up to the posterior. Borrows the graph.
struct Scene {
  const model::CommitGraph& graph;
  model::Problem problem;
  Facts facts;
  Ancestry ancestry;
  Range range;
  Inquiry inquiry;
  Findings findings;
  Cells cells;
  Posterior posterior;
  Terrain terrain;

  Scene(const model::CommitGraph& g, model::Problem p, Facts f, const Nodes& also = {}, int start_runs = 10,
        int end_runs = 10)
      : graph(g),
        problem(std::move(p)),
        facts(std::move(f)),
        ancestry(graph, tips_of(graph, problem)),
        range(make_range(graph, problem, ancestry)),
        inquiry(graph, problem, ancestry, facts.evidence, start_runs, end_runs),
        findings(gather(inquiry, also)),
        cells(ancestry, range.prior.below(), findings.nodes),
        posterior(cells, range.prior,
                  problem.goal == model::Goal::cause ? Positive::crashes : Positive::is_free,
                  findings.observations, make_readings(findings.runs, cells)),
        terrain(survey(inquiry.tally(), ancestry, range, skipped_nodes())) {}
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  NodeIndex node(int commit) const { return *graph.find(id_of(commit)); }
  Position at(int commit) const { return ancestry.position(node(commit)); }
  // Whether `commit` may be built, and how likely that works; 1 where it is built already.
  double buildable(int commit) const {
    return std::min(1.0, static_cast<double>(terrain.buildable[at(commit)]));
  }
  bool is_built(int commit) const { return terrain.buildable[at(commit)] > 1; }
  // Share of its runs that say something.
  double telling(int commit) const { return terrain.valid[at(commit)]; }
  double prior_mass(int commit) const { return range.prior.mass(at(commit), at(commit) + 1); }

 private:
  Nodes skipped_nodes() const {
    Nodes nodes;
    for (const model::CommitId& id : problem.skip) nodes.push_back(*graph.find(id));
    return nodes;
  }
};

// `start` is bad, `good` is good.
inline model::Problem between(int good, int start) { return {.start = id_of(start), .good = {id_of(good)}}; }

}  // namespace culprit::search::testing
