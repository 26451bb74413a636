// Bits for seconds. A run of a revision is a noisy channel from "does it hold the culprit" to "does it
// crash"; its mutual information with the culprit's identity is what it is expected to teach. A build is paid
// once and makes all later runs of that revision cheap, so plans of n runs are compared, for all n:
// information of "a crash within n runs" over the build and the runs expected until the first crash. One run
// is done, everything is updated, and plans are ranked again.
//
// The information is computed on the joint posterior of culprit and crash rates, so a run on a revision that
// is surely bad has its worth too: it tells a constant rate from a swinging one, and with it how much a quiet
// revision proves. That is done for every built revision and for the most promising new ones; these are found
// through a table of information by ancestor mass, made for the mean crash rate.
#include "search/choice.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace culprit::search {
namespace {

constexpr int k_most_runs = 48;
constexpr std::size_t k_exact_candidates = 6;
constexpr std::size_t k_masses = 33;

// What the posterior believes, without what is too unlikely to matter for a choice.
struct Beliefs {
  struct Part {
    std::size_t cell;
    double mass;
  };
  std::vector<Part> cells;
  std::vector<std::uint16_t> nuisances;  // indices of (reading, rate)
  std::vector<double> joint;             // cells x nuisances: probability of the nuisance within the cell

  explicit Beliefs(const Posterior& posterior) {
    for (std::size_t m = 0; m < posterior.width(); ++m)
      if (posterior.nuisance()[m] > 1e-5) nuisances.push_back(static_cast<std::uint16_t>(m));
    for (std::size_t c = 0; c < posterior.cells().size(); ++c) {
      const double mass = posterior.cells()[c].mass;
      if (mass < 1e-6) continue;
      cells.push_back({c, mass});
      const auto row = posterior.joint(c);
      double sum = 0;
      for (const std::uint16_t m : nuisances) sum += row[m];
      for (const std::uint16_t m : nuisances) joint.push_back(sum > 0 ? row[m] / sum : 0);
    }
  }
  const double* row(std::size_t i) const { return joint.data() + i * nuisances.size(); }
};

// Bits of an event of probability p.
double entropy(double p) { return p <= 0 || p >= 1 ? 0 : -p * std::log2(p) - (1 - p) * std::log2(1 - p); }

class Ranking {
 public:
  Ranking(const Posterior& posterior, const Options& options)
      : m_posterior(posterior), m_options(options), m_beliefs(posterior) {}
  std::vector<Plan> rank();

 private:
  Plan evaluate(NodeIndex node, bool built, std::size_t observation) const;
  void tabulate();
  std::vector<NodeIndex> promising();

  const Posterior& m_posterior;
  const Options& m_options;
  Beliefs m_beliefs;
  std::array<double, k_masses> m_bits{};     // of the best plan at a new revision, by mass positive
  std::array<double, k_masses> m_seconds{};  // of its runs
};

// Numbers of runs that plans are compared for.
constexpr std::array<int, 12> k_run_counts = {1, 2, 3, 4, 6, 8, 11, 15, 20, 27, 36, k_most_runs};

// Goes through growing numbers of runs; `quiet(n)` tells the bits and P(no crash) of n runs.
struct Sweep {
  double build = 0;  // seconds before the first run
  double buildable = 1;
  double valid = 1;
  const Prices& prices;

