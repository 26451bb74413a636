#include "search/strategy.h"

#include <algorithm>
#include <array>

#include "search/bayes.h"
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
  return std::make_unique<InformedSearch>(
      graph, problem,
      [&graph, with_variants, taken_back_by = std::move(taken_back_by)](const model::Problem& p) {
        return std::make_unique<VerifiedSearch>(graph, p, with_variants, taken_back_by);
      },
      std::move(weigh));
}

}  // namespace culprit::search
