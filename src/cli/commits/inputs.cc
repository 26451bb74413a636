#include "cli/commits/inputs.h"

#include <map>
#include <memory>
#include <set>

#include <fmt/format.h>

#include "base/files.h"
#include "base/strings.h"
#include "build/kernel/kernel_cache.h"
#include "history/unseen.h"
#include "model/evidence.h"

namespace culprit::cli {
namespace {

// The least that the search allows (k_prior_bound): a build system may read what it does not say.
constexpr double k_unseen = 0.01;

// The signature of the start's own build; empty while there is none.
std::string start_signature(const model::Evidence& evidence, const model::Problem& problem) {
  for (const model::BuildRecord& build : evidence.builds)
    if (build.commit == problem.start && build.variant.empty() && build.status == model::BuildStatus::ok)
      return build.signature;
  return {};
}

history::Span span_of(const model::Problem& problem) {
  history::Span span{problem.head.is_null() ? problem.start : problem.head, problem.good};
  if (problem.goal == model::Goal::fix)
    span.excluded.push_back(problem.start);
  else if (problem.good.empty() && !problem.releases.empty())
    span.excluded.push_back(problem.releases.back().commit);
  return span;
}

std::vector<double> weigh(const std::string& inputs_text, const model::Problem& problem,
                          const model::CommitGraph& graph, const history::GitHistory& history,
                          const std::function<void(const std::string&)>& note) {
  std::set<std::string> inputs;
  for (const std::string_view line : base::split_lines(inputs_text)) inputs.emplace(line);
  const auto unseen = history::commits_unseen(history.git(), span_of(problem), problem.start, inputs);
  if (!unseen || unseen->commits.empty()) return {};
  std::vector<double> weights(graph.size(), 1);
  for (const model::CommitId& commit : unseen->commits)
    if (const auto node = graph.find(commit)) weights[*node] = k_unseen;
  note(fmt::format(
      "{} of {} commits change nothing that the build of {} reads: they are the last to be suspected",
      unseen->commits.size(), unseen->all, problem.start.short_hex()));
  return weights;
}

}  // namespace

search::Weigh weights_by_inputs(const Settings& settings, const StatePaths& paths,
                                const model::Problem& problem, const model::CommitGraph& graph,
                                const history::GitHistory& history,
                                std::function<void(const std::string&)> note) {
  if (!settings.is_kernel()) return {};
  const auto known = std::make_shared<std::map<std::string, std::vector<double>>>();
  return [&problem, &graph, &history, cache = paths.cache(), note = std::move(note),
          known](const model::Evidence& evidence) -> std::vector<double> {
    const std::string signature = start_signature(evidence, problem);
    if (signature.empty()) return {};
    const auto [at, is_new] = known->try_emplace(signature);
    if (!is_new) return at->second;
    if (const auto text = base::read_file(build::KernelCache::inputs_file(cache, signature)))
      at->second = weigh(*text, problem, graph, history, note);
    return at->second;
  };
}

}  // namespace culprit::cli
