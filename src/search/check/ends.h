// What is asked of an end, or of a revision that surprises, before a conclusion about it is told.
#pragma once

#include <optional>

#include "model/evidence.h"
#include "model/search.h"
#include "search/check/controls.h"

namespace culprit::search {

// Runs and builds that `conclusion` waits for, or what is to be told in its place; nothing where it stands. `plain`: the
// evidence of `scene` without reverts.
std::optional<model::Decision> asked_before_told(const Scene& scene, const model::Evidence& plain,
                                                 const model::Conclusion& conclusion);

}  // namespace culprit::search
