// The loop of one call: do the ends hold; what does all evidence say of every commit; is that enough; else
// which experiment next. All is computed anew from the evidence.
//
// The start is run until the bug was seen a few times: the crash rate is the yardstick for every silence to
// come, and runs of a built revision are cheap.
//
// When to stop without an answer: the doubt left (bits) over the best plan's bits a second is the time that
// an answer would take. A bit costs an ideal search about a build and, at this crash rate, the runs that a
// noisy channel needs for it; where the time left is that of many more bits than there are, the doubt lies
// where nothing can be tested (a hole of broken builds) or where no run can settle it, and the set is
// reported.
#include "search/bayes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "search/plan/walls.h"
#include "search/tuning.h"

#include "search/belief/findings.h"
#include "search/evidence/inquiry.h"
#include "search/evidence/sameness.h"
#include "search/plan/choice.h"

namespace culprit::search {
namespace {

using model::Conclusion;
using model::Decision;
using model::Experiment;
using model::Problem;
using model::ResultKind;
using model::Verdict;

// Everything that follows from the evidence: built once for each decision, and again for each experiment that
// is added to it.
struct View {
  Findings findings;
  Cells cells;
  Posterior posterior;

  View(const Inquiry& inquiry, const Range& range, const Nodes& also)
      : findings(gather(inquiry, also)),
        cells(inquiry.ancestry(), range.prior.below(), findings.nodes),
        posterior(cells, range.prior, inquiry.cause() ? Positive::crashes : Positive::is_free,
                  findings.observations, make_readings(findings.runs, cells),
                  inquiry.problem().beliefs.rates) {}
  View(const View&) = delete;
  View& operator=(const View&) = delete;
};

struct Top {
  Position at = 0;
  double mass = 0;
};

class Step : public Inquiry {
 public:
  Step(const CommitGraph& graph, const Problem& problem, const Ancestry& ancestry, const Range& range,
       const model::Evidence& evidence)
      : Inquiry(graph, problem, ancestry, evidence, 3 * problem.runs_per_revision, problem.runs_per_revision),
        m_range(range),
        m_evidence(evidence),
        m_runs(evidence.runs) {
    set_batch(std::max(1, problem.run_slots));
  }

  Decision decide();
  std::vector<model::RevisionVerdict> verdicts();
  std::vector<double> masses();

 private:
  Answer warm_up() const;
  Answer lost_machine() const;
  void adapt_end_runs();
  Terrain terrain() const;
  std::vector<Top> ranking(const Posterior& posterior, double until, std::size_t most) const;
  void fill_standing(const View& view, const std::vector<Plan>& plans);
  Answer conclude_if_sure(const View& view);
  Decision name_culprit(const View& view, const Top& top);
  Decision name_older(const View& view, double mass) const;
  Decision report_set(const View& view, std::string why) const;
  std::string sensitivity(const View& view, Position answer) const;
  double spent() const;
  bool stands_still(const View& view) const;
  double rate_of_crashes(const View& view) const;
  double mean_run() const;
  double ideal_bit(const View& view) const;
  bool hopeless(const View& view, const std::vector<Plan>& plans) const;
  Decision choose(const View& first, const Terrain& ground);
  Answer settle_base(NodeIndex node) const;
  Plan at_release(const View& view, const Terrain& ground, Plan plan) const;
  Experiment experiment(const View& view, const Plan& plan, int free_runs) const;
  double older_mass(const Posterior& posterior) const;

