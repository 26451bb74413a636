// A prior tells where to look first, and costs little where it is wrong: with a factor of ten against the
// culprit, a bisection of a thousand commits needs about three bits more (log2 10), a tenth of its runs.
//
// What the crash names is known only when it has been seen. So that a resumed search equals an uninterrupted
// one, the engine takes it from one run alone, the first at the start revision that showed the bug, and asks
// git anew in each process; here it is evidence like any other.
#include "search/informed.h"

#include <algorithm>

#include "search/tuning.h"

namespace culprit::search {

InformedSearch::InformedSearch(const model::CommitGraph& graph, model::Problem problem, Make make,
                               Weigh weigh)
    : m_graph(graph),
      m_problem(std::move(problem)),
      m_make(std::move(make)),
      m_weigh(std::move(weigh)),
      m_plain(m_make(m_problem)) {}

const Search& InformedSearch::of(const model::Evidence& evidence) const {
  const std::vector<double> weights = m_weigh ? m_weigh(evidence) : std::vector<double>();
  if (evidence.related.empty() && weights.empty()) return *m_plain;
  if (m_informed && m_related == evidence.related && m_weights == weights) return *m_informed;
  m_related = evidence.related;
  m_weights = weights;
  m_informed_problem = m_problem;
  std::vector<double>& prior = m_informed_problem.prior;
  if (prior.empty()) prior.assign(m_graph.size(), 1);
  for (std::size_t node = 0; node < std::min(weights.size(), prior.size()); ++node)
    prior[node] *= weights[node];
  for (const model::RelatedCommit& related : m_related)
    if (const auto node = m_graph.find(related.commit))
      prior[*node] *= related.names_function ? k_touches_function : k_touches_file;
  m_informed = m_make(m_informed_problem);
  return *m_informed;
}

}  // namespace culprit::search
