// The strategies by name: the one place that knows them all.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "search/informed.h"
#include "search/search.h"
#include "search/verification.h"

namespace culprit::search {

// By name; empty: the default. `graph` outlives the search; `taken_back_by` as in VerifiedSearch, `weigh` as in InformedSearch. ErrorKind::usage for
// another name.
base::Result<std::unique_ptr<Search>> make_strategy(std::string_view name, const model::CommitGraph& graph,
                                                    const model::Problem& problem,
                                                    TakenBackBy taken_back_by = {}, Weigh weigh = {});

// The strategy for numbers, which --measure takes and nobody names.
inline constexpr const char* k_measure = "measure";

// "bayes, classic": for help and hints.
std::string strategy_names();

}  // namespace culprit::search
