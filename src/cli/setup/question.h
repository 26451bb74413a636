// The question of a bisection, out of what the user said: every revision resolved, the graph loaded, what
// makes no sense refused before anything is built.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/settings/settings.h"
#include "model/graph/commit_graph.h"
#include "model/search.h"

namespace culprit::history {
class GitHistory;
}
namespace culprit::model {
struct CrashReport;
}
namespace culprit::search {
class Search;
}
namespace culprit::store {
class Store;
}

namespace culprit::cli {

struct Question {
  model::Problem problem;
  model::CommitGraph graph;
  std::vector<std::string> notes;  // what the user should know of it, in sentences
};

// Resolves what `settings` say. Errors are of kind usage or repository.
base::Result<Question> pose(const Settings& settings, const history::GitHistory& history);
// The history that is searched.
base::Result<model::CommitGraph> load_graph(const history::GitHistory& history,
                                            const model::Problem& problem);
// The question of a bisection that began before: `problem` as its store has it.
base::Result<Question> pose_again(const Settings& settings, const history::GitHistory& history,
                                  model::Problem problem);

// What the first report of a finished run says; nothing where it has none.
using ReportOf = std::function<std::optional<model::CrashReport>(std::uint64_t run)>;
// The one that asks a store, which outlives it.
ReportOf report_in(const store::Store& store, std::int64_t bisection);

// The single commits and ranges A..B of `revisions`, in their order, each once.
base::Result<std::vector<model::CommitId>> resolve_all(const history::GitHistory& history,
                                                       const std::vector<std::string>& revisions);

}  // namespace culprit::cli
