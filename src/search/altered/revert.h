// Is the bug gone from the start (fix: back on the head) with the named commit taken back?
#pragma once

#include <optional>

#include "model/evidence.h"
#include "model/search.h"

namespace culprit::search {

struct Scene;

// What `answer`, which names a culprit, becomes: the experiments of its check, or the answer with its `verification` and the
// probability that follows from it. `false_rate`: how often runs without the bug look like it; `worth`: quiet
// runs that are worth their cost, where fewer would do.
model::Decision check_by_revert(const model::Problem& problem, const model::Evidence& evidence,
                                model::Decision answer, double false_rate, int worth);

// Candidates that no revision tells apart, because another failure or builds that fail are in the way: each is taken back on top
// of the start, the most probable first. `undecided` is such a conclusion; what it becomes: the experiments, or the same with
// the probabilities that follow, or with the one named that stands out by what came of all others (check_by_revert() adds what
// came of itself). Nothing where the candidates are too many or too improbable.
std::optional<model::Decision> single_out_by_reverts(const Scene& scene, const model::Decision& undecided);

// Whether the bug shows at `commit`, or what is taken for it less surely than what shows at the start, and than an answer has to be.
enum class Shows { nothing, doubted, surely };
Shows what_shows(const model::Problem& problem, const model::Evidence& evidence,
                 const model::CommitId& commit);

// Runs without the bug after which less than `chance` is left that it would have shown at `rate`; at least 3,
// at most `most`.
int quiet_runs_needed(double rate, double chance, int most);

}  // namespace culprit::search
