// The age of bugs: most are found within a release or two of their birth, and the tail is long (two of five
// bisections by syzbot ended at a bug older than the oldest release tried). A commit that is x commits older
// than the start gets a density proportional to 1 / (x0 + x)^2 with x0 two releases, so the chance that the
// bug is older than x is x0 / (x0 + x). Steps back over releases that halve the mass then grow by themselves.
// Within a stretch between two releases nothing is known of x on a DAG, so each stretch is uniform.
#include "search/belief/prior.h"

#include <algorithm>
#include <cmath>

#include "search/belief/tuning.h"

namespace culprit::search {
namespace {

void mark(const Ancestry& ancestry, NodeIndex node, std::vector<std::uint8_t>& marks) {
  for (const Interval& i : ancestry.intervals(node))
    std::fill(marks.begin() + i.begin, marks.begin() + i.end, std::uint8_t{1});
}

// The commits on the first-parent line to `tip`.
std::vector<std::uint8_t> line_to(const CommitGraph& graph, const Ancestry& ancestry, NodeIndex tip) {
  std::vector<std::uint8_t> line(ancestry.size(), 0);
  for (NodeIndex at = tip;; at = graph.parents(at)[0]) {
    line[ancestry.position(at)] = 1;
    if (graph.parents(at).empty()) return line;
  }
}

// Scales the weights of the marked positions to a sum of `mass`.
void scale(std::vector<double>& weights, std::span<const std::uint8_t> marked, double mass) {
  double sum = 0;
  for (std::size_t p = 0; p < marked.size(); ++p) sum += marked[p] ? weights[p] : 0;
  if (sum <= 0) return;
  for (std::size_t p = 0; p < marked.size(); ++p)
    if (marked[p]) weights[p] *= mass / sum;
}

std::vector<double> node_weights(const model::Problem& problem, const Ancestry& ancestry) {
  std::vector<double> weights(ancestry.size() + 1, 1);
  weights.back() = 0;
  if (problem.prior.size() != ancestry.size()) return weights;
  for (NodeIndex node = 0; node < ancestry.size(); ++node)
    weights[ancestry.position(node)] = std::clamp(problem.prior[node], 1 / k_prior_bound, k_prior_bound);
  return weights;
}

// Positions in stretches between releases, the newest first; the last stretch is older than the oldest
// release.
void weigh_by_age(const CommitGraph& graph, const model::Problem& problem, const Ancestry& ancestry,
                  Range& range, const std::vector<std::uint8_t>& possible, std::vector<double>& weights) {
  std::vector<std::uint8_t> left = possible;
  std::vector<std::vector<std::uint8_t>> stretches;
  std::vector<double> sizes;
  for (const auto& tag : problem.releases) {
    const auto release = graph.find(tag.commit);
    if (!release) continue;
    std::vector<std::uint8_t> below(ancestry.size(), 0);
    mark(ancestry, *release, below);
    auto& stretch = stretches.emplace_back(ancestry.size(), 0);
    double size = 0;
    for (std::size_t p = 0; p < below.size(); ++p) {
      stretch[p] = left[p] && !below[p];
      size += stretch[p];
      left[p] = left[p] && below[p];
    }
    sizes.push_back(size);
  }
  range.older = left;
  stretches.push_back(left);
  std::vector<double> sorted = sizes;
  std::ranges::nth_element(sorted, sorted.begin() + std::ssize(sorted) / 2);
  const double half_age = problem.beliefs.half_age_releases.value_or(k_half_age_releases);
  const double x0 = half_age * std::max(1.0, sorted[sorted.size() / 2]);
  double newer = 0;
  for (std::size_t i = 0; i < stretches.size(); ++i) {
    const double until = i < sizes.size() ? x0 / (x0 + newer + sizes[i]) : 0;
    scale(weights, stretches[i], x0 / (x0 + newer) - until);
    if (i < sizes.size()) newer += sizes[i];
  }
}

}  // namespace

Prior::Prior(std::span<const double> weights) {
  m_below.reserve(weights.size() + 1);
  m_log_below.reserve(weights.size() + 1);
  m_below.push_back(0);
  m_log_below.push_back(0);
  for (const double w : weights) {
    m_below.push_back(m_below.back() + w);
    m_log_below.push_back(m_log_below.back() + (w > 0 ? w * std::log2(w) : 0));
  }
}

Range make_range(const CommitGraph& graph, const model::Problem& problem, const Ancestry& ancestry) {
  const bool cause = problem.goal == model::Goal::cause;
  const NodeIndex start = *graph.find(problem.start);
  const NodeIndex tip = cause ? start : *graph.find(problem.head);
  const std::size_t n = ancestry.size();
  std::vector<double> weights = node_weights(problem, ancestry);
  std::vector<std::uint8_t> possible(n, 0);
  if (problem.first_parent)
    possible = line_to(graph, ancestry, tip);
  else
    mark(ancestry, tip, possible);

  Range range{
      .prior = Prior(std::vector<double>{1}), .testable = possible, .older = std::vector<std::uint8_t>(n, 0)};
  if (!cause) {
    std::vector<std::uint8_t> before(n, 0);
    mark(ancestry, start, before);
    for (std::size_t p = 0; p < n; ++p) range.testable[p] = possible[p] = possible[p] && !before[p];
    weights.back() = k_no_fix;
    scale(weights, possible, 1);
  } else if (!problem.good.empty()) {
    for (const auto& id : problem.good) mark(ancestry, *graph.find(id), range.older);
    std::vector<std::uint8_t> inside(n, 0), below(n, 0);
    for (std::size_t p = 0; p < n; ++p) {
      inside[p] = possible[p] && !range.older[p];
      below[p] = possible[p] && range.older[p];
      range.testable[p] = inside[p];
    }
    scale(weights, inside, 1);
    scale(weights, below, 1);
  } else if (!problem.releases.empty()) {
    weigh_by_age(graph, problem, ancestry, range, possible, weights);
    for (std::size_t p = 0; p < n; ++p) range.testable[p] = possible[p] && !range.older[p];
    if (const auto oldest = graph.find(problem.releases.back().commit))
      range.testable[ancestry.position(*oldest)] = 1;
  }
  for (std::size_t p = 0; p < n; ++p) {
    if (!possible[p]) weights[p] = 0;
    range.commits += possible[p] && !range.older[p];
  }
  range.prior = Prior(weights);
  return range;
}

}  // namespace culprit::search
