// One call is one pass over everything known: ends, range, middle, answer. Nothing is remembered between
// calls, so a resumed search equals an uninterrupted one, and verdicts that people add or that later runs
// change count at once: the suspects are the common ancestors of everything that has the culprit, minus the
// ancestors of everything that lacks it.
//
// Both goals are one search. "New" is the side that holds the culprit: revisions that crash where the cause
// is sought, revisions free of the bug where the fix is. Three rules keep the two sides honest:
// - A crash is a proof, silence is not: a free revision that contradicts a crash is overruled (cause: one
// that
//   has a crashing ancestor; fix: one whose descendant crashes).
// - fix: a free revision says "fixed" only if it contains a revision that crashes; else the bug may never
//   have reached its branch. Its merge bases with the start are tested: free ones mean "not introduced yet",
//   which counts as not fixed.
// - A middle revision that shares another one's binary inherits its verdict without a run; if the answer
// rests
//   on an inherited verdict, that one is confirmed by runs of its own, since a signature may miss a
//   difference.
#include "search/classic.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "base/check.h"
#include "search/judge.h"
#include "search/suspects.h"

namespace culprit::search {
namespace {

using model::Conclusion;
using model::Decision;
using model::Experiment;
using model::Goal;
using model::Problem;
using model::ResultKind;
using model::Verdict;

using Nodes = std::vector<NodeIndex>;

class Step {
 public:
  Step(const CommitGraph& graph, const Problem& problem, const Ancestry& ancestry,
       const model::Evidence& evidence)
      : m_graph(graph),
        m_problem(problem),
        m_ancestry(ancestry),
        m_tally(graph, evidence),
        m_judge(m_tally, graph, problem.runs_per_revision),
        m_costs(measured_costs(evidence)) {}

  Decision decide();
  const Tally& tally() const { return m_tally; }
  const Judge& judge() const { return m_judge; }

 private:
  using Answer = std::optional<Decision>;

  bool cause() const { return m_problem.goal == Goal::cause; }
  NodeIndex node(const model::CommitId& id) const;
  std::string name(NodeIndex node) const;
  std::string label(NodeIndex node) const;
  bool skipped(NodeIndex node) const;
  Judgement judge(NodeIndex node) const;
  bool is(NodeIndex node, Verdict verdict) const { return judge(node).verdict == verdict; }

  Answer settle(NodeIndex node, std::string_view stage, std::string_view reason);
  Answer infrastructure(NodeIndex node) const;
  Answer check_start();
  Answer check_good_ends();
  Answer check_side_good(NodeIndex good);
  Answer walk_releases();
  Answer check_head();
  Answer check_fix_base();
  void sort_verdicts();
  void sort_fix_side(NodeIndex free);
  Answer settle_fix_sides();
  Answer doubt_good_release();
  Nodes bases_with_start(NodeIndex node) const { return merge_bases(m_graph, node, m_start); }
  Decision bisect();
  Answer examine(NodeIndex middle, std::size_t suspects);
  Decision answer(NodeIndex culprit);
  Answer confirm(NodeIndex culprit);
  Answer build_parents(NodeIndex culprit);
  double probability() const;
  Decision inconclusive(std::string explanation, NodeIndex tested, const Nodes& candidates) const;
  Decision conclude(ResultKind kind, NodeIndex tested, std::string explanation) const;
  Nodes parents(NodeIndex node) const;

