// One call: are the ends known well enough; do they differ; what do all numbers say of each commit; is that enough and
// one step; else which experiment next. A revision's worth is the information of a binary input over a channel with
// normal noise over the seconds that it costs. 1 - exp(-1.286 snr^0.931) is a fit to that channel's capacity: it only
// ranks experiments.
#include "search/measure.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "base/log_space.h"
#include "search/belief/levels.h"
#include "search/evidence/inquiry.h"
#include "search/evidence/tally.h"

namespace culprit::search {
namespace {

using model::Conclusion;
using model::Decision;
using model::Experiment;
using model::ResultKind;

constexpr int k_batches[] = {3, 5, 8, 12, 20, 30, 45};  // numbers that plans are compared for
// The ends differ from this many standard errors on: by chance once in two thousand times, asked some five times.
constexpr double k_ends_differ = 3.5;
constexpr std::size_t k_most_at_ends = 16;  // times the first batch: half a deviation is then 4.5 errors
constexpr std::size_t k_most_each =
    400;                              // numbers of one revision: a fifth of a deviation is then 2.8 errors
constexpr std::size_t k_most = 6000;  // of all
constexpr int k_in_vain = 6;          // runs of a revision without a number
constexpr double k_no_step = 0.05;    // one step is less likely than that: it is said what it is instead
constexpr double k_set = 0.99;

std::string signed_number(double x) { return fmt::format("{}{:.4g}", x < 0 ? "" : "+", x); }

class Measuring {
 public:
  Measuring(const CommitGraph& graph, const model::Problem& problem, const Ancestry& ancestry,
            const std::vector<double>& below, const model::Evidence& evidence)
      : m_graph(graph),
        m_problem(problem),
        m_ancestry(ancestry),
        m_below(below),
        m_tally(graph, evidence),
        m_costs(measured_costs(evidence)),
        m_waits(!evidence.pending.empty()) {
    gather();
  }

  Decision decide();
  std::vector<model::RevisionVerdict> verdicts();
  std::vector<double> masses();

 private:
  struct Plan {
    NodeIndex node = 0;
    int runs = 0;
    double worth = 0, bits = 0, seconds = 0, positive = 0;
  };
  NodeIndex node(const model::CommitId& id) const { return *m_graph.find(id); }
  NodeIndex start() const { return node(m_problem.start); }
  NodeIndex good() const { return node(m_problem.good.front()); }
  void gather();
  const Measured* find(NodeIndex node) const;
  std::size_t count(NodeIndex node) const { return find(node) ? find(node)->numbers.size() : 0; }
  bool testable(NodeIndex node) const;
  Decision run(NodeIndex node, int runs, const char* stage, std::string reason) const;
  Decision conclude(ResultKind kind, NodeIndex tested, std::string why) const;
  std::optional<Decision> ends();
  std::optional<Decision> end_without_number(NodeIndex end) const;
  Levels end_levels() const;
  void believe();
  std::vector<model::Candidate> ranking() const;
  std::optional<Decision> answer();
  std::string told_step() const;
  Decision unsure(std::string why) const;
  Decision choose() const;
  Plan best_runs(NodeIndex node, double positive, double build) const;
  std::string name(NodeIndex node) const;

