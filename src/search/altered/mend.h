// Where another failure, or builds that fail, hide from revisions where the bug began, and a later commit ended that.
#pragma once

#include <optional>

#include "model/search.h"

namespace culprit::search {

struct Scene;

// Candidates that no revision tells apart, of which the last one mended what is in the way of the others: that commit is applied to
// revisions among them, and the bug is sought there by halves. `undecided` is such a conclusion; what it becomes: the experiments, or the
// same with the probabilities that follow, or with the commit named that stands out. Nothing where there is no such commit, or where it
// does not help: what it changes may not be had without what lies between.
std::optional<model::Decision> tell_apart_by_mending(const Scene& scene, const model::Decision& undecided);

}  // namespace culprit::search
