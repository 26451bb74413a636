// What is believed of each commit before any run: weights, never zero, that evidence can overrule.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "cli/settings/settings.h"
#include "cli/setup/question.h"
#include "history/git_history.h"
#include "model/graph/commit_graph.h"
#include "model/report.h"
#include "model/search.h"
#include "search/search.h"

namespace culprit::cli {

// A weight for each node, by the settings' paths and their file of weights; empty: uniform. Weights are
// bounded to [1/100, 100]. Errors are usage errors: a path that no commit touches, a line of the file that is
// not understood or names an unknown commit. `notes` gets what was left out.
base::Result<std::vector<double>> prior_weights(const Settings& settings, const model::Problem& problem,
                                                const model::CommitGraph& graph,
                                                const history::GitHistory& history,
                                                std::vector<std::string>& notes);

// A strategy whose prior follows what the crash names, as soon as a run at the start has shown it: commits
// that change a file of its stacks weigh 4 times as much, those that change one of its functions 10 times, on
// top of `problem.prior`. `settings` names the strategy; `report_of` gives a run's report in full, which the
// evidence may lack. All arguments but it outlive the search.
base::Result<std::unique_ptr<search::Search>> make_crash_search(const Settings& settings,
                                                                const model::Problem& problem,
                                                                const model::CommitGraph& graph,
                                                                const history::GitHistory& history,
                                                                ReportOf report_of);

}  // namespace culprit::cli
