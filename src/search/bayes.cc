#include "search/bayes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "search/choice.h"
#include "search/posterior.h"
#include "search/tally.h"

namespace culprit::search {

using model::Decision;
using model::Problem;

class BayesSearch::Impl {
 public:
  Impl(const CommitGraph& graph, Problem problem)
      : m_graph(graph), m_problem(std::move(problem)), m_ancestry(graph, tips()) {
    m_start = *graph.find(m_problem.start);
    make_prior();
  }
  Decision next(const model::Evidence& evidence) const;

 private:
  std::vector<NodeIndex> tips() const {
    std::vector<NodeIndex> t{*m_graph.find(m_problem.start)};
    return t;
  }
  void make_prior();

  const CommitGraph& m_graph;
  Problem m_problem;
  Ancestry m_ancestry;
  NodeIndex m_start = 0;
  std::vector<double> m_prior;
  std::vector<std::uint8_t> m_testable;  // by position
};

void BayesSearch::Impl::make_prior() {
  const std::size_t n = m_ancestry.size();
  std::vector<double> w(n, 0);
  std::vector<std::uint8_t> older(n, 0);
  m_testable.assign(n, 0);
  for (const auto& id : m_problem.good)
    for (const Interval& i : m_ancestry.intervals(*m_graph.find(id)))
      for (Position p = i.begin; p < i.end; ++p) older[p] = 1;
  for (const Interval& i : m_ancestry.intervals(m_start))
    for (Position p = i.begin; p < i.end; ++p) {
      w[p] = 1;
      m_testable[p] = !older[p];
    }
  double in = 0, out = 0;
  for (Position p = 0; p < n; ++p) (older[p] ? out : in) += w[p];
  for (Position p = 0; p < n; ++p) w[p] /= older[p] ? out : in;
  m_prior.assign(n + 1, 0);
  for (Position p = 0; p < n; ++p) m_prior[p + 1] = m_prior[p] + w[p];
}

Decision BayesSearch::Impl::next(const model::Evidence& evidence) const {
  const Tally tally(m_graph, evidence);
  std::vector<Observation> observations;
  Reading reading;
  std::size_t binaries = 0;
  std::vector<float> buildable(m_ancestry.size(), 0), valid(m_ancestry.size(), 1);
  for (Position p = 0; p < buildable.size(); ++p) buildable[p] = m_testable[p] ? 0.97f : 0.f;
  double runs = 1, lost = 0.05;
  for (const auto& r : tally.revisions()) {
    const Counts c = tally.own(r);
    runs += c.all();
    lost += c.all() - c.valid();
    observations.push_back({.node = r.node, .binary = binaries++});
    if (std::ranges::count(m_problem.good, m_graph.id(r.node))) {
      observations.back().log_positive = std::log(0.02);
      observations.back().log_negative = std::log(0.98);
    }
    reading.samples.push_back({c.target, c.valid()});
    buildable[m_ancestry.position(r.node)] = r.built ? 2 : 0;
  }
  std::ranges::fill(valid, static_cast<float>(1 - lost / runs));
  static const double boost = getenv("BOOST") ? atof(getenv("BOOST")) : 1;
  auto posterior_ = std::make_unique<Posterior>(m_ancestry, m_prior, Positive::crashes, observations,
                                                std::vector<Reading>{reading});
  Decision d;
  double best = 0;
  NodeIndex top = 0;
  const auto find_top = [&] {
    best = 0;
    for (const auto& s : posterior_->segments()) {
      const auto& cell = posterior_->cells()[s.cell];
      if (cell.prior <= 0) continue;
      for (Position p = s.begin; p < s.end; ++p) {
        const double mass = (m_prior[p + 1] - m_prior[p]) * cell.mass / cell.prior;
        if (mass > best) best = mass, top = m_ancestry.node(p);
      }
    }
  };
  find_top();
  if (best >= m_problem.confidence && boost != 1) {
    posterior_ = std::make_unique<Posterior>(m_ancestry, m_prior, Positive::crashes, observations,
                                             std::vector<Reading>{reading}, boost);
    find_top();
  }
  const Posterior& posterior = *posterior_;
  d.standing.top = {{m_graph.id(top), best}};
  double het = 0;
  for (std::size_t m = 0; m < posterior.width(); ++m)
    if (m % k_rates >= k_rate_means) het += posterior.nuisance()[m];
  d.standing.cost_left = het;
  if (best >= m_problem.confidence) {
    d.conclusion = model::Conclusion{
        .kind = model::ResultKind::culprit, .culprit = m_graph.id(top), .probability = best};
    return d;
  }
  const Costs costs = measured_costs(evidence);
  const Options options{
      .prices = {.build = costs.build, .ok_run = costs.ok_run, .crash_run = costs.crash_run},
      .buildable = buildable,
      .valid = valid};
  const auto plans = rank_plans(posterior, options);
  if (plans.empty()) {
    d.conclusion = model::Conclusion{.kind = model::ResultKind::inconclusive, .probability = best};
    return d;
  }
  d.experiments.push_back({.commit = m_graph.id(plans[0].node),
                           .runs = 1,
                           .stage = "bisect",
                           .information = plans[0].bits,
                           .cost = plans[0].seconds});
  return d;
}

BayesSearch::BayesSearch(const CommitGraph& graph, Problem problem)
    : m_impl(std::make_unique<const Impl>(graph, std::move(problem))) {}
BayesSearch::~BayesSearch() = default;
Decision BayesSearch::next(const model::Evidence& evidence) const { return m_impl->next(evidence); }
std::vector<model::RevisionVerdict> BayesSearch::verdicts(const model::Evidence&) const { return {}; }

}  // namespace culprit::search
