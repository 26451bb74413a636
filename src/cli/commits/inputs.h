// What the build of the start did not read can hardly be the culprit.
#pragma once

#include <functional>
#include <string>

#include "cli/settings/settings.h"
#include "cli/settings/state.h"
#include "history/git_history.h"
#include "model/graph/commit_graph.h"
#include "model/search.h"
#include "search/informed.h"

namespace culprit::cli {

// The weights of the commits once the start is built, from the dependency files of that build (kernels): next to none for what
// it did not read. `note` is told how many. All but the settings outlive it.
search::Weigh weights_by_inputs(const Settings& settings, const StatePaths& paths,
                                const model::Problem& problem, const model::CommitGraph& graph,
                                const history::GitHistory& history,
                                std::function<void(const std::string&)> note);

}  // namespace culprit::cli
