// Bits for seconds. A run of a revision is a noisy channel from "does it hold the culprit" to "does it
// crash"; its mutual information with the culprit's identity is what it is expected to teach. A build is paid
// once and makes all later runs of that revision cheap, so plans of n runs are compared, for many n:
// information of "a crash within n runs" over the build and the runs expected until the first crash. One run
// is done, everything is updated, and plans are ranked again.
//
// The information is computed on the joint posterior of culprit, crash rates and readings of the titles, so a
// run on a revision that is surely bad has its worth too: it tells a constant rate from a swinging one, and
// with it how much a quiet revision proves. That is done for built revisions in doubt and for the most
// promising new ones; these are found through a table of information by ancestor mass, made for the mean
// crash rate.
//
// Greed overrates one thing: a doubt about a quiet revision is often settled for free by the next quiet one
// above it. So another run competes with a new build at a discount, the larger the more of the new plan's
// cost is its build (where runs are the dearer part, a new revision settles little for free). k_discount is
// from simulation.
//
// With several experiments at a time, the worth of one depends on how those under way end. The futures are
// enumerated, the least likely dropped; the information is averaged over them (the chain rule: what the next
// experiment tells beyond the ones under way).
#include "search/plan/choice.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/log_space.h"
#include "search/plan/tuning.h"

