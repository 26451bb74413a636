#include "search/strategy.h"

#include <algorithm>
#include <array>

#include "search/bayes.h"
#include "search/check/clash.h"
#include "search/classic.h"
#include "search/informed.h"
#include "search/measure.h"
#include "search/variants.h"
#include "search/verification.h"

namespace culprit::search {
namespace {

using Make = std::unique_ptr<Search> (*)(const model::CommitGraph&, const model::Problem&);

template <class Strategy>
std::unique_ptr<Search> make(const model::CommitGraph& graph, const model::Problem& problem) {
  return std::make_unique<Strategy>(graph, problem);
}

// Around a whole search: where runs disturb one another, one runs at a time.
class UndisturbedSearch final : public Search {
 public:
  UndisturbedSearch(const model::Problem& problem, std::unique_ptr<Search> inner)
      : m_problem(problem), m_inner(std::move(inner)) {}

  model::Decision next(const model::Evidence& evidence) const override {
    Clash clash = clash_of_runs(m_problem, evidence, nullptr);
    if (clash.wanted) return *clash.wanted;
    if (clash.words.empty()) {
      model::Decision decision = m_inner->next(evidence);
      if (!decision.conclusion) return decision;
      clash = clash_of_runs(m_problem, evidence, &*decision.conclusion);
      return clash.wanted ? *clash.wanted : decision;
    }
    model::Decision decision = one_at_a_time(evidence, m_inner->next(without_runs_beside(evidence)));
    decision.notes.push_back(clash.words);
    return decision;
  }
  std::vector<model::RevisionVerdict> verdicts(const model::Evidence& evidence) const override {
    return is_clash(evidence) ? m_inner->verdicts(without_runs_beside(evidence))
                              : m_inner->verdicts(evidence);
  }
  std::vector<double> posterior(const model::Evidence& evidence) const override {
    return is_clash(evidence) ? m_inner->posterior(without_runs_beside(evidence))
                              : m_inner->posterior(evidence);
  }

 private:
  bool is_clash(const model::Evidence& evidence) const {
    return !clash_of_runs(m_problem, evidence, nullptr).words.empty();
  }

  model::Problem m_problem;
  std::unique_ptr<Search> m_inner;
};

struct Row {
  std::string_view name;
  Make make;
};
// The first is the default.
constexpr std::array k_strategies = {Row{"bayes", make<BayesSearch>}, Row{"classic", make<ClassicSearch>}};

}  // namespace

std::string strategy_names() {
  std::string out;
  for (const Row& row : k_strategies) out += (out.empty() ? "" : ", ") + std::string(row.name);
  return out;
}

base::Result<std::unique_ptr<Search>> make_strategy(std::string_view name, const model::CommitGraph& graph,
                                                    const model::Problem& problem, TakenBackBy taken_back_by,
                                                    Weigh weigh) {
  if (name == k_measure) return std::make_unique<MeasureSearch>(graph, problem);
  const auto row = name.empty() ? k_strategies.begin() : std::ranges::find(k_strategies, name, &Row::name);
  if (row == k_strategies.end())
    return base::fail(base::ErrorKind::usage, "unknown strategy '" + std::string(name) + "'",
                      "the strategies are: " + strategy_names());
  // What is done the same way around every strategy.
  const auto with_variants = [&graph, make = row->make](const model::Problem& p) {
    auto search = make(graph, p);
    return p.variants.empty()
               ? std::move(search)
               : std::unique_ptr<Search>(std::make_unique<VariantSearch>(std::move(search), p));
  };
  auto search = std::make_unique<InformedSearch>(
      graph, problem,
      [&graph, with_variants, taken_back_by = std::move(taken_back_by)](const model::Problem& p) {
        return std::make_unique<VerifiedSearch>(graph, p, with_variants, taken_back_by);
      },
      std::move(weigh));
  if (!problem.runs_meet || problem.run_slots <= 1) return search;
  return std::make_unique<UndisturbedSearch>(problem, std::move(search));
}

}  // namespace culprit::search
