// Made-up histories in the shape of real ones, for benchmarks.
#pragma once

#include <cstdint>

#include "model/graph/commit_graph.h"

namespace culprit::search::noisebisect {

// A line of `commits` commits on top of a root: size commits + 1.
model::CommitGraph make_line(std::size_t commits);

// A history in the shape of Linux: the root, `commits` commits on top of it, all of them ancestors of the
// last. 6-8 % are merges; topic branches start from older mainline commits, some of branches; a merge in a
// hundred has three parents. Equal seeds give equal graphs.
model::CommitGraph make_dag(std::size_t commits, std::uint64_t seed);

}  // namespace culprit::search::noisebisect
