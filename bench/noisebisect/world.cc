#include "bench/noisebisect/world.h"

#include <algorithm>
#include <cmath>

namespace culprit::search::noisebisect {
namespace {

constexpr double k_regional_rate = 0.9;

// Marsaglia and Tsang's method for shape >= 1; below 1 through a power of a uniform.
double gamma_sample(base::Rng& rng, double shape) {
  if (shape < 1) {
    const double u = rng.uniform();
    return gamma_sample(rng, shape + 1) * std::pow(u > 0 ? u : 1e-300, 1 / shape);
  }
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    // Box and Muller's normal variate.
    const double u1 = std::max(rng.uniform(), 1e-300);
    const double x = std::sqrt(-2 * std::log(u1)) * std::cos(2 * M_PI * rng.uniform());
    const double v = std::pow(1 + c * x, 3);
    if (v <= 0) continue;
    if (std::log(std::max(rng.uniform(), 1e-300)) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  return base::Rng(a * 0x9e3779b97f4a7c15ULL + b).next();
}

}  // namespace

std::vector<std::uint8_t> descendants(const CommitGraph& graph, NodeIndex node) {
  std::vector<std::uint8_t> marks(graph.size(), 0);
  marks[node] = 1;
  for (NodeIndex i = node + 1; i < graph.size(); ++i)
    for (const NodeIndex parent : graph.parents(i)) marks[i] |= marks[parent];
  return marks;
}

World::World(const CommitGraph& graph, const Point& point, std::uint64_t seed)
    : m_graph(graph), m_point(point) {
  base::Rng rng(seed);
  const auto any = [&] { return static_cast<NodeIndex>(1 + rng.below(graph.size() - 1)); };
  m_culprit = any();
  m_bad = descendants(graph, m_culprit);
  if (point.unbuildable > 0) break_ranges(rng);
  if (point.drift) m_renamed = descendants(graph, any());
  if (point.regional) m_regional = descendants(graph, any());
  const auto reproduces = [&] {
    for (int i = 0; i < k_given_bad_runs; ++i)
      if (run(bad_end(), i) == Show::crash) return true;
    return false;
  };
  do m_seed = rng.next();
  while (!reproduces());
}

void World::break_ranges(base::Rng& rng) {
  m_broken.assign(m_graph.size(), 0);
  const double mean = std::max(m_point.least_hole, m_point.hole_share * static_cast<double>(m_graph.size()));
  const auto wanted = static_cast<std::size_t>(m_point.unbuildable * static_cast<double>(m_graph.size()));
  std::size_t broken = 0;
  while (broken < wanted) {
    std::size_t at = 1 + rng.below(m_graph.size() - 2);
    for (bool more = true; more && at + 1 < m_graph.size() && broken < wanted;
         ++at, more = !rng.chance(1 / mean))
      broken += std::exchange(m_broken[at], 1) == 0;
  }
}

double World::rate(NodeIndex node) const {
  if (m_point.law == Law::steady_or_beta && m_point.kappa <= 0) return m_point.p;
  base::Rng rng(mix(m_seed, 0x5eed0000ULL + node));
  if (m_point.law == Law::two_point) return rng.chance(0.5) ? 0.2 : 0.9;
  if (m_point.law == Law::uniform) return rng.uniform();
  const double a = gamma_sample(rng, m_point.kappa * m_point.p);
  const double b = gamma_sample(rng, m_point.kappa * (1 - m_point.p));
  return a + b > 0 ? a / (a + b) : m_point.p;
}

Show World::run(NodeIndex node, int i) const {
  base::Rng rng(mix(m_seed ^ (std::uint64_t{node} << 20), static_cast<std::uint64_t>(i)));
  if (rng.chance(m_point.infra)) return Show::infra;
  if (rng.chance(m_point.foreign)) return Show::foreign;
  if (m_point.regional && m_regional[node] == 0 && rng.chance(k_regional_rate)) return Show::regional;
  if (!rng.chance(bad(node) ? rate(node) : m_point.false_crash)) return Show::ok;
  return m_point.drift && m_renamed[node] == 0 ? Show::crash_renamed : Show::crash;
}

std::vector<NodeIndex> World::resolution() const {
  // Two commits are equal if every buildable revision holds both or neither: the culprit's class is the
  // intersection of the ancestors of buildable bad revisions, without those of buildable good ones.
  std::vector<std::uint8_t> in_all(m_graph.size(), 1), in_good(m_graph.size(), 0);
  for (NodeIndex node = static_cast<NodeIndex>(m_graph.size()); node-- > 0;) {
    if (builds(node) && !bad(node)) in_good[node] = 1;
    if (in_good[node])
      for (const NodeIndex parent : m_graph.parents(node)) in_good[parent] = 1;
  }
  // It suffices to intersect over the buildable bad revisions without a buildable bad ancestor.
  std::vector<std::uint8_t> has_bad(m_graph.size(), 0);
  for (NodeIndex node = 0; node < m_graph.size(); ++node) {
    for (const NodeIndex parent : m_graph.parents(node)) has_bad[node] |= has_bad[parent];
    if (has_bad[node] || !bad(node) || !builds(node)) continue;
    has_bad[node] = 1;
    const auto ancestors = m_graph.ancestors(node);
    for (std::size_t i = 0; i < in_all.size(); ++i) in_all[i] &= ancestors[i];
  }
  std::vector<NodeIndex> same;
  for (NodeIndex node = 0; node < m_graph.size(); ++node)
    if (in_all[node] && !in_good[node]) same.push_back(node);
  return same;
}

}  // namespace culprit::search::noisebisect
