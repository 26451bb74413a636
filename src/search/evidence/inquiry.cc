// Both ends of a search are judged by a fixed number of runs, whatever strategy searches between them: a
// start that does not crash or a good end that does makes every later step worthless. Where an end lies
// beside the line to the start, what both share (their merge bases) decides whether the two can be compared
// at all.
#include "search/evidence/inquiry.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "model/run/process_verdict.h"

namespace culprit::search {

using model::Conclusion;
using model::Decision;
using model::ResultKind;
using model::Verdict;

Inquiry::Inquiry(const CommitGraph& graph, const model::Problem& problem, const Ancestry& ancestry,
                 const model::Evidence& evidence, int start_runs, int end_runs)
    : m_graph(graph),
      m_problem(problem),
      m_ancestry(ancestry),
      m_tally(graph, evidence),
      m_judge(m_tally, graph),
      m_costs(measured_costs(evidence)),
      m_start_runs(start_runs),
      m_end_runs(end_runs),
      m_start(node(problem.start)) {
  m_standing.bad_end = problem.start;
}

NodeIndex Inquiry::node(const model::CommitId& id) const {
  const auto found = m_graph.find(id);
  CULPRIT_CHECK(found.has_value(), "a problem names " + id.hex() + ", which is not in its graph");
  return *found;
}

std::string Inquiry::label(NodeIndex node) const {
  const auto& id = m_graph.id(node);
  const auto tag = std::ranges::find(m_problem.releases, id, &model::ReleaseTag::commit);
  return tag == m_problem.releases.end() ? std::string() : tag->name;
}

std::string Inquiry::name(NodeIndex node) const {
  const std::string tag = label(node);
  return tag.empty() ? m_graph.id(node).short_hex() : tag;
}

bool Inquiry::skipped(NodeIndex node) const {
  return std::ranges::find(m_problem.skip, m_graph.id(node)) != m_problem.skip.end();
}

Nodes Inquiry::parents(NodeIndex node) const {
  const auto all = m_graph.parents(node);
  return {all.begin(), m_problem.first_parent && !all.empty() ? all.begin() + 1 : all.end()};
}

Judgement Inquiry::judge(NodeIndex node) const {
  const Revision* known = m_tally.find(node);
  const bool mentioned = known && (!known->runs.empty() || known->said_good + known->said_bad > 0);
  if (skipped(node) && !mentioned) return {.decided = true, .why = "on the skip list"};
  return m_judge.judge(node, node == m_start ? m_start_runs : m_end_runs);
}

// What is still to do before `node` has a verdict; nullopt once it has one.
Inquiry::Answer Inquiry::settle(NodeIndex node, std::string_view stage, std::string_view reason) const {
  const Judgement j = judge(node);
  if (j.decided) return j.lost ? infrastructure(node) : std::nullopt;
  Decision decision{.standing = m_standing};
  const Revision* known = m_tally.find(node);
  const bool building = known && known->building;
  const bool built = known && known->built;
  int wanted = j.runs_wanted;
  if (m_batch > 0) wanted = std::min(wanted, m_batch - (known ? known->pending_runs : 0));
  if (wanted > 0 && !building) {
    // Where binaries have signatures, the build tells first whether there is anything to run.
    const bool look_first = !built && m_tally.has_signatures() && !(known && known->pending());
    const int runs = look_first ? 0 : wanted;
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
Inquiry::Answer Inquiry::infrastructure(NodeIndex node) const {
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

// A command that asks to skip the very revision where the bug was seen tests nothing; four times in a row is no accident.
Inquiry::Answer Inquiry::refuse_skips() const {
  const Revision* known = m_tally.find(m_start);
  if (known == nullptr || known->runs.size() < k_skips_at_start || known->pending()) return std::nullopt;
  if (!std::ranges::all_of(known->runs, [](const model::RunRecord* run) {
        return model::is_skip(text_of(run->outcome)) &&
               kind_of(run->outcome) == model::OutcomeKind::test_failed;
      }))
    return std::nullopt;
  Answer a = conclude(ResultKind::not_reproduced, m_start,
                      fmt::format("The bug cannot be tested at {}: {} in each of {} runs.", name(m_start),
                                  text_of(known->runs.front()->outcome), known->runs.size()));
  a->conclusion->next_steps = {fmt::format("what it printed: culprit console {}", known->runs.front()->id),
                               "is the revision built (--build), and does the command run there by hand?"};
  return a;
}

// Where the bug does not show at its own end but at the other one, the question is the other way round.
Inquiry::Answer Inquiry::ask_other_end(model::Decision decision) const {
  if (!cause() || m_problem.good.empty()) return decision;
  const NodeIndex good = node(m_problem.good.front());
  if (skipped(good) || !m_ancestry.contains(m_start, good)) return decision;
  if (Answer a = settle(good, "end", "it does not show at the bad end: does it at the good one?")) {
    if (a->conclusion) return decision;
    return a;
  }
  // Nothing was seen at the start that its failures could be likened to: any counts.
  const Revision* other = m_tally.find(good);
  const auto fails = [](const model::RunRecord* run) {
    const model::OutcomeKind kind = kind_of(run->outcome);
    return kind == model::OutcomeKind::crashed || kind == model::OutcomeKind::timed_out;
  };
  if (other == nullptr || 2 * std::ranges::count_if(other->runs, fails) <= std::ssize(other->runs))
    return decision;
  decision.conclusion->explanation += fmt::format(" It shows at {}.", name(good));
  decision.conclusion->next_steps = {
      fmt::format("find the commit that mended it: --fix --bad {} --good {}", name(good), name(m_start))};
  return decision;
}

Inquiry::Answer Inquiry::check_start() const {
  if (Answer a = refuse_skips()) return a;
  if (Answer a = settle(m_start, "start", "does the bug show where it was seen?")) return a;
  const Judgement j = judge(m_start);
  if (j.verdict == Verdict::bad) return std::nullopt;
  Decision decision = conclude(
      ResultKind::not_reproduced, m_start,
      fmt::format("{} at {}: {}.",
                  j.verdict == Verdict::good ? "The bug does not reproduce" : "The bug cannot be tested",
                  name(m_start), j.why));
  return j.verdict == Verdict::good ? ask_other_end(std::move(decision)) : std::move(decision);
}

Inquiry::Answer Inquiry::check_good_ends(bool conclude_bad) {
  for (const auto& id : m_problem.good) {
    const NodeIndex good = node(id);
    if (!m_ancestry.contains(m_start, good)) {
      if (Answer a = check_side_good(good)) return a;
      continue;
    }
    if (Answer a = settle(good, "end", "is the revision named good free of the bug?")) return a;
    const Judgement j = judge(good);
    if (j.verdict == Verdict::bad && conclude_bad)
      return conclude(ResultKind::good_end_crashes, good,
                      fmt::format("{} was named good, but the bug shows there: {}.", name(good), j.why));
    if (j.verdict == Verdict::unknown) m_trusted.push_back(good);
  }
  return std::nullopt;
}

// A good revision beside the line to `start`: only what both share can be compared with `start`.
Inquiry::Answer Inquiry::check_side_good(NodeIndex good) {
  const Nodes bases = bases_with_start(good);
  if (bases.empty())
    return inconclusive(
        fmt::format("{}, named good, and {} have no common history: there is no path between them.",
                    name(good), name(m_start)),
        good, {});
  const std::string why =
      fmt::format("{}, named good, is not an ancestor of {}: is their merge base free of the bug?",
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
    if (Answer a = settle(good, "end", "the merge base has the bug: is the revision named good free of it?"))
      return a;
    const Judgement at_good = judge(good);
    if (at_good.verdict == Verdict::bad)
      return conclude(
          ResultKind::good_end_crashes, good,
          fmt::format("{} was named good, but the bug shows there: {}.", name(good), at_good.why));
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

Inquiry::Answer Inquiry::check_head() const {
  const NodeIndex head = node(m_problem.head);
  if (Answer a = settle(head, "end", "is the newest revision free of the bug?")) return a;
  const Judgement j = judge(head);
  if (j.verdict == Verdict::bad)
    return conclude(ResultKind::good_end_crashes, head,
                    fmt::format("{} still has the bug ({}): there is no fix yet.", name(head), j.why));
  if (j.verdict == Verdict::unknown)
    return inconclusive(
        fmt::format("{} cannot be tested ({}), so it is not known to be fixed.", name(head), j.why), head,
        {});
  return std::nullopt;
}

// fix, `start` on another tree than `head`: the search begins where the two trees part.
Inquiry::Answer Inquiry::check_fix_base() const {
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
                          "the start is not in the head's history: does the bug show where "
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
      fmt::format("{} is not in the history of {}, and their merge base {} is free of it: the bug "
                  "is only in the other tree, which {} never contained.",
                  name(m_start), name(head), name(bases.front()), name(head)));
}

// A parent that was never built is built, not run: does the culprit change the binary at all?
Inquiry::Answer Inquiry::build_parents(NodeIndex culprit) const {
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

Decision Inquiry::inconclusive(std::string explanation, NodeIndex tested, const Nodes& candidates) const {
  Decision d = conclude(ResultKind::inconclusive, tested, std::move(explanation));
  for (const NodeIndex n : candidates)
    d.conclusion->candidates.push_back({m_graph.id(n), 1.0 / static_cast<double>(candidates.size())});
  d.conclusion->probability = candidates.empty() ? 0 : 1;
  return d;
}

Decision Inquiry::conclude(ResultKind kind, NodeIndex tested, std::string explanation) const {
  return {.conclusion =
              Conclusion{.kind = kind, .tested = m_graph.id(tested), .explanation = std::move(explanation)},
          .standing = m_standing};
}

void Inquiry::describe(NodeIndex culprit, Conclusion& c) const {
  c.tested = m_graph.id(culprit);
  c.is_release = !label(culprit).empty();
  std::optional<NodeIndex> last_good;
  for (const NodeIndex parent : parents(culprit)) {
    c.no_op |= m_tally.equal_binaries(culprit, parent);
    if (cause() && is(parent, Verdict::good) && !last_good) last_good = parent;
  }
  if (!cause()) last_good = culprit;
  if (!last_good)
    for (const Revision& r : m_tally.revisions())
      if (r.node != culprit && is(r.node, Verdict::good) && m_ancestry.contains(culprit, r.node) &&
          (!last_good || m_ancestry.position(r.node) > m_ancestry.position(*last_good)))
        last_good = r.node;
  if (last_good) c.last_good = m_graph.id(*last_good);
  for (const NodeIndex n : m_trusted)
    c.explanation += fmt::format(" {} could not be tested and is taken for good, as named.", name(n));
  for (const std::string& aside : m_asides) c.explanation += " " + aside;
  if (c.no_op) {
    c.explanation +=
        " Its binary equals its parent's: the difference lies outside the binary, or the bug is flaky.";
    c.next_steps.emplace_back("run the commit and its parent more often");
  }
}

Nodes tips_of(const CommitGraph& graph, const model::Problem& problem) {
  Nodes tips;
  const auto add = [&](const model::CommitId& id) {
    if (const auto node = graph.find(id)) tips.push_back(*node);
  };
  if (problem.goal == model::Goal::fix) add(problem.head);
  add(problem.start);
  for (const auto& id : problem.good) add(id);
  return tips;
}

}  // namespace culprit::search