  const CommitGraph& m_graph;
  const Problem& m_problem;
  const Ancestry& m_ancestry;
  Tally m_tally;
  Judge m_judge;
  Costs m_costs;
  NodeIndex m_start = 0;
  Nodes m_new;                        // hold the culprit
  Nodes m_old;                        // lack it
  Nodes m_trusted;                    // good ends that cannot be tested: taken on the user's word
  std::vector<std::string> m_asides;  // about good revisions beside the line, for the explanation
  model::Standing m_standing;
};

NodeIndex Step::node(const model::CommitId& id) const {
  const auto found = m_graph.find(id);
  CULPRIT_CHECK(found.has_value(), "a problem names " + id.hex() + ", which is not in its graph");
  return *found;
}

std::string Step::label(NodeIndex node) const {
  const auto& id = m_graph.id(node);
  const auto tag = std::ranges::find(m_problem.releases, id, &model::ReleaseTag::commit);
  return tag == m_problem.releases.end() ? std::string() : tag->name;
}

std::string Step::name(NodeIndex node) const {
  const std::string tag = label(node);
  return tag.empty() ? m_graph.id(node).short_hex() : tag;
}

bool Step::skipped(NodeIndex node) const {
  return std::ranges::find(m_problem.skip, m_graph.id(node)) != m_problem.skip.end();
}

Judgement Step::judge(NodeIndex node) const {
  const Revision* known = m_tally.find(node);
  const bool mentioned = known && (!known->runs.empty() || known->said_good + known->said_bad > 0);
  if (skipped(node) && !mentioned) return {.decided = true, .why = "on the skip list"};
  return m_judge.judge(node);
}

// What is still to do before `node` has a verdict; nullopt once it has one.
Step::Answer Step::settle(NodeIndex node, std::string_view stage, std::string_view reason) {
  const Judgement j = judge(node);
  if (j.decided) return j.lost ? infrastructure(node) : std::nullopt;
  Decision decision{.standing = m_standing};
  const Revision* known = m_tally.find(node);
  const bool building = known && known->building;
  const bool built = known && known->built;
  if (j.runs_wanted > 0 && !building) {
    // Where binaries have signatures, the build tells first whether there is anything to run.
    const bool look_first = !built && m_tally.has_signatures() && !(known && known->pending());
    const int runs = look_first ? 0 : j.runs_wanted;
    decision.experiments.push_back({.commit = m_graph.id(node),
                                    .runs = runs,
                                    .stage = std::string(stage),
                                    .label = label(node),
                                    .reason = std::string(reason),
                                    .cost = (built ? 0 : m_costs.build) + runs * m_costs.ok_run});
  }
  return decision;
}

// The machine decides nothing about a revision; where it fails at revision after revision, it is time to
// stop.
Step::Answer Step::infrastructure(NodeIndex node) const {
  int lost = 0, decided = 0;
  for (const Revision& r : m_tally.revisions()) {
    const Judgement j = judge(r.node);
    lost += j.lost;
    decided += j.decided && !j.lost;
  }
  const bool is_end = node == m_start || (!cause() && m_graph.id(node) == m_problem.head);
  if (!is_end && (lost < 3 || lost < decided)) return std::nullopt;
  return conclude(
      ResultKind::infrastructure, node,
      fmt::format("The machine failed in most runs at {} of the {} revisions tried, {} the last of "
                  "them: {}. Nothing is lost; resume when the machine works.",
                  lost, lost + decided, name(node), judge(node).why));
}

Decision Step::decide() {
  m_start = node(m_problem.start);
  m_standing.bad_end = m_problem.start;
  m_standing.revisions_left = 0;
  if (Answer a = check_start()) return *a;
  if (cause()) {
    if (Answer a = check_good_ends()) return *a;
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

Step::Answer Step::check_start() {
  if (Answer a = settle(m_start, "start", "does the crash show where it was seen?")) return a;
  const Judgement j = judge(m_start);
  if (j.verdict == Verdict::bad) return std::nullopt;
  return conclude(ResultKind::not_reproduced, m_start,
                  fmt::format("The crash does not reproduce at {}: {}.", name(m_start), j.why));
}

Step::Answer Step::check_good_ends() {
  for (const auto& id : m_problem.good) {
    const NodeIndex good = node(id);
    if (!m_ancestry.contains(m_start, good)) {
      if (Answer a = check_side_good(good)) return a;
      continue;
    }
    if (Answer a = settle(good, "end", "is the revision named good free of the crash?")) return a;
    const Judgement j = judge(good);
    if (j.verdict == Verdict::bad)
      return conclude(ResultKind::good_end_crashes, good,
                      fmt::format("{} was named good, but the crash shows there: {}.", name(good), j.why));
    if (j.verdict == Verdict::unknown) m_trusted.push_back(good);
  }
  return std::nullopt;
}

// A good revision beside the line to `start`: only what both share can be compared with `start`.
Step::Answer Step::check_side_good(NodeIndex good) {
  const Nodes bases = bases_with_start(good);
  if (bases.empty())
    return inconclusive(
        fmt::format("{}, named good, and {} have no common history: there is no path between them.",
                    name(good), name(m_start)),
        good, {});
  const std::string why =
      fmt::format("{}, named good, is not an ancestor of {}: is their merge base free of the crash?",
                  name(good), name(m_start));
  for (const NodeIndex base : bases) {
    if (Answer a = settle(base, "merge-base", why)) return a;
    const Judgement j = judge(base);
    if (j.verdict == Verdict::unknown)
      return inconclusive(
          fmt::format("{}, named good, is not an ancestor of {}, and their merge base {} cannot be "
                      "tested ({}).",
                      name(good), name(m_start), name(base), j.why),
          base, {});
    if (j.verdict == Verdict::good) {
      m_asides.push_back(
          fmt::format("{}, named good, is not an ancestor of {}; their merge base {} is free of it.",
                      name(good), name(m_start), name(base)));
      continue;
    }
    if (Answer a = settle(good, "end", "the merge base crashes: is the revision named good free of it?"))
      return a;
    const Judgement at_good = judge(good);
    if (at_good.verdict == Verdict::bad)
      return conclude(
          ResultKind::good_end_crashes, good,
          fmt::format("{} was named good, but the crash shows there: {}.", name(good), at_good.why));
    Answer a =
        conclude(ResultKind::horizon, base,
                 fmt::format("{}, named good, is not an ancestor of {}, and their merge base {} has the bug "
                             "already ({}): the bug was fixed between {} and {}, and its cause is older.",
                             name(good), name(m_start), name(base), j.why, name(base), name(good)));
    a->conclusion->next_steps = {fmt::format("search the cause before {}: give an older --good", name(base)),
                                 fmt::format("search the fix: --fix from {} to {}", name(base), name(good))};
    return a;
  }
  return std::nullopt;
}

Step::Answer Step::walk_releases() {
  std::optional<NodeIndex> oldest_bad;
  Nodes unknown;
  for (const auto& tag : m_problem.releases) {
    const NodeIndex release = node(tag.commit);
    if (release == m_start) continue;
    if (oldest_bad) m_standing.bad_end = m_graph.id(*oldest_bad);
    if (Answer a = settle(release, "release", "the next older release: is it free of the crash?")) return a;
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
                    name(m_start), fmt::join(names, " ")),
        m_start, {});
  const NodeIndex oldest = oldest_bad.value_or(m_start);
  std::string text = fmt::format("The oldest tested {}, {}, already has the bug.",
                                 oldest_bad ? "release" : "revision", name(oldest));
  if (!unknown.empty()) text += fmt::format(" Not testable: {}.", fmt::join(names, " "));
  Answer a = conclude(ResultKind::horizon, oldest, text);
  a->conclusion->next_steps = {"name an older revision with --good"};
  return a;
}

// One silent release decides the whole range. Where the crash is flaky, it gets up to three times the runs.
Step::Answer Step::doubt_good_release() {
  if (!m_problem.good.empty()) return std::nullopt;
  for (const auto& tag : m_problem.releases) {
    const NodeIndex release = node(tag.commit);
    const Revision* known = m_tally.find(release);
    if (!known || !is(release, Verdict::good)) continue;
    const int wanted = 3 * m_problem.runs_per_revision;
    const int done = m_tally.pooled(*known).all();
    if (known->said_good > 0 || m_judge.false_good(judge(release).good_runs) < 0.02 || done >= wanted)
      return std::nullopt;
    Decision decision{.standing = m_standing};
    if (!known->pending())
      decision.experiments.push_back({.commit = tag.commit,
                                      .runs = std::min(m_problem.runs_per_revision, wanted - done),
                                      .stage = "confirm",
                                      .label = tag.name,
                                      .reason = "the range rests on this release, and the crash is flaky",
                                      .cost = m_problem.runs_per_revision * m_costs.ok_run});
    return decision;
  }
  return std::nullopt;
}

Step::Answer Step::check_head() {
  const NodeIndex head = node(m_problem.head);
  if (Answer a = settle(head, "end", "is the newest revision free of the crash?")) return a;
  const Judgement j = judge(head);
  if (j.verdict == Verdict::bad)
    return conclude(ResultKind::good_end_crashes, head,
                    fmt::format("{} still crashes ({}): there is no fix yet.", name(head), j.why));
  if (j.verdict == Verdict::unknown)
    return inconclusive(
        fmt::format("{} cannot be tested ({}), so it is not known to be fixed.", name(head), j.why), head,
        {});
  return std::nullopt;
}

// fix, `start` on another tree than `head`: the search begins where the two trees part.
Step::Answer Step::check_fix_base() {
  const NodeIndex head = node(m_problem.head);
  if (m_ancestry.contains(head, m_start)) return std::nullopt;
  const Nodes bases = bases_with_start(head);
  if (bases.empty())
    return inconclusive(fmt::format("{} and {} have no common history.", name(m_start), name(head)), head,
                        {});
  std::optional<NodeIndex> untestable;
  bool crashes = false;
  for (const NodeIndex base : bases) {
    if (Answer a = settle(base, "merge-base",
                          "the start is not in the head's history: does the crash show where "
                          "the two part?"))
      return a;
    crashes |= is(base, Verdict::bad);
    if (is(base, Verdict::unknown)) untestable = base;
  }
  if (crashes) return std::nullopt;
  if (untestable)
    return inconclusive(
        fmt::format("{} is not in the history of {}, and their merge base {} cannot be tested ({}).",
                    name(m_start), name(head), name(*untestable), judge(*untestable).why),
        *untestable, {});
  return conclude(
      ResultKind::not_reproduced, bases.front(),
      fmt::format("{} is not in the history of {}, and their merge base {} is free of the crash: the bug "
                  "is only in the other tree, which {} never contained.",
                  name(m_start), name(head), name(bases.front()), name(head)));
}

void Step::sort_verdicts() {
  m_new = cause() ? Nodes{m_start} : Nodes{node(m_problem.head)};
  m_old.clear();
  Nodes crashing, free = m_trusted;
  for (const Revision& r : m_tally.revisions()) {
    if (is(r.node, Verdict::bad)) crashing.push_back(r.node);
    if (is(r.node, Verdict::good)) free.push_back(r.node);
  }
  const auto contains_crash = [&](NodeIndex n) {
    return std::ranges::any_of(crashing, [&](NodeIndex c) { return m_ancestry.contains(n, c); });
  };
  const auto in_crash = [&](NodeIndex n) {
    return std::ranges::any_of(crashing, [&](NodeIndex c) { return m_ancestry.contains(c, n); });
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
    } else {
      sort_fix_side(n);
    }
  }
}

// fix: `free` does not crash and contains nothing known to. Where it parts from the start's line, was the bug
// in?
void Step::sort_fix_side(NodeIndex free) {
  const Nodes bases = bases_with_start(free);
  if (std::ranges::all_of(bases, [&](NodeIndex b) { return is(b, Verdict::good); })) m_old.push_back(free);
}

// The merge bases that sort_fix_side needs and nobody has tested yet.
Step::Answer Step::settle_fix_sides() {
  for (const Revision& r : m_tally.revisions()) {
    if (!is(r.node, Verdict::good) ||
        std::ranges::count(m_new, r.node) + std::ranges::count(m_old, r.node) > 0)
      continue;
    for (const NodeIndex base : bases_with_start(r.node))
      if (Answer a =
              settle(base, "merge-base",
                     fmt::format("{} is free of the crash: had the bug reached its branch?", name(r.node))))
        return a;
  }
  return std::nullopt;
}

Decision Step::bisect() {
  std::vector<std::uint8_t> chain;
  if (m_problem.first_parent) {
    chain.assign(m_graph.size(), 0);
    for (NodeIndex at = m_new.front();; at = m_graph.parents(at)[0]) {
      chain[at] = 1;
      if (m_graph.parents(at).empty()) break;
    }
  }
  const Suspects suspects(m_ancestry, m_new, m_old, chain);
  const std::size_t n = suspects.size();
  m_standing.revisions_left = n;
  m_standing.steps_left = n > 1 ? static_cast<int>(std::bit_width(n - 1)) : 0;
  m_standing.cost_left =
      m_standing.steps_left * (m_costs.build + m_problem.runs_per_revision * m_costs.ok_run);
  if (!m_old.empty())
    (cause() ? m_standing.good_end : m_standing.bad_end) = m_graph.id(*std::ranges::max_element(m_old));
  (cause() ? m_standing.bad_end : m_standing.good_end) = m_graph.id(*std::ranges::min_element(m_new));
  if (n == 0)
    return inconclusive("The verdicts contradict each other: no single commit explains them.", m_start, {});
  if (n == 1) return answer(suspects.members().front());

  std::vector<std::uint8_t> avoid(m_graph.size(), 0);
  const auto mark = [&](NodeIndex at) { avoid[at] = judge(at).decided; };
  for (const Revision& r : m_tally.revisions()) mark(r.node);
  for (const auto& id : m_problem.skip)
    if (const auto at = m_graph.find(id)) mark(*at);
  if (const auto middle = suspects.middle(avoid))
    if (Answer a = examine(*middle, n)) return *a;
  const bool infra = std::ranges::any_of(suspects.members(), [&](NodeIndex s) { return judge(s).lost; });
  return inconclusive(
      fmt::format("{} commits remain, and no revision that would tell them apart can be tested{}.", n,
                  infra ? " (the machine failed at some of them)" : ""),
      m_new.front(), suspects.members());
}

Step::Answer Step::examine(NodeIndex middle, std::size_t suspects) {
  return settle(middle, "bisect", fmt::format("splits the {} suspects best", suspects));
}

Nodes Step::parents(NodeIndex node) const {
  const auto all = m_graph.parents(node);
  return {all.begin(), m_problem.first_parent && !all.empty() ? all.begin() + 1 : all.end()};
}

// The answer may not rest on the runs of an equal binary alone.
Step::Answer Step::confirm(NodeIndex culprit) {
  Nodes pillars = parents(culprit);
  pillars.push_back(culprit);
  for (const NodeIndex pillar : pillars) {
    const Revision* known = m_tally.find(pillar);
    if (!known || skipped(pillar) || !judge(pillar).inherited) continue;
    const int runs = m_problem.runs_per_revision - m_tally.own(*known).all() - known->pending_runs;
    if (m_tally.own(*known).all() >= m_problem.runs_per_revision) continue;
    Decision decision{.standing = m_standing};
    if (runs > 0)
      decision.experiments.push_back(
          {.commit = m_graph.id(pillar),
           .runs = runs,
           .stage = "confirm",
           .label = label(pillar),
           .reason = fmt::format("the answer {} rests on the runs of an equal binary", name(culprit)),
           .cost = runs * m_costs.ok_run});
    return decision;
  }
  return std::nullopt;
}

// A parent that was never built is built, not run: does the culprit change the binary at all?
Step::Answer Step::build_parents(NodeIndex culprit) {
  const Revision* known = m_tally.find(culprit);
  if (!known || known->signatures.empty()) return std::nullopt;
  Decision decision{.standing = m_standing};
  bool waiting = false;
  for (const NodeIndex parent : parents(culprit)) {
    const Revision* p = m_tally.find(parent);
    if (skipped(parent) || (p && (p->built || p->broken || p->build_infra > 0))) continue;
    waiting = true;
    if (p && p->pending()) continue;
    decision.experiments.push_back({.commit = m_graph.id(parent),
                                    .runs = 0,
                                    .stage = "parent",
                                    .label = label(parent),
                                    .reason = fmt::format("does {} change the binary?", name(culprit)),
                                    .cost = m_costs.build});
  }
  if (!waiting) return std::nullopt;
  return decision;
}

// The answer is right if the newest free revisions next to it are truly free and the oldest crash is the bug.
double Step::probability() const {
  double p = 1;
  const auto is_newest = [&](NodeIndex n, const Nodes& among) {
    return std::ranges::none_of(among, [&](NodeIndex o) { return o != n && m_ancestry.contains(o, n); });
  };
  const auto is_oldest = [&](NodeIndex n, const Nodes& among) {
    return std::ranges::none_of(among, [&](NodeIndex o) { return o != n && m_ancestry.contains(n, o); });
  };
  for (const NodeIndex n : m_old)
    if (is_newest(n, m_old) && !std::ranges::count(m_trusted, n))
      p *= is(n, Verdict::bad) ? judge(n).p_bad : 1 - judge(n).p_bad;
  for (const NodeIndex n : m_new)
    if (is_oldest(n, m_new)) p *= cause() ? judge(n).p_bad : 1 - judge(n).p_bad;
  for (std::size_t i = 0; i < m_trusted.size(); ++i) p *= 0.9;
  return p;
}

Decision Step::answer(NodeIndex culprit) {
  if (Answer a = confirm(culprit)) return *a;
  if (Answer a = build_parents(culprit)) return *a;
  Conclusion c{.kind = ResultKind::culprit, .culprit = m_graph.id(culprit)};
  c.probability = probability();
  c.candidates = {{m_graph.id(culprit), c.probability}};
  c.tested = m_graph.id(culprit);
  c.is_release = !label(culprit).empty();
  std::optional<NodeIndex> last_good;
  for (const NodeIndex parent : parents(culprit)) {
    c.no_op |= m_tally.equal_binaries(culprit, parent);
    if (cause() && is(parent, Verdict::good) && !last_good) last_good = parent;
  }
  if (!cause() && is(culprit, Verdict::good)) last_good = culprit;
  if (!last_good && cause())
    for (const NodeIndex n : m_old)
      if (m_ancestry.contains(culprit, n) &&
          (!last_good || m_ancestry.position(n) > m_ancestry.position(*last_good)))
        last_good = n;
  if (last_good) c.last_good = m_graph.id(*last_good);
  c.explanation = fmt::format("{}: {}.", name(culprit), judge(culprit).why);
  for (const NodeIndex n : m_trusted)
    c.explanation += fmt::format(" {} could not be tested and is taken for good, as named.", name(n));
  for (const std::string& aside : m_asides) c.explanation += " " + aside;
  if (c.no_op) {
    c.explanation +=
        " Its binary equals its parent's: the difference lies outside the binary, or the crash is flaky.";
    c.next_steps.push_back("run the commit and its parent more often");
  }
  if (c.probability < 0.99) c.next_steps.push_back("raise the number of runs per revision");
  return {.conclusion = c, .standing = m_standing};
}

Decision Step::inconclusive(std::string explanation, NodeIndex tested, const Nodes& candidates) const {
  Decision d = conclude(ResultKind::inconclusive, tested, std::move(explanation));
  for (const NodeIndex n : candidates)
    d.conclusion->candidates.push_back({m_graph.id(n), 1.0 / static_cast<double>(candidates.size())});
  d.conclusion->probability = candidates.empty() ? 0 : 1;
  return d;
}

Decision Step::conclude(ResultKind kind, NodeIndex tested, std::string explanation) const {
  return {.conclusion =
              Conclusion{.kind = kind, .tested = m_graph.id(tested), .explanation = std::move(explanation)},
          .standing = m_standing};
}

std::vector<NodeIndex> tips_of(const CommitGraph& graph, const Problem& problem) {
  std::vector<NodeIndex> tips;
  const auto add = [&](const model::CommitId& id) {
    if (const auto node = graph.find(id)) tips.push_back(*node);
  };
  if (problem.goal == Goal::fix) add(problem.head);
  add(problem.start);
  for (const auto& id : problem.good) add(id);
  return tips;
}

}  // namespace

ClassicSearch::ClassicSearch(const CommitGraph& graph, Problem problem)
    : m_graph(graph), m_problem(std::move(problem)), m_ancestry(graph, tips_of(graph, m_problem)) {}

Decision ClassicSearch::next(const model::Evidence& evidence) const {
  return Step(m_graph, m_problem, m_ancestry, evidence).decide();
}

std::vector<model::RevisionVerdict> ClassicSearch::verdicts(const model::Evidence& evidence) const {
  const Step step(m_graph, m_problem, m_ancestry, evidence);
  std::vector<model::RevisionVerdict> out;
  for (const Revision& r : step.tally().revisions()) {
    if (!r.built && !r.broken && r.build_infra == 0 && r.said_good + r.said_bad + r.said_skip == 0) continue;
    const Judgement j = step.judge().judge(r.node);
    out.push_back({m_graph.id(r.node), j.verdict, j.p_bad, j.why});
  }
  return out;
}

}  // namespace culprit::search
