// What is believed of each commit before any run: weights, never zero, that evidence can overrule.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "cli/settings/settings.h"
#include "cli/setup/question.h"
#include "engine/engine.h"
#include "history/git_history.h"
#include "model/graph/commit_graph.h"
#include "model/search.h"
#include "search/verification.h"

namespace culprit::cli {

// A weight for each node, by the settings' paths and their file of weights; empty: uniform. Weights are
// bounded to [1/100, 100]. Errors are usage errors: a path that no commit touches, a line of the file that is
// not understood or names an unknown commit. `notes` gets what was left out.
base::Result<std::vector<double>> prior_weights(const Settings& settings, const model::Problem& problem,
                                                const model::CommitGraph& graph,
                                                const history::GitHistory& history,
                                                std::vector<std::string>& notes);

// --prior-crash: asks git for the commits that change a file or a function which the crash of a run names;
// empty where the settings do not ask for it. Remembers its last answer. `report_of` gives a run's report in
// full. The first three outlive it.
engine::RelatedTo related_commits(const Settings& settings, const model::Problem& problem,
                                  const history::GitHistory& history, ReportOf report_of);

// The later commits that took one back, by git. Remembers its answers. Both outlive it.
search::TakenBackBy taken_back_by(const model::Problem& problem, const history::GitHistory& history);

}  // namespace culprit::cli