namespace culprit::search {
namespace {

// Numbers of runs that plans are compared for.
constexpr std::array<int, 12> k_run_counts = {1, 2, 3, 4, 6, 8, 11, 15, 20, 27, 36, 48};

// Bits of an event of probability p.
// Bits of three outcomes: all quiet (probability `quiet`), no crash under the known title (`unnamed`, quiet
// included), such a crash.
double entropy(double quiet, double unnamed) {
  const auto term = [](double p) { return p <= 0 ? 0 : -p * std::log2(p); };
  return unnamed - quiet < 1e-12 ? base::binary_entropy(quiet)
                                 : term(quiet) + term(unnamed - quiet) + term(1 - unnamed);
}

struct Prospect {
  double bits = 0;
  double quiet = 1;  // P(no crash that would end the plan): with open titles, only the known one ends it
};

// The best number of runs: `after(n)` is the prospect of n runs, asked for growing n.
template <class After>
Plan best_plan(double build, double buildable, double valid, const Costs& costs, After after) {
  Plan best;
  double best_rate = 0;
  double expected_runs = 0;
  double still_quiet = 1;
  int before = 0;
  for (const int n : k_run_counts) {
    const Prospect p = after(n);
    // Run i + 1 happens if i runs were quiet: the sum over i < n, by the trapezoid rule between counts.
    expected_runs += (n - before) * (still_quiet + p.quiet) / 2 + (still_quiet - p.quiet) / 2;
    still_quiet = p.quiet;
    before = n;
    const double crash = 1 - p.quiet;
    const double seconds = (expected_runs - crash) * costs.ok_run + crash * costs.crash_run;
    Plan plan{.runs = n, .bits = buildable * p.bits, .seconds = build + buildable * seconds / valid};
    const double rate = plan.bits / std::max(plan.seconds, 1e-9);
    if (rate > best_rate) {
      best = plan;
      best_rate = rate;
    } else if (rate < k_falling_rate * best_rate) {
      break;
    }
  }
  best.worth = best_rate;
  return best;
}

}  // namespace

// A revision that is considered: an observation that is built, or a new one.
struct Choice::Revision {
  NodeIndex node = 0;
  std::size_t observation = 0;
  bool built = false;
};

Choice::Choice(const Posterior& posterior, const Ancestry& ancestry, const Terrain& terrain,
               const Costs& costs, const TitledRuns& titled)
    : m_posterior(posterior),
      m_ancestry(ancestry),
      m_terrain(terrain),
      m_costs(costs),
      m_titled(titled),
      m_limits(posterior.observations(), titled) {
  for (std::size_t c = 0; c < posterior.cells().size(); ++c)
    if (posterior.cell_mass(c) > 1e-6) m_cells.push_back(c);
  for (std::size_t m = 0; m < posterior.width(); ++m)
    if (posterior.nuisance()[m] > 1e-5) m_nuisances.push_back(m);
  for (std::size_t z = 1; z < posterior.readings().size(); ++z)
    if (posterior.reading_mass(z) > posterior.reading_mass(m_best_reading)) m_best_reading = z;
  Future now{.extra = std::vector<Sample>(posterior.observations().size())};
  double sum = 0;
  for (const std::size_t c : m_cells)
    for (const std::size_t m : m_nuisances) {
      now.joint.push_back(posterior.joint(c)[m]);
      sum += now.joint.back();
    }
  for (double& w : now.joint) w /= sum;
  m_futures.push_back(std::move(now));
  tabulate();
}

Sample Choice::seen(const Future& future, std::size_t m, std::size_t i) const {
  Sample sample = m_posterior.pooled(m / k_rates, i);
  sample.crashes += future.extra[i].crashes;
  sample.runs += future.extra[i].runs;
  return sample;
}

bool Choice::excluded(NodeIndex node) const {
  return std::ranges::find(m_excluded, node) != m_excluded.end();
}

void Choice::expect(std::size_t i, int runs) {
  const bool crashes = m_posterior.positive() == Positive::crashes;
  std::vector<Future> split;
  for (const Future& future : m_futures) {
    Future quiet = future;
    Future crash = future;
    double quiet_mass = 0, crash_mass = 0;
    const double good_quiet = std::pow(
        1 - next_good(seen(future, m_best_reading * k_rates, i), m_posterior.false_rate_masses()), runs);
    std::vector<double> bad_quiet(width(), 1);
    for (std::size_t j = 0; j < width(); ++j) {
      const Sample s = seen(future, m_nuisances[j], i);
      for (int n = 0; n < runs; ++n)
        bad_quiet[j] *= 1 - rates()[m_nuisances[j] % k_rates].next(s.crashes, s.runs + n);
    }
    for (std::size_t k = 0; k < m_cells.size(); ++k) {
      const bool bad = m_posterior.cells()[m_cells[k]].positive(i) == crashes;
      for (std::size_t j = 0; j < width(); ++j) {
        const double q = bad ? bad_quiet[j] : good_quiet;
        quiet_mass += row(quiet, k)[j] *= q;
        crash_mass += row(crash, k)[j] *= 1 - q;
      }
    }
    quiet.extra[i].runs += runs;
    crash.extra[i].runs += 1;
    crash.extra[i].crashes += 1;
    for (auto [f, mass] : {std::pair{&quiet, quiet_mass}, std::pair{&crash, crash_mass}}) {
      if (mass < 1e-4) continue;
      for (double& w : f->joint) w /= mass;
      f->weight *= mass;
      split.push_back(std::move(*f));
    }
  }
  std::ranges::sort(split, std::ranges::greater{}, &Future::weight);
  if (split.size() > k_futures) split.resize(k_futures);
  double sum = 0;
  for (const Future& f : split) sum += f.weight;
  for (Future& f : split) f.weight /= sum;
  m_futures = std::move(split);
}

// At a built revision its own runs tell, and a new one's are guessed from the nearest tested revisions on
// either side. Where another crash is in the way, how often it lets a run through is learned from all
// revisions that have it: one masked run of one is no proof that none gets through.
std::vector<Choice::Traffic> Choice::traffic(const Revision& revision) const {
  const auto& readings = m_posterior.readings();
  std::vector<Traffic> out(readings.size());
  if (m_titled.open.empty()) return out;
  const std::size_t n = m_posterior.observations().size();
  const Position at = m_ancestry.position(revision.node);
  const auto place = [&](std::size_t i) { return m_ancestry.position(m_posterior.observations()[i].node); };
  std::optional<std::size_t> left, right;
  std::vector<double> ended(n);
  for (std::size_t i = 0; i < n; ++i) {
    ended[i] = m_titled.quiet[i] + m_titled.certain[i];
    for (const OpenTitle& title : m_titled.open) ended[i] += title.crashes[i];
    const Position there = place(i);
    if (there == at || ended[i] == 0) continue;
    if (there < at && (!left || place(*left) < there)) left = i;
    if (there > at && (!right || place(*right) > there)) right = i;
  }
  // How often each title ends a run where it shows.
  std::vector<double> usual_of;
  for (const OpenTitle& title : m_titled.open) {
    double masked = 0, all = 0;
    for (std::size_t i = 0; i < n; ++i)
      if (title.crashes[i] > 0) masked += title.crashes[i] - title.completed[i], all += ended[i];
    usual_of.push_back((masked + 1) / (all + 1.5));
  }
  for (std::size_t z = 0; z < readings.size(); ++z) {
    std::vector<double> other(n, 0), same(n, 0), usual(n, 0);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t t = 0; t < m_titled.open.size(); ++t) {
        const OpenTitle& title = m_titled.open[t];
        if (readings[z].same[t]) {
          same[i] += title.crashes[i];
        } else if (title.crashes[i] > title.completed[i]) {
          other[i] += title.crashes[i] - title.completed[i];
          usual[i] = std::max(usual[i], usual_of[t]);
        }
      }
    const auto masked_at = [&](std::size_t i, double guess) {
      const double weight = other[i] > 0 ? k_usual_weighs : k_neighbours_weigh;
      return (other[i] + weight * (other[i] > 0 ? usual[i] : guess)) / (ended[i] + weight);
    };
    const auto renamed_at = [&](std::size_t i, double guess) {
      return (same[i] + k_neighbours_weigh * guess) / (same[i] + m_titled.certain[i] + k_neighbours_weigh);
    };
    Traffic guess;
    double near = 0;
    for (const auto& i : {left, right}) {
      if (!i) continue;
      const double distance = std::abs(static_cast<double>(place(*i)) - static_cast<double>(at));
      guess.masked += masked_at(*i, 0) / distance;
      guess.renamed += renamed_at(*i, 0) / distance;
      near += 1 / distance;
    }
    guess.masked = near > 0 ? guess.masked / near : k_title_out_of_nowhere;
    guess.renamed = near > 0 ? guess.renamed / near : k_title_out_of_nowhere;
    // Which title a crash has at one place hardly varies: a few crashes there outweigh the neighbours.
    const bool here = revision.built;
    out[z].masked =
        std::clamp(here ? masked_at(revision.observation, guess.masked) : guess.masked, 0.0, 0.99);
    out[z].renamed =
        std::clamp(here ? renamed_at(revision.observation, guess.renamed) : guess.renamed, 0.0, 0.999);
  }
  return out;
}