  const Range& m_range;
  const model::Evidence& m_evidence;
  const std::vector<model::RunRecord>& m_runs;
};

Decision Step::decide() {
  if (Answer a = check_start()) return *a;
  if (Answer a = warm_up()) return *a;
  adapt_end_runs();
  if (cause()) {
    if (Answer a = check_good_ends(false)) return *a;
  } else {
    if (Answer a = check_head()) return *a;
    if (Answer a = check_fix_base()) return *a;
  }
  if (Answer a = lost_machine()) return *a;
  const View view(*this, m_range, {});
  if (Answer a = conclude_if_sure(view)) return *a;
  return choose(view, terrain());
}

// The crash rate at the start, once the crash is known to show.
Step::Answer Step::warm_up() const {
  const Revision* known = tally().find(start());
  const Counts counts = tally().pooled(*known);
  const int crashes = std::min(k_start_crashes, problem().runs_per_revision);
  if (counts.shown >= crashes || counts.valid() >= problem().runs_per_revision || known->said_bad > 0)
    return std::nullopt;
  if (counts.all() >= 2 * problem().runs_per_revision) return std::nullopt;
  const int wanted = std::min(crashes - counts.shown, problem().runs_per_revision - counts.valid());
  const int runs = std::min(wanted, std::max(1, problem().run_slots)) - known->pending_runs;
  Decision decision{.standing = standing()};
  if (runs > 0)
    decision.experiments.push_back({.commit = problem().start,
                                    .runs = runs,
                                    .stage = "start",
                                    .label = label(start()),
                                    .reason = "how often does it show?",
                                    .cost = runs * costs().crash_run});
  return decision;
}

// Ends get as many runs as leave a bad one little chance to look good, at the crash rate seen so far, and at
// most half of what a fixed number would be: what doubt remains is the posterior's business.
void Step::adapt_end_runs() {
  int runs = 1;
  while (2 * runs < problem().runs_per_revision && false_good(runs) > k_end_doubt) ++runs;
  set_end_runs(runs);
}

Step::Answer Step::lost_machine() const {
  int all = 0, lost = 0;
  for (const Revision& r : tally().revisions()) {
    const Counts counts = tally().own(r);
    all += counts.all() + r.build_infra;
    lost += counts.lost + r.build_infra;
  }
  if (lost < k_many_lost || lost < k_most_lost * all) return std::nullopt;
  return conclude(
      ResultKind::infrastructure, start(),
      fmt::format("{} of {} builds and runs were lost to the machine. Nothing is lost; resume when it "
                  "works.",
                  lost, all));
}

Terrain Step::terrain() const {
  Nodes skip;
  for (const auto& id : problem().skip)
    if (const auto at = graph().find(id)) skip.push_back(*at);
  Terrain ground = survey(tally(), ancestry(), m_range, skip, problem().beliefs);
  for (const NodeIndex node : settled(tally(), m_runs)) ground.buildable[ancestry().position(node)] = 0;
  if (!cause())  // a branch that never had the bug cannot show its fix
    for (const Revision& r : tally().revisions()) {
      if (!is(r.node, Verdict::good) || contains_crash(*this, r.node) || !never_had_it(*this, r.node))
        continue;
      for (const Interval& i : ancestry().intervals(r.node))
        for (Position at = i.begin; at < i.end; ++at)
          ground.buildable[at] = std::min(ground.buildable[at], 0.0f);
    }
  return ground;
}

// The most probable commits, most probable first, until their mass reaches `until`.
std::vector<Top> Step::ranking(const Posterior& posterior, double until, std::size_t most) const {
  // Cells by their densest commit; a cell's commits are looked at only if they can still rank.
  const auto& cells = posterior.cells();
  std::vector<Top> ranked;
  double floor = 0;  // what a commit must exceed to rank, once there are `most`
  std::vector<std::uint32_t> order(cells.segments().size());
  std::vector<double> density(order.size(), 0);
  for (std::uint32_t s = 0; s < order.size(); ++s) {
    order[s] = s;
    const auto cell = cells.segments()[s].cell;
    if (cells[cell].prior > 0) density[s] = posterior.cell_mass(cell) / cells[cell].prior;
  }
  std::ranges::sort(order, std::ranges::greater{}, [&](std::uint32_t s) { return density[s]; });
  const auto by_mass = [](const Top& a, const Top& b) {
    return a.mass > b.mass || (a.mass == b.mass && a.at > b.at);
  };
  for (const std::uint32_t s : order) {
    if (density[s] <= 0) break;
    const auto& segment = cells.segments()[s];
    for (Position at = segment.begin; at < segment.end; ++at) {
      const double mass = density[s] * m_range.prior.mass(at, at + 1);
      if (mass <= floor) continue;
      ranked.push_back({at, mass});
      if (ranked.size() >= 2 * most + 64) {
        std::ranges::nth_element(ranked, ranked.begin() + static_cast<std::ptrdiff_t>(most), by_mass);
        ranked.resize(most);
        floor = std::ranges::min_element(ranked, {}, &Top::mass)->mass;
      }
    }
  }
  std::ranges::sort(ranked, by_mass);
  if (ranked.size() > most) ranked.resize(most);
  double sum = 0;
  for (std::size_t i = 0; i < ranked.size(); ++i)
    if (sum += ranked[i].mass; sum >= until) {
      ranked.resize(i + 1);
      break;
    }
  return ranked;
}

double Step::older_mass(const Posterior& posterior) const {
  double sum = 0;
  const auto& cells = posterior.cells();
  for (const auto& segment : cells.segments()) {
    if (segment.begin >= m_range.older.size() || cells[segment.cell].prior <= 0) continue;
    // The ends of `older` are ancestor sets of observed revisions, or of the oldest release.
    for (Position at = segment.begin;
         at < std::min<Position>(segment.end, static_cast<Position>(m_range.older.size())); ++at)
      if (m_range.older[at])
        sum += m_range.prior.mass(at, at + 1) * posterior.cell_mass(segment.cell) / cells[segment.cell].prior;
  }
  return sum;
}

Step::Answer Step::conclude_if_sure(const View& view) {
  const double older = older_mass(view.posterior);
  if (older >= problem().confidence) return name_older(view, older);
  const auto top = ranking(view.posterior, 0, 1);
  if (top.empty() || top[0].mass < problem().confidence) return std::nullopt;
  if (top[0].at >= ancestry().size())
    return conclude(
        ResultKind::good_end_crashes, node(problem().head),
        fmt::format("Nothing between {} and {} fixes it.", name(start()), name(node(problem().head))));
  return name_culprit(view, top[0]);
}

Decision Step::name_culprit(const View& view, const Top& top) {
  const NodeIndex culprit = ancestry().node(top.at);
  fill_standing(view, {});
  if (Answer a = build_parents(culprit)) return *a;
  const Revision* known = tally().find(culprit);
  Decision d = conclude(
      ResultKind::culprit, culprit,
      fmt::format("{}: {}.", name(culprit), known ? judge(culprit).why : "follows from its neighbours"));
  Conclusion& c = *d.conclusion;
  c.culprit = graph().id(culprit);
  c.probability = top.mass;
  for (const Top& t : ranking(view.posterior, k_set, 5))
    if (t.at < ancestry().size()) c.candidates.push_back({graph().id(ancestry().node(t.at)), t.mass});
  describe(culprit, c);
  c.explanation += sensitivity(view, top.at);
  return d;
}

// The culprit is older than all that may be tested.
Decision Step::name_older(const View& view, double mass) const {
  if (!problem().good.empty()) {
    NodeIndex worst = node(problem().good.front());
    double p = -1;
    for (const auto& id : problem().good)
      if (const auto i = view.findings.find(node(id)); i && view.posterior.positive_mass(*i) > p) {
        p = view.posterior.positive_mass(*i);
        worst = node(id);
      }
    return conclude(ResultKind::good_end_crashes, worst,
                    fmt::format("{} was named good, but has the bug with {:.1f} %: {}.", name(worst), 100 * p,
                                judge(worst).why));
  }
  NodeIndex oldest = start();
  std::vector<std::string> unknown;
  for (const auto& tag : problem().releases) {
    const NodeIndex release = node(tag.commit);
    if (is(release, Verdict::bad))
      oldest = release;
    else if (tally().find(release))
      unknown.push_back(tag.name);
  }
  std::string text = fmt::format("The oldest tested {}, {}, already has the bug ({:.1f} %).",
                                 oldest == start() ? "revision" : "release", name(oldest), 100 * mass);
  if (!unknown.empty()) text += fmt::format(" Not testable: {}.", fmt::join(unknown, " "));
  Decision d = conclude(ResultKind::horizon, oldest, text);
  d.conclusion->probability = mass;
  d.conclusion->next_steps = {"name an older revision with --good"};
  return d;
}

Decision Step::report_set(const View& view, std::string why) const {
  Decision d = inconclusive(std::move(why), start(), {});
  Conclusion& c = *d.conclusion;
  const auto set = ranking(view.posterior, k_set, k_most_candidates);
  for (const Top& t : set) {
    c.probability += t.mass;
    if (t.at < ancestry().size()) c.candidates.push_back({graph().id(ancestry().node(t.at)), t.mass});
  }
  if (!set.empty()) c.explanation += sensitivity(view, set[0].at);
  std::vector<std::string> names;
  for (const Top& t : set)
    if (t.at < ancestry().size()) {
      const Revision* r = tally().find(ancestry().node(t.at));
      if (r && r->broken && names.size() < 3) names.push_back(name(r->node));
    }
  if (!names.empty()) c.next_steps.push_back(fmt::format("make {} build, and go on", fmt::join(names, ", ")));
  if (!cause() || m_range.older.empty()) return d;
  if (const double older = older_mass(view.posterior); older > 0.01)
    c.explanation += fmt::format(" With {:.1f} % the bug is older than all of this.", 100 * older);
  return d;
}

// What the answer would be if an open title were, or were not, the bug.
std::string Step::sensitivity(const View& view, Position answer) const {
  std::string out;
  const Posterior& posterior = view.posterior;
  const auto& open = view.findings.runs.open;
  for (std::size_t t = 0; t < open.size(); ++t) {
    double same = 0;
    for (std::size_t z = 0; z < posterior.readings().size(); ++z)
      same += posterior.readings()[z].same[t] ? posterior.reading_mass(z) : 0;
    const bool believed = same >= 0.5;
    // The best commit among the readings that say the opposite.
    std::vector<double> masses(posterior.cells().size(), 0);
    double all = 0;
    for (std::size_t z = 0; z < posterior.readings().size(); ++z) {
      if (posterior.readings()[z].same[t] == believed) continue;
      for (std::size_t c = 0; c < masses.size(); ++c)
        for (std::size_t j = 0; j < k_rates; ++j) masses[c] += posterior.joint(c)[z * k_rates + j];
    }
    for (const double m : masses) all += m;
    if (all < 1e-12) continue;
    const auto prefix = posterior.prefix(masses);
    Position best = 0;
    for (Position at = 0; at + 1 < prefix.size(); ++at)
      if (prefix[at + 1] - prefix[at] > prefix[best + 1] - prefix[best]) best = at;
    const auto share = [&](Position at) { return (prefix[at + 1] - prefix[at]) / all; };
    if (best >= ancestry().size() || (best == answer && share(best) > 0.5)) continue;
    const std::string other = name(ancestry().node(best));
    std::string instead = fmt::format("the answer is {} instead", other);
    if (best == answer)
      instead = fmt::format("it is one of several, this one with {:.0f} %", 100 * share(best));
    else if (share(best) <= 0.5)
      instead = fmt::format("it is one of several, {} with {:.0f} %", other, 100 * share(best));
    out += fmt::format(" \"{}\" is taken for {} ({:.1f} %); if it {}, {}.", open[t].title,
                       believed ? "the same bug" : "another bug", 100 * (believed ? same : 1 - same),
                       believed ? "is another" : "is the same bug", instead);
  }
  return out;
}

void Step::fill_standing(const View& view, const std::vector<Plan>& plans) {
  model::Standing& s = standing();
  const auto top = ranking(view.posterior, k_set, 5);
  s.top.clear();
  for (const Top& t : top)
    if (t.at < ancestry().size()) s.top.push_back({graph().id(ancestry().node(t.at)), t.mass});
  // The size of the 99 % set, cell by cell: within a cell, priors are near enough to uniform for a display.
  const auto& cells = view.cells;
  std::vector<std::pair<double, double>> density;  // mass a commit, commits
  for (const auto& segment : cells.segments()) {
    const double prior = cells[segment.cell].prior;
    const double mass = prior > 0 ? view.posterior.cell_mass(segment.cell) / prior *
                                        m_range.prior.mass(segment.begin, segment.end)
                                  : 0;
    if (mass > 0) density.emplace_back(mass / (segment.end - segment.begin), segment.end - segment.begin);
  }
  std::ranges::sort(density, std::ranges::greater{});
  double sum = 0, count = 0;
  for (const auto& [each, commits] : density) {
    const double take = std::min(commits, std::ceil((k_set - sum) / each));
    if (take <= 0) break;
    sum += take * each;
    count += take;
  }
  s.revisions_left = static_cast<std::size_t>(std::max(1.0, count));
  double newest_good = -1, oldest_bad = 1e300;
  for (std::size_t i = 0; i < view.findings.nodes.size(); ++i) {
    const NodeIndex n = view.findings.nodes[i];
    const double positive = view.posterior.positive_mass(i);
    const double at = ancestry().position(n);
    if (positive < 1 - k_end_from && at > newest_good) {
      newest_good = at;
      (cause() ? s.good_end : s.bad_end) = graph().id(n);
    }
    if (positive > k_end_from && at < oldest_bad) {
      oldest_bad = at;
      (cause() ? s.bad_end : s.good_end) = graph().id(n);
    }
  }
  if (plans.empty()) return;
  // What the best plan earns a second is no measure of it: where a binary is at hand, a run of it earns more than anything
  // that comes after.
  s.cost_left = view.posterior.entropy() * ideal_bit(view) + k_confirming_runs * mean_run();
  if (problem().verify)
    s.cost_left += k_check_builds * costs().build +
                   (k_check_runs + k_check_crashes / rate_of_crashes(view)) * mean_run();
  s.steps_left = static_cast<int>(std::ceil(std::log2(std::max(1.0, count))));
}

// Seconds that builds and runs have taken.
double Step::spent() const {
  double seconds = 0;
  for (const Revision& r : tally().revisions()) {
    if (r.built || r.broken) seconds += costs().build;
    for (const model::RunRecord* run : r.runs) seconds += run->seconds;
  }
  return seconds;
}

// The last runs, a share of all, were of many new revisions, moved the posterior hardly and left the doubt as it was: what the
// model expects of further revisions it expected of these.
bool Step::stands_still(const View& view) const {
  const auto first =
      m_runs.size() - static_cast<std::size_t>(k_still_share * static_cast<double>(m_runs.size()));
  std::set<model::CommitId> known, fresh;
  for (std::size_t i = 0; i < m_runs.size(); ++i)
    if (i < first)
      known.insert(m_runs[i].commit);
    else if (!known.contains(m_runs[i].commit))
      fresh.insert(m_runs[i].commit);
  if (fresh.size() < k_still_revisions ||
      static_cast<double>(fresh.size()) < 2 * std::log2(2 + static_cast<double>(ancestry().size())))
    return false;
  model::Evidence earlier = m_evidence;
  earlier.runs.resize(first);
  const Step then(graph(), problem(), ancestry(), m_range, earlier);
  const View before(then, m_range, {});
  if (view.posterior.entropy() < k_still_doubt * before.posterior.entropy()) return false;
  const std::vector<double> now = view.posterior.prefix(), was = before.posterior.prefix();
  double moved = 0;
  for (std::size_t at = 0; at + 1 < now.size(); ++at)
    moved += std::abs((now[at + 1] - now[at]) - (was[at + 1] - was[at])) / 2;
  return moved < k_still_moved;
}

double Step::rate_of_crashes(const View& view) const {
  double p = 0;
  for (std::size_t m = 0; m < view.posterior.width(); ++m)
    p += view.posterior.nuisance()[m] * rates()[m % k_rates].next(0, 0);
  return std::clamp(p, 0.01, 0.999);
}

// Half of the runs are on revisions that have the bug: a crash may take far longer than a quiet run, or far less.
double Step::mean_run() const { return (costs().ok_run + std::max(costs().ok_run, costs().crash_run)) / 2; }

// The ideal cost of a bit, in seconds: a build, and the runs by the capacity of the channel "crashes in p of the runs".
double Step::ideal_bit(const View& view) const {
  const double p = rate_of_crashes(view);
  return costs().build + mean_run() / std::log2(1 + p * std::pow(1 - p, (1 - p) / p));
}

bool Step::hopeless(const View& view, const std::vector<Plan>& plans) const {
  if (plans.empty()) return true;
  const double ideal = ideal_bit(view);
  const double rate = plans[0].bits / std::max(plans[0].seconds, 1e-9);
  if (too_early_to_give_up(plans[0].masked, spent(), ideal)) return false;
  int built = 0, broken = 0;
  for (const Revision& r : tally().revisions()) (r.broken ? broken : built) += r.built || r.broken;
  const bool in_vain = broken >= std::max(k_vain_builds, built);
  const double ideally = ideal * std::log2(2 + static_cast<double>(ancestry().size()));
  const double patience = spent() > k_overspent * ideally ? k_late_patience
                          : in_vain                       ? k_last_patience
                                                          : k_patience;
  const double worth = rate * ideal;
  if (view.posterior.entropy() > worth * patience) return true;
  return view.posterior.entropy() > worth * k_late_patience && spent() > k_still_spent * ideally &&
         stands_still(view);
}

// fix: a branch beside the start's line is worth testing only if it had the bug where it began.
Step::Answer Step::settle_base(NodeIndex node) const {
  if (cause() || contains_crash(*this, node)) return std::nullopt;
  for (const NodeIndex base : bases_with_start(node))
    if (Answer a =
            settle(base, "merge-base", fmt::format("had the bug reached the branch of {}?", name(node))))
      return a;
  return std::nullopt;
}

// As long as nothing is known to be free of the bug, the walk back goes from release to release where one tells about as
// much as the commit that tells most: releases build, and people know them. Not where others' crashes are in the way.
Plan Step::at_release(const View& view, const Terrain& ground, Plan plan) const {
  if (plan.built || !cause() || !problem().good.empty() || older_mass(view.posterior) < k_good_known)
    return plan;
  const auto chances = [&](NodeIndex at) {
    const auto position = ancestry().position(at);
    return ground.buildable[position] * ground.valid[position];
  };
  const std::vector<double> below = view.posterior.prefix();
  double nearest = k_near_release;
  Plan out = plan;
  for (const auto& tag : problem().releases) {
    const NodeIndex release = node(tag.commit);
    if (tally().find(release) != nullptr || skipped(release) || chances(release) < chances(plan.node))
      continue;
    const double positive = ancestry().ancestor_sum(below, release);
    if (std::abs(positive - plan.positive) >= nearest) continue;
    nearest = std::abs(positive - plan.positive);
    out.node = release;
    out.positive = positive;
  }
  return out;
}

Experiment Step::experiment(const View& view, const Plan& plan, int free_runs) const {
  Experiment e{.commit = graph().id(plan.node),
               .label = label(plan.node),
               .information = plan.bits,
               .cost = plan.seconds};
  e.runs = std::clamp(free_runs, 1, plan.runs);
  const bool good_known = !problem().good.empty() || !cause() || older_mass(view.posterior) < k_good_known;
  e.stage = plan.built ? "confirm" : !e.label.empty() && !good_known ? "release" : "bisect";
  e.reason = plan.built
                 ? fmt::format("run again: holds the culprit with {:.1f} %", 100 * plan.positive)
                 : fmt::format("{:.0f} % of the probability is on it and its ancestors", 100 * plan.positive);
  return e;
}

Decision Step::choose(const View& first, const Terrain& ground) {
  int free_builds = std::max(1, problem().build_slots);
  int free_runs = std::max(1, problem().run_slots);
  struct Pending {
    NodeIndex node;
    int runs;
    bool building;
  };
  std::vector<Pending> pending;
  for (const Revision& r : tally().revisions())
    if (r.pending()) {
      pending.push_back({r.node, std::max(1, r.pending_runs), r.building});
      free_builds -= r.building;
      free_runs -= r.pending_runs;
    }
  Decision decision;
  double best_worth = 0;
  while (free_runs > 0) {
    Nodes also;
    for (const Pending& p : pending) also.push_back(p.node);
    std::optional<View> next;
    if (!pending.empty()) next.emplace(*this, m_range, also);
    const View& view = next ? *next : first;
    Choice choice(view.posterior, ancestry(), ground, costs(), view.findings.runs);
    for (const Pending& p : pending) {
      if (const auto i = view.findings.find(p.node)) choice.expect(*i, p.runs);
      if (p.building) choice.exclude(p.node);
    }
    std::vector<Plan> plans = choice.rank();
    if (decision.experiments.empty()) {
      fill_standing(first, plans);
      if (hopeless(first, plans)) {
        if (!pending.empty()) break;
        const auto n = ranking(first.posterior, k_set, k_most_candidates).size();
        const std::string count =
            n < k_most_candidates ? std::to_string(n) : fmt::format("more than {}", n - 1);
        return report_set(
            first, fmt::format("{} commits remain that hold 99 % of the probability, and no experiment "
                               "within reach tells them apart.",
                               count));
      }
    }
    std::erase_if(plans, [&](const Plan& plan) { return !plan.built && free_builds <= 0; });
    if (plans.empty() || plans[0].worth < k_not_worth_a_slot * best_worth) break;
    const Plan plan = at_release(view, ground, plans[0]);
    best_worth = std::max(best_worth, plan.worth);
    if (!plan.built)
      if (Answer a = settle_base(plan.node)) {
        if (decision.experiments.empty()) return *a;
        break;
      }
    const int share = free_builds > 1 ? 1 : free_runs;  // runs of one revision side by side, if there is room
    decision.experiments.push_back(experiment(view, plan, share));
    const int runs = decision.experiments.back().runs;
    free_runs -= runs;
    free_builds -= !plan.built;
    const auto known = std::ranges::find(pending, plan.node, &Pending::node);
    if (known != pending.end())
      known->runs += runs;
    else
      pending.push_back({plan.node, runs, !plan.built});
  }
  decision.standing = standing();
  return decision;
}

std::vector<model::RevisionVerdict> Step::verdicts() {
  adapt_end_runs();
  const View view(*this, m_range, {});
  std::vector<model::RevisionVerdict> out;
  for (const Revision& r : tally().revisions()) {
    if (!r.built && !r.broken && r.build_infra == 0 && r.said_good + r.said_bad + r.said_skip == 0) continue;
    const Judgement j = judge(r.node);
    model::RevisionVerdict v{graph().id(r.node), j.verdict, j.p_bad, j.why};
    const auto i = view.findings.find(r.node);
    const bool tested = tally().pooled(r).valid() + tally().pooled(r).open + r.said_good + r.said_bad > 0;
    if (i && tested && r.node != start()) {
      const double positive = view.posterior.positive_mass(*i);
      v.p_bad = cause() ? positive : 1 - positive;
      v.verdict = v.p_bad >= k_verdict_from       ? Verdict::bad
                  : v.p_bad <= 1 - k_verdict_from ? Verdict::good
                                                  : Verdict::unknown;
    }
    out.push_back(std::move(v));
  }
  return out;
}

// By node.
std::vector<double> Step::masses() {
  adapt_end_runs();
  const View view(*this, m_range, {});
  const std::vector<double> below = view.posterior.prefix();
  std::vector<double> out(graph().size(), 0);
  for (Position at = 0; at < ancestry().size(); ++at) out[ancestry().node(at)] = below[at + 1] - below[at];
  return out;
}

}  // namespace

class BayesSearch::Impl {
 public:
  Impl(const CommitGraph& graph, Problem problem)
      : m_graph(graph),
        m_problem(std::move(problem)),
        m_ancestry(graph, tips_of(graph, m_problem)),
        m_range(make_range(graph, m_problem, m_ancestry)) {}
  Step step(const model::Evidence& evidence) const {
    return {m_graph, m_problem, m_ancestry, m_range, evidence};
  }

 private:
  const CommitGraph& m_graph;
  Problem m_problem;
  Ancestry m_ancestry;
  Range m_range;
};

BayesSearch::BayesSearch(const CommitGraph& graph, Problem problem)
    : m_impl(std::make_unique<const Impl>(graph, std::move(problem))) {}
BayesSearch::~BayesSearch() = default;

Decision BayesSearch::next(const model::Evidence& evidence) const { return m_impl->step(evidence).decide(); }

std::vector<model::RevisionVerdict> BayesSearch::verdicts(const model::Evidence& evidence) const {
  return m_impl->step(evidence).verdicts();
}

std::vector<double> BayesSearch::posterior(const model::Evidence& evidence) const {
  return m_impl->step(evidence).masses();
}

}  // namespace culprit::search
