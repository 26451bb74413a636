// One call is one pass over everything known: ends, range, middle, answer. Nothing is remembered between
// calls, so a resumed search equals an uninterrupted one, and verdicts that people add or that later runs
// change count at once: the suspects are the common ancestors of everything that has the culprit, minus the
// ancestors of everything that lacks it.
//
// Both goals are one search. "New" is the side that holds the culprit: revisions that crash where the cause
// is sought, revisions free of the bug where the fix is. Three rules keep the two sides honest:
// - A crash is a proof, silence is not: a free revision that contradicts a crash is overruled (cause: one
//   that has a crashing ancestor; fix: one whose descendant crashes).
// - fix: a free revision says "fixed" only if it contains a revision that crashes; else the bug may never
//   have reached its branch. Its merge bases with the start are tested: free ones mean "not introduced yet",
//   which counts as not fixed.
// - A middle revision that shares another one's binary inherits its verdict without a run; if the answer
//   rests on an inherited verdict, that one is confirmed by runs of its own, since a signature may miss a
//   difference.
#include "search/classic.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "search/evidence/inquiry.h"
#include "search/graph/suspects.h"

#include "search/tuning.h"

namespace culprit::search {
namespace {

using model::Conclusion;
using model::Decision;
using model::Experiment;
using model::Goal;
using model::Problem;
using model::ResultKind;
using model::Verdict;

class ClassicStep : public Inquiry {
 public:
  ClassicStep(const CommitGraph& graph, const Problem& problem, const Ancestry& ancestry,
              std::unique_ptr<const BayesSearch>& belief, const model::Evidence& evidence)
      : Inquiry(graph, problem, ancestry, evidence, problem.runs_per_revision, problem.runs_per_revision),
        m_belief(belief),
        m_evidence(evidence) {}

  Decision decide();
  std::vector<double> masses();

 private:
  Answer walk_releases();
  Answer doubt_good_release() const;
  Answer settle_fix_sides() const;
  void sort_verdicts();
  Suspects suspects() const;
  Decision bisect();
  Decision answer(NodeIndex culprit) const;
  Answer confirm(NodeIndex culprit) const;
  Answer more_runs(NodeIndex culprit) const;
  double probability(NodeIndex culprit) const;

