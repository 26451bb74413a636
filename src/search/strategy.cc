#include "search/strategy.h"

#include "search/bayes.h"
#include "search/classic.h"
#include "search/variants.h"
#include "search/verification.h"

namespace culprit::search {
namespace {

// What is done the same way around every strategy.
std::unique_ptr<Search> wrapped(std::unique_ptr<Search> search, const model::Problem& problem) {
  if (!problem.variants.empty()) search = std::make_unique<VariantSearch>(std::move(search), problem);
  if (problem.verify) search = std::make_unique<VerifiedSearch>(std::move(search), problem);
  return search;
}

}  // namespace

base::Result<std::unique_ptr<Search>> make_strategy(std::string_view name, const model::CommitGraph& graph,
                                                    const model::Problem& problem) {
  if (name.empty() || name == "bayes") return wrapped(std::make_unique<BayesSearch>(graph, problem), problem);
  if (name == "classic") return wrapped(std::make_unique<ClassicSearch>(graph, problem), problem);
  return base::fail(base::ErrorKind::usage, "unknown strategy '" + std::string(name) + "'",
                    "the strategies are: bayes, classic");
}

}  // namespace culprit::search