  template <class Quiet>
  Plan best(Quiet quiet) const {
    Plan best;
    double expected_runs = 0;
    double still_quiet = 1;
    int before = 0;
    for (const int n : k_run_counts) {
      const auto [bits, none] = quiet(n);
      // Run i + 1 happens if i runs were quiet: the sum over i < n, by the trapezoid rule between counts.
      expected_runs +=
          n == before + 1 ? still_quiet : (n - before) * (still_quiet + none) / 2 + (still_quiet - none) / 2;
      still_quiet = none;
      before = n;
      const double crash = 1 - none;
      const double run_seconds = (expected_runs - crash) * prices.ok_run + crash * prices.crash_run;
      Plan plan{.runs = n, .bits = buildable * bits};
      plan.seconds = build + buildable * run_seconds / valid;
      if (plan.rate() > best.rate())
        best = plan;
      else if (plan.rate() < 0.8 * best.rate())
        break;
    }
    return best;
  }
};

Plan Ranking::evaluate(NodeIndex node, bool built, std::size_t observation) const {
  const bool crashes = m_posterior.positive() == Positive::crashes;
  // The mass of each cell on either side of the revision.
  std::vector<double> inside;
  if (!built) inside = m_posterior.mass_within(m_posterior.ancestry().intervals(node));
  struct Part {
    const double* rates;
    double bad;  // mass for which the revision is bad
    double quiet;
  };
  std::vector<Part> parts;
  double positive = 0;
  double good_mass = 0;
  for (std::size_t i = 0; i < m_beliefs.cells.size(); ++i) {
    const auto [c, mass] = m_beliefs.cells[i];
    const double in =
        built ? (m_posterior.cells()[c].positive(observation) ? mass : 0) : std::min(inside[c], mass);
    positive += in;
    const double bad = crashes ? in : mass - in;
    good_mass += mass - bad;
    if (bad > 1e-7) parts.push_back({m_beliefs.row(i), bad, 1});
  }
  // P(no further crash in n runs) for every (reading, rate), and on a good revision.
  const std::size_t width = m_beliefs.nuisances.size();
  std::vector<double> quiet(width, 1);
  const auto seen = [&](std::uint16_t m) {
    return built ? m_posterior.pooled(m / k_rates, observation) : Sample{};
  };
  const double crash_if_good = next_good(seen(0));
  double good_quiet = 1;

  const Position at = m_posterior.ancestry().position(node);
  const Sweep sweep{.build = built ? 0 : m_options.prices.build,
                    .buildable = built ? 1 : static_cast<double>(m_options.buildable[at]),
                    .valid = static_cast<double>(m_options.valid[at]),
                    .prices = m_options.prices};
  int done = 0;
  Plan plan = sweep.best([&](int n) {
    for (std::size_t k = 0; k < width; ++k) {
      const std::uint16_t m = m_beliefs.nuisances[k];
      const Sample s = seen(m);
      const Rate& rate = rates()[m % k_rates];
      for (int i = done; i < n; ++i) quiet[k] *= 1 - rate.next(s.crashes, s.runs + i);
    }
    for (; done < n; ++done) good_quiet *= 1 - crash_if_good;
    double none = good_mass * good_quiet;
    double left = good_mass * entropy(good_quiet);
    for (Part& part : parts) {
      part.quiet = 0;
      for (std::size_t k = 0; k < width; ++k) part.quiet += part.rates[k] * quiet[k];
      none += part.bad * part.quiet;
      left += part.bad * entropy(part.quiet);
    }
    return std::pair{std::max(0.0, entropy(std::clamp(none, 0.0, 1.0)) - left), none};
  });
  plan.node = node;
  plan.built = built;
  plan.positive = positive;
  return plan;
}

void Ranking::tabulate() {
  const bool crashes = m_posterior.positive() == Positive::crashes;
  std::array<double, k_rates> weight{};
  for (std::size_t m = 0; m < m_posterior.width(); ++m) weight[m % k_rates] += m_posterior.nuisance()[m];
  std::array<double, k_most_runs + 1> bad_quiet{};
  std::array<double, k_rates> quiet;
  quiet.fill(1);
  for (int n = 1; n <= k_most_runs; ++n)
    for (std::size_t j = 0; j < k_rates; ++j) {
      quiet[j] *= 1 - rates()[j].next(0, n - 1);
      bad_quiet[static_cast<std::size_t>(n)] += weight[j] * quiet[j];
    }
  const double crash_if_good = next_good({});
  std::array<double, k_most_runs + 1> good_quiet{}, good_entropy{}, bad_entropy{};
  good_quiet[0] = 1;
  for (std::size_t n = 1; n <= k_most_runs; ++n) {
    good_quiet[n] = good_quiet[n - 1] * (1 - crash_if_good);
    good_entropy[n] = entropy(good_quiet[n]);
    bad_entropy[n] = entropy(bad_quiet[n]);
  }
  for (std::size_t i = 1; i + 1 < k_masses; ++i) {
    const double positive = static_cast<double>(i) / (k_masses - 1);
    const double bad = crashes ? positive : 1 - positive;
    const Sweep sweep{.build = m_options.prices.build, .prices = m_options.prices};
    const Plan plan = sweep.best([&](int runs) {
      const auto n = static_cast<std::size_t>(runs);
      const double none = bad * bad_quiet[n] + (1 - bad) * good_quiet[n];
      return std::pair{entropy(none) - bad * bad_entropy[n] - (1 - bad) * good_entropy[n], none};
    });
    m_bits[i] = plan.bits;
    m_seconds[i] = plan.seconds - m_options.prices.build;
  }
}

// The new revisions that look best by the table: the best one of each segment, and of these the best few.
std::vector<NodeIndex> Ranking::promising() {
  const Ancestry& ancestry = m_posterior.ancestry();
  const std::vector<double> prefix = m_posterior.prefix();
  std::vector<double> positive(ancestry.size());
  ancestry.ancestor_sums(prefix, positive);
  struct Best {
    double score = 0;
    Position at = 0;
  };
  std::vector<Best> best;
  for (const auto& segment : m_posterior.segments()) {
    Best here;
    for (Position at = segment.begin; at < segment.end; ++at) {
      const float buildable = m_options.buildable[at];
      if (buildable <= 0 || buildable > 1) continue;
      const double x = std::clamp(positive[at], 0.0, 1.0) * (k_masses - 1);
      const auto i = std::min(static_cast<std::size_t>(x), k_masses - 2);
      const double f = x - static_cast<double>(i);
      const double bits = m_bits[i] + f * (m_bits[i + 1] - m_bits[i]);
      const double seconds = m_seconds[i] + f * (m_seconds[i + 1] - m_seconds[i]);
      const double score =
          buildable * bits /
          (m_options.prices.build + buildable * seconds / static_cast<double>(m_options.valid[at]));
      if (score > here.score) here = {score, at};
    }
    if (here.score > 0) best.push_back(here);
  }
  const std::size_t keep = std::min(best.size(), k_exact_candidates);
  std::ranges::partial_sort(best, best.begin() + static_cast<std::ptrdiff_t>(keep), std::ranges::greater{},
                            &Best::score);
  std::vector<NodeIndex> nodes;
  for (std::size_t i = 0; i < keep; ++i) nodes.push_back(ancestry.node(best[i].at));
  return nodes;
}

std::vector<Plan> Ranking::rank() {
  tabulate();
  std::vector<Plan> plans;
  for (const NodeIndex node : promising()) plans.push_back(evaluate(node, false, 0));
  double best = 0;
  for (const Plan& plan : plans) best = std::max(best, plan.rate());

  // Built revisions, most doubtful first; a run cannot tell more than the doubt, unless it teaches of rates.
  struct Built {
    double doubt;
    std::size_t observation;
  };
  std::vector<Built> built;
  std::vector<std::uint8_t> seen;
  for (std::size_t i = 0; i < m_posterior.observations().size(); ++i) {
    const auto& o = m_posterior.observations()[i];
    if (m_options.buildable[m_posterior.ancestry().position(o.node)] <= 1) continue;
    if (seen.size() <= o.binary) seen.resize(o.binary + 1, 0);
    if (std::exchange(seen[o.binary], 1)) continue;
    double positive = 0;
    for (const auto& [c, mass] : m_beliefs.cells) positive += m_posterior.cells()[c].positive(i) ? mass : 0;
    built.push_back({entropy(std::clamp(positive, 0.0, 1.0)), i});
  }
  std::ranges::sort(built, std::ranges::greater{}, &Built::doubt);
  const double slow = 0.3 / (m_options.prices.build + m_options.prices.ok_run);
  for (const auto& [doubt, i] : built) {
    if (doubt / m_options.prices.crash_run < best && best > slow) break;
    plans.push_back(evaluate(m_posterior.observations()[i].node, true, i));
    best = std::max(best, plans.back().rate());
  }
  std::erase_if(plans, [](const Plan& plan) { return plan.bits <= 0; });
  static const double g1 = getenv("GAMMA") ? atof(getenv("GAMMA")) : .35;
  static const double g2 = getenv("GP") ? atof(getenv("GP")) : 2;
  double share = 0, bestnew = 0;
  for (const auto& p : plans)
    if (!p.built && p.rate() > bestnew) bestnew = p.rate(), share = m_options.prices.build / p.seconds;
  const double gamma = 1 - g1 * std::pow(share, g2);
  std::ranges::stable_sort(plans, std::ranges::greater{},
                           [&](const Plan& p) { return p.rate() * (p.built ? gamma : 1); });
  return plans;
}

}  // namespace

std::vector<Plan> rank_plans(const Posterior& posterior, const Options& options) {
  return Ranking(posterior, options).rank();
}

}  // namespace culprit::search