  const CommitGraph& m_graph;
  const model::Problem& m_problem;
  const Ancestry& m_ancestry;
  const std::vector<double>& m_below;
  Tally m_tally;
  Costs m_costs;
  bool m_waits;
  std::vector<Measured> m_measured;
  std::optional<Cells> m_cells;
  Fit m_fit;
};

void Measuring::gather() {
  for (const Revision& r : m_tally.revisions()) {
    Measured one{.node = r.node, .place = static_cast<double>(m_ancestry.position(r.node))};
    for (const model::RunRecord* run : r.runs)
      if (run->number) one.numbers.push_back(*run->number);
    if (!one.numbers.empty()) m_measured.push_back(std::move(one));
  }
}

const Measured* Measuring::find(NodeIndex node) const {
  const auto at = std::ranges::find(m_measured, node, &Measured::node);
  return at == m_measured.end() ? nullptr : &*at;
}

std::string Measuring::name(NodeIndex node) const {
  const auto& id = m_graph.id(node);
  const auto own = std::ranges::find(m_problem.own.names, id, &model::ReleaseTag::commit);
  return own == m_problem.own.names.end() ? id.short_hex() : own->name;
}

bool Measuring::testable(NodeIndex node) const {
  if (std::ranges::find(m_problem.skip, m_graph.id(node)) != m_problem.skip.end()) return false;
  const Revision* r = m_tally.find(node);
  if (r == nullptr) return true;
  return !r->broken && r->build_infra < 3 && r->said_skip == 0 && count(node) < k_most_each &&
         (count(node) > 0 || static_cast<int>(r->runs.size()) < k_in_vain);
}

Decision Measuring::run(NodeIndex node, int runs, const char* stage, std::string reason) const {
  Decision d;
  const Revision* r = m_tally.find(node);
  const bool built = r != nullptr && r->built && !r->gone;
  d.experiments.push_back({.commit = m_graph.id(node),
                           .runs = runs,
                           .stage = stage,
                           .reason = std::move(reason),
                           .cost = (built ? 0 : m_costs.build) + runs * m_costs.ok_run});
  return d;
}

Decision Measuring::conclude(ResultKind kind, NodeIndex tested, std::string why) const {
  Decision d;
  d.conclusion = Conclusion{.kind = kind, .tested = m_graph.id(tested), .explanation = std::move(why)};
  return d;
}

std::optional<Decision> Measuring::end_without_number(NodeIndex end) const {
  const Revision* r = m_tally.find(end);
  if (r == nullptr || count(end) > 0) return std::nullopt;
  const bool is_start = end == start();
  const auto kind = is_start ? ResultKind::not_reproduced : ResultKind::good_end_crashes;
  if (r->broken)
    return conclude(kind, end, fmt::format("{} does not build, so nothing is measured there.", name(end)));
  if (static_cast<int>(r->runs.size()) < k_in_vain) return std::nullopt;
  return conclude(
      kind, end,
      fmt::format("The command prints no number at {}, or does not end with exit code 0: of {} runs none "
                  "measured anything. The last number of the last line that holds one is what counts.",
                  name(end), r->runs.size()));
}

Levels Measuring::end_levels() const {
  const Measured& after = *find(start());
  const Measured& before = *find(good());
  const double size = std::max(std::abs(before.numbers.front()), std::abs(after.numbers.front()));
  const double noise = noise_of(m_measured, std::max(1e-300, 1e-6 * size));
  return {.before = steady_mean(before.numbers, noise),
          .after = steady_mean(after.numbers, noise),
          .noise = noise,
          .before_count = static_cast<double>(before.numbers.size()),
          .after_count = static_cast<double>(after.numbers.size())};
}

// Both ends by turns, so that a machine that grows slower is not taken for a step.
std::optional<Decision> Measuring::ends() {
  const std::size_t first = static_cast<std::size_t>(std::max(3, m_problem.runs_per_revision));
  const NodeIndex less = count(good()) < count(start()) ? good() : start();
  for (const NodeIndex end : {start(), good()})
    if (auto d = end_without_number(end)) return d;
  const char* stage = less == start() ? "start" : "end";
  if (count(less) < first)
    return run(less, static_cast<int>(std::min((first + 1) / 2, first - count(less))), stage,
               "what is measured at the ends, and how much does it vary?");
  const Levels levels = end_levels();
  if (std::abs(levels.step()) >= k_ends_differ * levels.step_error()) return std::nullopt;
  if (count(less) >= k_most_at_ends * first) {
    const double error = 1.96 * levels.step_error();
    return conclude(
        ResultKind::not_reproduced, start(),
        fmt::format(
            "The ends do not differ as far as can be told: {:.4g} at {} and {:.4g} at {}, a difference of {} "
            "(95 %: {} to {}), where one run varies by {:.3g}.",
            levels.before, name(good()), levels.after, name(start()), signed_number(levels.step()),
            signed_number(levels.step() - error), signed_number(levels.step() + error), levels.noise));
  }
  return run(less, static_cast<int>(std::max<std::size_t>(first / 2, count(less) / 4)), stage,
             "do the ends differ at all?");
}

void Measuring::believe() {
  Nodes nodes;
  for (const Measured& one : m_measured) nodes.push_back(one.node);
  m_cells.emplace(m_ancestry, m_below, nodes);
  m_fit = fit(*m_cells, m_measured, end_levels());
}

// The most probable commits until k_set, most probable first.
std::vector<model::Candidate> Measuring::ranking() const {
  std::vector<std::pair<double, Position>> all;
  for (const auto& segment : m_cells->segments()) {
    const auto& cell = (*m_cells)[segment.cell];
    if (cell.prior <= 0) continue;
    for (Position at = segment.begin;
         at < std::min<Position>(segment.end, static_cast<Position>(m_ancestry.size())); ++at)
      if (const double w = m_below[at + 1] - m_below[at]; w > 0)
        all.emplace_back(m_fit.cell_mass[segment.cell] * w / cell.prior, at);
  }
  std::ranges::sort(all, std::ranges::greater{});
  std::vector<model::Candidate> out;
  double sum = 0;
  for (const auto& [mass, at] : all) {
    out.push_back({m_graph.id(m_ancestry.node(at)), mass});
    sum += mass;
    if (sum >= k_set || out.size() >= 100) break;
  }
  return out;
}

// "from 10.0 to 11.0: +1.0 (+10 %; 95 %: +0.9 to +1.1), one run varies by 0.2"
std::string Measuring::told_step() const {
  const Levels& l = m_fit.levels;
  const double error = 1.96 * l.step_error();
  const auto share = [&](double x) {
    return l.before != 0 ? fmt::format(", {}{:.1f} %", x / std::abs(l.before) < 0 ? "" : "+",
                                       100 * x / std::abs(l.before))
                         : std::string();
  };
  return fmt::format("from {:.5g} to {:.5g}: by {}{} (95 %: {} to {}); one run varies by {:.3g}", l.before,
                     l.after, signed_number(l.step()), share(l.step()), signed_number(l.step() - error),
                     signed_number(l.step() + error), l.noise);
}

Decision Measuring::unsure(std::string why) const {
  Decision d = conclude(ResultKind::inconclusive, start(), std::move(why));
  for (const model::Candidate& c : ranking()) {
    d.conclusion->probability += c.probability;
    d.conclusion->candidates.push_back(c);
  }
  return d;
}

std::optional<Decision> Measuring::answer() {
  const auto top = ranking();
  if (top.empty()) return unsure("No commit between the ends can be tested.");
  const NodeIndex culprit = node(top[0].commit);
  const Cells& cells = *m_cells;
  const auto best =
      static_cast<std::size_t>(std::ranges::max_element(m_fit.cell_mass) - m_fit.cell_mass.begin());
  if (top[0].probability < m_problem.confidence) return std::nullopt;
  std::vector<bool> behind;
  for (std::size_t i = 0; i < m_measured.size(); ++i) behind.push_back(cells[best].positive(i));
  const Shape shape = shape_of(m_measured, behind, m_fit.levels);
  if (const double p = top[0].probability * shape.one_step; p >= m_problem.confidence) {
    Decision d = conclude(ResultKind::culprit, culprit, fmt::format("It moved {}.", told_step()));
    d.conclusion->culprit = top[0].commit;
    d.conclusion->probability = p;
    d.conclusion->candidates = top;
    const auto parents = m_graph.parents(culprit);
    if (!parents.empty()) d.conclusion->last_good = m_graph.id(parents.front());
    return d;
  }
  // Its own numbers and its parent's tell a step from a slope.
  NodeIndex least = culprit;
  for (const NodeIndex n : m_graph.parents(culprit))
    if (testable(n) && count(n) < count(least)) least = n;
  const bool tired = count(least) >= k_most_each || !testable(least);
  if (shape.one_step >= k_no_step && !tired)
    return run(least, std::max(m_problem.runs_per_revision, static_cast<int>(count(least) / 2)), "confirm",
               "is it one step, here?");
  if (shape.drift > shape.two_steps)
    return unsure(fmt::format("The number drifts along the history {}: no commit alone moved it ({:.0f} %).",
                              told_step(), 100 * shape.drift));
  return unsure(
      fmt::format("The number moved more than once, {} in all: between {} and {} there is a third level "
                  "({:.0f} %). Take one of the two as an end to find the other.",
                  told_step(), name(m_measured[shape.first].node), name(m_measured[shape.second].node),
                  100 * shape.two_steps));
}

Measuring::Plan Measuring::best_runs(NodeIndex node, double positive, double build) const {
  Plan best{.node = node, .positive = positive};
  const double half = m_fit.levels.step() / m_fit.levels.noise / 2;
  for (const int n : k_batches) {
    const double snr = std::max(1e-12, n * half * half);
    const double bits = base::binary_entropy(positive) * (1 - std::exp(-1.286 * std::pow(snr, 0.931)));
    const double seconds = build + n * m_costs.ok_run;
    if (const double worth = bits / std::max(seconds, 1e-9); worth > best.worth)
      best = {
          .node = node, .runs = n, .worth = worth, .bits = bits, .seconds = seconds, .positive = positive};
  }
  return best;
}

Decision Measuring::choose() const {
  std::size_t numbers = 0;
  for (const Measured& one : m_measured) numbers += one.numbers.size();
  std::vector<double> below(m_ancestry.size() + 1, 0);
  for (const auto& segment : m_cells->segments()) {
    const auto& cell = (*m_cells)[segment.cell];
    for (Position at = segment.begin;
         at < std::min<Position>(segment.end, static_cast<Position>(m_ancestry.size())); ++at)
      below[at + 1] =
          cell.prior > 0 ? m_fit.cell_mass[segment.cell] * (m_below[at + 1] - m_below[at]) / cell.prior : 0;
  }
  for (std::size_t i = 1; i < below.size(); ++i) below[i] += below[i - 1];
  std::vector<double> positive(m_ancestry.size());
  m_ancestry.ancestor_sums(below, positive);
  // Of the new ones the nearest to the middle: they cost the same.
  Plan best;
  std::optional<Position> middle;
  for (Position at = 0; at < m_ancestry.size(); ++at) {
    const NodeIndex n = m_ancestry.node(at);
    if (positive[at] <= 0 || positive[at] >= 1 - 1e-9) continue;
    if (middle && std::abs(positive[at] - 0.5) >= std::abs(positive[*middle] - 0.5)) continue;
    if (const Revision* r = m_tally.find(n); (r == nullptr || !r->built) && testable(n)) middle = at;
  }
  if (middle) best = best_runs(m_ancestry.node(*middle), positive[*middle], m_costs.build);
  for (const Measured& one : m_measured) {
    if (!testable(one.node)) continue;
    const double p = std::clamp(positive[m_ancestry.position(one.node)], 0.0, 1.0);
    const Revision* r = m_tally.find(one.node);
    const Plan plan = best_runs(one.node, p, r != nullptr && r->gone ? m_costs.build : 0);
    if (plan.worth > best.worth) best = plan;
  }
  if (best.runs == 0 || best.bits < 1e-4 || numbers >= k_most)
    return unsure(fmt::format(
        "The number moved {}, but no experiment within reach tells at which of these commits.", told_step()));
  Decision d =
      run(best.node, best.runs, "bisect",
          fmt::format("{:.0f} % of the probability is on it and its ancestors", 100 * best.positive));
  d.experiments.front().information = best.bits;
  const auto top = ranking();
  d.standing.revisions_left = top.size();
  d.standing.steps_left =
      static_cast<int>(std::ceil(std::log2(std::max<double>(1, static_cast<double>(top.size())))));
  d.standing.top.assign(top.begin(),
                        top.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(5, top.size())));
  d.standing.bad_end = m_problem.start;
  d.standing.good_end = m_problem.good.front();
  return d;
}

Decision Measuring::decide() {
  if (m_waits) return {};
  if (auto d = ends()) return *d;
  believe();
  if (auto d = answer()) return *d;
  return choose();
}

std::vector<model::RevisionVerdict> Measuring::verdicts() {
  const bool known = count(start()) > 0 && count(good()) > 0;
  if (known) believe();
  std::vector<model::RevisionVerdict> out;
  for (const Revision& r : m_tally.revisions()) {
    if (!r.built && !r.broken) continue;
    model::RevisionVerdict v{m_graph.id(r.node), model::Verdict::unknown, 0.5,
                             r.broken ? "does not build" : ""};
    if (const Measured* one = find(r.node)) {
      const double noise = noise_of(m_measured, 1e-300);
      v.why = fmt::format("{:.5g}, the mean of {}", steady_mean(one->numbers, noise), one->numbers.size());
      if (known) v.p_bad = m_fit.positive[static_cast<std::size_t>(one - m_measured.data())];
      if (r.node == start()) v.p_bad = 1;
      if (r.node == good()) v.p_bad = 0;
      v.verdict = v.p_bad >= 0.9   ? model::Verdict::bad
                  : v.p_bad <= 0.1 ? model::Verdict::good
                                   : model::Verdict::unknown;
    }
    out.push_back(std::move(v));
  }
  return out;
}

std::vector<double> Measuring::masses() {
  std::vector<double> out(m_graph.size(), 0);
  if (count(start()) == 0 || count(good()) == 0) return out;
  believe();
  for (const model::Candidate& c : ranking()) out[node(c.commit)] = c.probability;
  return out;
}

// Uniform, or as problem.prior has it, over what the start has and no good revision has.
std::vector<double> prior_below(const CommitGraph& graph, const model::Problem& problem,
                                const Ancestry& ancestry) {
  const NodeIndex start = *graph.find(problem.start);
  std::vector<double> below(ancestry.size() + 2, 0);
  for (Position at = 0; at < ancestry.size(); ++at) {
    const NodeIndex n = ancestry.node(at);
    bool suspect = ancestry.contains(start, n);
    for (const auto& id : problem.good) suspect = suspect && !ancestry.contains(*graph.find(id), n);
    below[at + 1] = suspect ? (problem.prior.empty() ? 1 : std::max(0.0, problem.prior[n])) : 0;
  }
  for (std::size_t i = 1; i < below.size(); ++i) below[i] += below[i - 1];
  if (below.back() > 0)
    for (double& x : below) x /= below.back();
  return below;
}

}  // namespace

MeasureSearch::MeasureSearch(const model::CommitGraph& graph, model::Problem problem)
    : m_graph(graph),
      m_problem(std::move(problem)),
      m_ancestry(graph, tips_of(graph, m_problem)),
      m_below(prior_below(graph, m_problem, m_ancestry)) {}

model::Decision MeasureSearch::next(const model::Evidence& evidence) const {
  return Measuring(m_graph, m_problem, m_ancestry, m_below, evidence).decide();
}

std::vector<model::RevisionVerdict> MeasureSearch::verdicts(const model::Evidence& evidence) const {
  return Measuring(m_graph, m_problem, m_ancestry, m_below, evidence).verdicts();
}

std::vector<double> MeasureSearch::posterior(const model::Evidence& evidence) const {
  return Measuring(m_graph, m_problem, m_ancestry, m_below, evidence).masses();
}

}  // namespace culprit::search