  std::unique_ptr<const BayesSearch>& m_belief;
  const model::Evidence& m_evidence;
  Nodes m_new;  // hold the culprit
  Nodes m_old;  // lack it
};

Decision ClassicStep::decide() {
  if (Answer a = check_start()) return *a;
  if (cause()) {
    if (Answer a = check_good_ends(true)) return *a;
  } else {
    if (Answer a = check_head()) return *a;
    if (Answer a = check_fix_base()) return *a;
  }
  sort_verdicts();
  if (cause() && m_old.empty()) {
    if (Answer a = walk_releases()) return *a;
    sort_verdicts();
  }
  if (Answer a = cause() ? doubt_good_release() : settle_fix_sides()) return *a;
  return bisect();
}

Inquiry::Answer ClassicStep::walk_releases() {
  std::optional<NodeIndex> oldest_bad;
  Nodes unknown;
  for (const auto& tag : problem().releases) {
    const NodeIndex release = node(tag.commit);
    if (release == start()) continue;
    if (oldest_bad) standing().bad_end = graph().id(*oldest_bad);
    if (Answer a = settle(release, "release", "the next older release: is it free of the bug?")) return a;
    const Judgement j = judge(release);
    if (j.verdict == Verdict::good) return std::nullopt;
    if (j.verdict == Verdict::bad)
      oldest_bad = release;
    else
      unknown.push_back(release);
  }
  std::vector<std::string> names;
  for (const NodeIndex n : unknown) names.push_back(name(n));
  if (!oldest_bad && !unknown.empty())
    return inconclusive(
        fmt::format("None of the releases before {} can be tested ({}), so no revision free of the "
                    "bug is known.",
                    name(start()), fmt::join(names, " ")),
        start(), {});
  const NodeIndex oldest = oldest_bad.value_or(start());
  std::string text = fmt::format("The oldest tested {}, {}, already has the bug.",
                                 oldest_bad ? "release" : "revision", name(oldest));
  if (!unknown.empty()) text += fmt::format(" Not testable: {}.", fmt::join(names, " "));
  Answer a = conclude(ResultKind::horizon, oldest, text);
  a->conclusion->next_steps = {"name an older revision with --good"};
  return a;
}

// One silent release decides the whole range. Where the crash is flaky, it gets up to three times the runs.
Inquiry::Answer ClassicStep::doubt_good_release() const {
  if (!problem().good.empty()) return std::nullopt;
  for (const auto& tag : problem().releases) {
    const NodeIndex release = node(tag.commit);
    const Revision* known = tally().find(release);
    if (!known || !is(release, Verdict::good)) continue;
    const int wanted = 3 * problem().runs_per_revision;
    const int done = tally().pooled(*known).all();
    if (known->said_good > 0 || false_good(judge(release).good_runs) < k_release_doubt || done >= wanted)
      return std::nullopt;
    Decision decision{.standing = standing()};
    if (!known->pending())
      decision.experiments.push_back({.commit = tag.commit,
                                      .runs = std::min(problem().runs_per_revision, wanted - done),
                                      .stage = "confirm",
                                      .label = tag.name,
                                      .reason = "the range rests on this release, and the bug is flaky",
                                      .cost = problem().runs_per_revision * costs().ok_run});
    return decision;
  }
  return std::nullopt;
}

void ClassicStep::sort_verdicts() {
  m_new = cause() ? Nodes{start()} : Nodes{node(problem().head)};
  m_old.clear();
  Nodes crashing, free = trusted();
  for (const Revision& r : tally().revisions()) {
    if (is(r.node, Verdict::bad)) crashing.push_back(r.node);
    if (is(r.node, Verdict::good)) free.push_back(r.node);
  }
  const auto contains_crash = [&](NodeIndex n) {
    return std::ranges::any_of(crashing, [&](NodeIndex c) { return ancestry().contains(n, c); });
  };
  const auto in_crash = [&](NodeIndex n) {
    return std::ranges::any_of(crashing, [&](NodeIndex c) { return ancestry().contains(c, n); });
  };
  if (cause()) {
    m_new.insert(m_new.end(), crashing.begin(), crashing.end());
    for (const NodeIndex n : free)
      if (!contains_crash(n)) m_old.push_back(n);
    return;
  }
  m_old = crashing;
  for (const NodeIndex n : free) {
    if (contains_crash(n)) {
      if (!in_crash(n)) m_new.push_back(n);
    } else if (std::ranges::all_of(bases_with_start(n), [&](NodeIndex b) { return is(b, Verdict::good); })) {
      m_old.push_back(n);  // the bug had not reached the place where this branch began
    }
  }
}

// The merge bases that decide whether a free revision beside the start's line was ever in danger.
Inquiry::Answer ClassicStep::settle_fix_sides() const {
  for (const Revision& r : tally().revisions()) {
    if (!is(r.node, Verdict::good) ||
        std::ranges::count(m_new, r.node) + std::ranges::count(m_old, r.node) > 0)
      continue;
    for (const NodeIndex base : bases_with_start(r.node))
      if (Answer a = settle(base, "merge-base",
                            fmt::format("{} is free of it: had the bug reached its branch?", name(r.node))))
        return a;
  }
  return std::nullopt;
}

Suspects ClassicStep::suspects() const {
  std::vector<std::uint8_t> chain;
  if (problem().first_parent) {
    chain.assign(graph().size(), 0);
    for (NodeIndex at = m_new.front();; at = graph().parents(at)[0]) {
      chain[at] = 1;
      if (graph().parents(at).empty()) break;
    }
  }
  return {ancestry(), m_new, m_old, chain};
}

std::vector<double> ClassicStep::masses() {
  sort_verdicts();
  std::vector<double> out;
  if (m_old.empty()) return out;
  const Suspects all = suspects();
  out.assign(graph().size(), 0);
  for (const NodeIndex node : all.members()) out[node] = 1.0 / static_cast<double>(all.size());
  return out;
}

Decision ClassicStep::bisect() {
  const Suspects suspects = this->suspects();
  const std::size_t n = suspects.size();
  standing().revisions_left = n;
  standing().steps_left = n > 1 ? static_cast<int>(std::bit_width(n - 1)) : 0;
  standing().cost_left =
      standing().steps_left * (costs().build + problem().runs_per_revision * costs().ok_run);
  if (!m_old.empty())
    (cause() ? standing().good_end : standing().bad_end) = graph().id(*std::ranges::max_element(m_old));
  (cause() ? standing().bad_end : standing().good_end) = graph().id(*std::ranges::min_element(m_new));
  if (n == 0)
    return inconclusive("The verdicts contradict each other: no single commit explains them.", start(), {});
  if (n == 1) return answer(suspects.members().front());

  std::vector<std::uint8_t> avoid(graph().size(), 0);
  const auto mark = [&](NodeIndex at) { avoid[at] = judge(at).decided; };
  for (const Revision& r : tally().revisions()) mark(r.node);
  for (const auto& id : problem().skip)
    if (const auto at = graph().find(id)) mark(*at);
  if (const auto middle = suspects.middle(avoid))
    if (Answer a = settle(*middle, "bisect", fmt::format("splits the {} suspects best", n))) return *a;
  const bool infra = std::ranges::any_of(suspects.members(), [&](NodeIndex s) { return judge(s).lost; });
  return inconclusive(
      fmt::format("{} commits remain, and no revision that would tell them apart can be tested{}.", n,
                  infra ? " (the machine failed at some of them)" : ""),
      m_new.front(), suspects.members());
}

// The answer may not rest on the runs of an equal binary alone.
Inquiry::Answer ClassicStep::confirm(NodeIndex culprit) const {
  Nodes pillars = parents(culprit);
  pillars.push_back(culprit);
  for (const NodeIndex pillar : pillars) {
    const Revision* known = tally().find(pillar);
    if (!known || skipped(pillar) || !judge(pillar).inherited) continue;
    const int runs = problem().runs_per_revision - tally().own(*known).all() - known->pending_runs;
    if (tally().own(*known).all() >= problem().runs_per_revision) continue;
    Decision decision{.standing = standing()};
    if (runs > 0)
      decision.experiments.push_back(
          {.commit = graph().id(pillar),
           .runs = runs,
           .stage = "confirm",
           .label = label(pillar),
           .reason = fmt::format("the answer {} rests on the runs of an equal binary", name(culprit)),
           .cost = runs * costs().ok_run});
    return decision;
  }
  return std::nullopt;
}

// What all runs together say of the named commit: the halves were chosen by a fixed number of runs, but how sure their
// outcome is does not depend on that.
double ClassicStep::probability(NodeIndex culprit) const {
  if (!m_belief) m_belief = std::make_unique<const BayesSearch>(graph(), problem());
  return m_belief->posterior(m_evidence)[culprit];
}

// Of what the answer rests on, what was run least: up to three times the fixed number.
Inquiry::Answer ClassicStep::more_runs(NodeIndex culprit) const {
  Nodes pillars = parents(culprit);
  pillars.push_back(culprit);
  const Revision* least = nullptr;
  for (const NodeIndex pillar : pillars) {
    const Revision* known = tally().find(pillar);
    if (!known || !known->built || known->said_good + known->said_bad > 0) continue;
    if (known->pending()) return Decision{.standing = standing()};
    const int done = tally().own(*known).all();
    if (done < 3 * problem().runs_per_revision && (!least || done < tally().own(*least).all())) least = known;
  }
  if (!least) return std::nullopt;
  const int runs = problem().runs_per_revision;
  return Decision{.experiments = {{.commit = graph().id(least->node),
                                   .runs = runs,
                                   .stage = "confirm",
                                   .label = label(least->node),
                                   .reason = "the answer rests on it, and is not sure enough yet",
                                   .cost = runs * costs().ok_run}},
                  .standing = standing()};
}

Decision ClassicStep::answer(NodeIndex culprit) const {
  if (Answer a = confirm(culprit)) return *a;
  if (Answer a = build_parents(culprit)) return *a;
  Decision decision =
      conclude(ResultKind::culprit, culprit, fmt::format("{}: {}.", name(culprit), judge(culprit).why));
  Conclusion& c = *decision.conclusion;
  c.culprit = graph().id(culprit);
  c.probability = probability(culprit);
  c.candidates = {{*c.culprit, c.probability}};
  describe(culprit, c);
  if (c.probability < problem().confidence)
    if (Answer a = more_runs(culprit)) return *a;
  if (c.probability < problem().confidence)
    c.next_steps.emplace_back("raise the number of runs per revision");
  return decision;
}

}  // namespace

ClassicSearch::ClassicSearch(const CommitGraph& graph, Problem problem)
    : m_graph(graph), m_problem(std::move(problem)), m_ancestry(graph, tips_of(graph, m_problem)) {}

Decision ClassicSearch::next(const model::Evidence& evidence) const {
  return ClassicStep(m_graph, m_problem, m_ancestry, m_belief, evidence).decide();
}

std::vector<model::RevisionVerdict> ClassicSearch::verdicts(const model::Evidence& evidence) const {
  const ClassicStep step(m_graph, m_problem, m_ancestry, m_belief, evidence);
  std::vector<model::RevisionVerdict> out;
  for (const Revision& r : step.tally().revisions()) {
    if (!r.built && !r.broken && r.build_infra == 0 && r.said_good + r.said_bad + r.said_skip == 0) continue;
    const Judgement j = step.judge(r.node);
    out.push_back({m_graph.id(r.node), j.verdict, j.p_bad, j.why});
  }
  return out;
}

std::vector<double> ClassicSearch::posterior(const model::Evidence& evidence) const {
  return ClassicStep(m_graph, m_problem, m_ancestry, m_belief, evidence).masses();
}

}  // namespace culprit::search