// What n runs of one revision would show under each (reading, rate), as n grows.
struct Choice::Showing {
  std::vector<double> bad_quiet, bad_unnamed, good_quiet, good_unnamed;
};

Plan Choice::evaluate(const Revision& revision) const {
  const auto& [node, observation, built] = revision;
  const bool crashes = m_posterior.positive() == Positive::crashes;
  std::vector<double> share;
  if (!built) share = m_posterior.share_within(m_ancestry.intervals(node));
  const std::vector<Traffic> passing = traffic(revision);
  const bool plain = m_titled.open.empty();
  // For each future: the cells for which the revision may be bad, or good, and its runs' chances. Without
  // open titles all good cells are one.
  struct Part {
    const double* joint;
    double share;  // of the cell's mass
    bool bad;
  };
  struct View {
    double weight;
    double good = 0;
    double crash_if_good = 0;
    std::vector<Part> parts;
    std::vector<Sample> seen;
    Showing shows;
  };
  std::vector<View> views;
  double positive = 0;
  for (const Future& future : m_futures) {
    View& view = views.emplace_back(View{.weight = future.weight});
    const std::vector<double> ones(width(), 1);
    view.shows = {ones, ones, ones, ones};
    double bad_mass = 0;
    for (std::size_t k = 0; k < m_cells.size(); ++k) {
      const double in = built ? m_posterior.cells()[m_cells[k]].positive(observation) : share[m_cells[k]];
      const double bad = std::clamp(crashes ? in : 1 - in, 0.0, 1.0);
      double mass = 0;
      for (std::size_t j = 0; j < width(); ++j) mass += row(future, k)[j];
      bad_mass += bad * mass;
      if (bad * mass > 1e-7) view.parts.push_back({row(future, k), bad, true});
      if (!plain && (1 - bad) * mass > 1e-7) view.parts.push_back({row(future, k), 1 - bad, false});
    }
    view.good = std::max(0.0, 1 - bad_mass);
    positive += future.weight * (crashes ? bad_mass : view.good);
    for (const std::size_t m : m_nuisances)
      view.seen.push_back(built ? seen(future, m, observation) : Sample{});
    view.crash_if_good = next_good(built ? seen(future, m_best_reading * k_rates, observation) : Sample{},
                                   m_posterior.false_rate_masses());
  }
  const auto run_once = [&](View& view, int i) {
    Showing& s = view.shows;
    for (std::size_t j = 0; j < width(); ++j) {
      const Traffic& t = passing[m_nuisances[j] / k_rates];
      const double rate = rates()[m_nuisances[j] % k_rates].next(view.seen[j].crashes, view.seen[j].runs + i);
      const double through = 1 - t.masked;
      s.bad_quiet[j] *= through * (1 - rate);
      s.bad_unnamed[j] *= 1 - through * rate * (1 - t.renamed);
      s.good_quiet[j] *= through * (1 - view.crash_if_good);
      s.good_unnamed[j] *= 1 - through * view.crash_if_good;
    }
  };
  const auto prospect = [&](const View& view) {
    const Showing& s = view.shows;
    double quiet = 0, unnamed = 0, left = 0;
    if (plain) {
      quiet = unnamed = view.good * s.good_quiet[0];
      left = view.good * base::binary_entropy(s.good_quiet[0]);
    }
    for (const Part& part : view.parts) {
      const auto& q = part.bad ? s.bad_quiet : s.good_quiet;
      const auto& u = part.bad ? s.bad_unnamed : s.good_unnamed;
      double mass = 0, quiet_mass = 0, unnamed_mass = 0;
      for (std::size_t j = 0; j < width(); ++j) {
        mass += part.joint[j];
        quiet_mass += part.joint[j] * q[j];
        unnamed_mass += part.joint[j] * (plain ? q[j] : u[j]);
      }
      quiet += part.share * quiet_mass;
      unnamed += part.share * unnamed_mass;
      left += part.share * mass * entropy(quiet_mass / mass, unnamed_mass / mass);
    }
    return Prospect{std::max(0.0, entropy(std::clamp(quiet, 0.0, 1.0), std::clamp(unnamed, 0.0, 1.0)) - left),
                    unnamed};
  };
  const Position at = m_ancestry.position(node);
  int done = 0;
  const auto after = [&](int n) {
    Prospect mean{.quiet = 0};
    for (View& view : views) {
      for (int i = done; i < n; ++i) run_once(view, i);
      const Prospect here = prospect(view);
      mean.bits += view.weight * here.bits;
      mean.quiet += view.weight * here.quiet;
    }
    done = n;
    return mean;
  };
  const bool to_build = !built || std::ranges::find(m_terrain.gone, at) != m_terrain.gone.end();
  Plan plan =
      best_plan(to_build ? m_costs.build : 0, built ? 1 : static_cast<double>(m_terrain.buildable[at]),
                static_cast<double>(m_terrain.valid[at]), m_costs, after);
  plan.node = node;
  plan.built = built;
  plan.positive = positive;
  plan.masked = passing[m_best_reading].masked;
  return plan;
}

