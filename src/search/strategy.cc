#include "search/strategy.h"

#include "search/bayes.h"
#include "search/classic.h"

namespace culprit::search {

base::Result<std::unique_ptr<Search>> make_strategy(std::string_view name, const model::CommitGraph& graph,
                                                    const model::Problem& problem) {
  if (name.empty() || name == "bayes") return std::make_unique<BayesSearch>(graph, problem);
  if (name == "classic") return std::make_unique<ClassicSearch>(graph, problem);
  return base::fail(base::ErrorKind::usage, "unknown strategy '" + std::string(name) + "'",
                    "the strategies are: bayes, classic");
}

}  // namespace culprit::search
