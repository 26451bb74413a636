// Is it the commit, or what it was built with?
#pragma once

#include "model/search.h"
#include "search/check/controls.h"

namespace culprit::search {

// Where the culprit and its parent (else the newest good revision) were built by different compilers, or different ones of the
// requested options are in force, that difference is a suspect too. The parent is then built as the culprit was
// (model::WithVariant) and run. What `answer`, which names a culprit, becomes: those experiments; the answer, which says that the
// difference was tested (and by the fewest options that explain it); or inconclusive, with the compiler or the option named, where the parent shows the bug so built
// (fix: does not show it).
model::Decision check_by_build(const Scene& scene, model::Decision answer, double false_rate);

}  // namespace culprit::search