void Choice::tabulate() {
  const bool crashes = m_posterior.positive() == Positive::crashes;
  std::array<double, k_rates> weight{};
  for (std::size_t m = 0; m < m_posterior.width(); ++m) weight[m % k_rates] += m_posterior.nuisance()[m];
  struct Row {
    double bad, good, bad_entropy, good_entropy;
  };
  std::array<Row, k_run_counts.size()> rows{};
  std::array<double, k_rates> quiet{};
  quiet.fill(1);
  int done = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    double bad = 0;
    for (std::size_t j = 0; j < k_rates; ++j) {
      for (int n = done; n < k_run_counts[i]; ++n) quiet[j] *= 1 - rates()[j].next(0, n);
      bad += weight[j] * quiet[j];
    }
    done = k_run_counts[i];
    const double good = std::pow(1 - next_good({}, m_posterior.false_rate_masses()), done);
    rows[i] = {bad, good, base::binary_entropy(bad), base::binary_entropy(good)};
  }
  m_table_bits.assign(k_table, 0);
  m_table_seconds.assign(k_table, m_costs.ok_run);
  for (std::size_t i = 1; i + 1 < k_table; ++i) {
    const double positive = static_cast<double>(i) / (k_table - 1);
    const double bad = crashes ? positive : 1 - positive;
    std::size_t at = 0;
    const Plan plan = best_plan(m_costs.build, 1, 1, m_costs, [&](int) {
      const Row& r = rows[at++];
      const double none = bad * r.bad + (1 - bad) * r.good;
      return Prospect{base::binary_entropy(none) - bad * r.bad_entropy - (1 - bad) * r.good_entropy, none};
    });
    m_table_bits[i] = plan.bits;
    m_table_seconds[i] = plan.seconds - m_costs.build;
  }
}

