// Where another failure, or builds that fail, hide where the bug began, and a later commit ended that.
#pragma once

#include <optional>
#include <vector>

#include "model/search.h"

namespace culprit::search {

struct Scene;

// Candidates that no revision tells apart, of which the last one mended what is in the way of the others: that commit is applied to
// revisions among them, and the bug is sought there by halves. `undecided` is such a conclusion; what it becomes: the experiments, or the
// same with the probabilities that follow, or with the commit named that stands out. Nothing where there is no such commit, or where it
// does not help: what it changes may not be had without what lies between.
std::optional<model::Decision> tell_apart_by_mending(const Scene& scene, const model::Decision& undecided);

// An answer at which what shows is taken for the bug, and less surely than an answer has to be: it may be another failure, which is
// only in the bug's way. Where it turns into the bug is looked for, and the commit that did that is applied below. Nothing where there
// is no such doubt or it cannot be settled so.
std::optional<model::Decision> settle_doubt(const Scene& scene, const model::Decision& answer);

// As tell_apart_by_mending() while a search goes on, `masses` being its posterior by node: once some revisions are known to be hidden and the commit is
// known that ended that, the others need not be tested as they are. `decision`: what the search would do.
std::optional<model::Decision> mend_early(const Scene& scene, const std::vector<double>& masses,
                                          const model::Decision& decision);

}  // namespace culprit::search