// The mass of each cell in `future`; of one reading alone if named, then as if that were all.
std::vector<double> Choice::cell_masses(const Future& future, std::optional<std::size_t> reading) const {
  std::vector<double> masses(m_posterior.cells().size(), 0);
  double all = 0;
  for (std::size_t k = 0; k < m_cells.size(); ++k)
    for (std::size_t j = 0; j < width(); ++j) {
      if (reading && m_nuisances[j] / k_rates != *reading) continue;
      masses[m_cells[k]] += row(future, k)[j];
      all += row(future, k)[j];
    }
  if (reading && all > 0)
    for (double& mass : masses) mass /= all;
  return masses;
}

// The new revisions that look best by the table: the best one of each segment, and of these the best few. A
// reading that is in doubt has its own: what tells most if it is right may say nothing if it is not.
std::vector<NodeIndex> Choice::promising() const {
  std::vector<NodeIndex> nodes;
  const auto add = [&](const std::vector<double>& masses, std::size_t most) {
    for (const NodeIndex node : promising(masses, most))
      if (std::ranges::find(nodes, node) == nodes.end()) nodes.push_back(node);
  };
  const std::size_t each = m_futures.size() == 1 ? k_candidates : 2;
  for (const Future& future : m_futures) add(cell_masses(future, std::nullopt), each);
  std::vector<std::pair<double, std::size_t>> doubtful;  // mass, reading
  for (std::size_t z = 0; z < m_posterior.readings().size(); ++z)
    if (const double mass = m_posterior.reading_mass(z); mass > k_least_reading && mass < 1 - k_least_reading)
      doubtful.emplace_back(-mass, z);
  std::ranges::sort(doubtful);
  if (doubtful.size() > k_doubtful_readings) doubtful.resize(k_doubtful_readings);
  for (const auto& [mass, z] : doubtful) add(cell_masses(m_futures.front(), z), k_candidates_of_reading);
  return nodes;
}

std::vector<NodeIndex> Choice::promising(const std::vector<double>& masses, std::size_t most) const {
  struct Best {
    double score = 0;
    Position at = 0;
  };
  std::vector<double> positive(m_ancestry.size());
  m_ancestry.ancestor_sums(m_posterior.prefix(masses), positive);
  std::vector<Best> best;
  for (const auto& segment : m_posterior.cells().segments()) {
    Best here;
    for (Position at = segment.begin;
         at < std::min<Position>(segment.end, static_cast<Position>(positive.size())); ++at) {
      const float buildable = m_terrain.buildable[at];
      if (buildable <= 0 || buildable > 1) continue;
      const double x = std::clamp(positive[at], 0.0, 1.0) * (k_table - 1);
      const auto i = std::min(static_cast<std::size_t>(x), k_table - 2);
      const double f = x - static_cast<double>(i);
      const double bits = m_table_bits[i] + f * (m_table_bits[i + 1] - m_table_bits[i]);
      const double seconds = m_table_seconds[i] + f * (m_table_seconds[i + 1] - m_table_seconds[i]);
      const double score =
          buildable * bits / (m_costs.build + buildable * seconds / static_cast<double>(m_terrain.valid[at]));
      if (score > here.score && (m_excluded.empty() || !excluded(m_ancestry.node(at)))) here = {score, at};
    }
    if (here.score > 0) best.push_back(here);
  }
  const std::size_t keep = std::min(best.size(), most);
  std::ranges::partial_sort(best, best.begin() + static_cast<std::ptrdiff_t>(keep), std::ranges::greater{},
                            &Best::score);
  std::vector<NodeIndex> nodes;
  for (std::size_t i = 0; i < keep; ++i) nodes.push_back(m_ancestry.node(best[i].at));
  return nodes;
}

// Built revisions, most doubtful first; a run cannot tell more than the doubt, unless it teaches of rates.
std::vector<Plan> Choice::built_plans(double best) const {
  struct Built {
    double doubt;
    std::size_t observation;
  };
  std::vector<Built> built;
  // Of revisions with one binary and the same chance to hold the culprit, one is enough. Where they differ, the
  // culprit may lie between equal binaries, and which of them is run matters.
  std::vector<std::vector<double>> taken;  // by binary
  for (std::size_t i = 0; i < m_posterior.observations().size(); ++i) {
    const auto& o = m_posterior.observations()[i];
    if (m_terrain.buildable[m_ancestry.position(o.node)] <= 1 || excluded(o.node)) continue;
    if (taken.size() <= o.binary) taken.resize(o.binary + 1);
    const double positive = m_posterior.positive_mass(i);
    const auto equal = [&](double other) { return std::abs(other - positive) < k_equal_mass; };
    if (std::ranges::any_of(taken[o.binary], equal)) continue;
    taken[o.binary].push_back(positive);
    if (m_limits.exhausted(o.binary)) continue;
    built.push_back({base::binary_entropy(std::clamp(positive, 0.0, 1.0)), i});
  }
  std::ranges::stable_sort(built, std::ranges::greater{}, &Built::doubt);
  const double slow = k_slow_bits / (m_costs.build + m_costs.ok_run);
  std::vector<Plan> plans;
  for (const auto& [doubt, i] : built) {
    if (doubt / m_costs.crash_run < best && best > slow) break;
    plans.push_back(evaluate({m_posterior.observations()[i].node, i, true}));
    best = std::max(best, plans.back().worth);
  }
  return plans;
}

std::vector<Plan> Choice::rank() const {
  std::vector<Plan> plans;
  double best = 0, build_share = 0;
  for (const NodeIndex node : promising()) {
    const Plan plan = evaluate({node, 0, false});
    if (plan.worth > best) {
      best = plan.worth;
      build_share = m_costs.build / plan.seconds;
    }
    plans.push_back(plan);
  }
  for (Plan& plan : built_plans(best)) {
    plan.worth *= 1 - k_discount * build_share * build_share;
    plans.push_back(plan);
  }
  std::erase_if(plans, [](const Plan& plan) { return plan.worth <= 0; });
  std::ranges::stable_sort(plans, std::ranges::greater{}, &Plan::worth);
  return plans;
}

}  // namespace culprit::search
