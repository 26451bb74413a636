// Loading the commit graph of a repository.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/process/cancel.h"
#include "base/result.h"
#include "history/git/repository.h"
#include "model/graph/commit_graph.h"

namespace culprit::history {

// How a graph was loaded, for benchmarks and for people who wonder why it took long.
struct LoadReport {
  std::size_t from_file = 0;       // commits read from git's commit-graph files
  std::size_t from_git = 0;        // commits that git listed
  std::vector<std::string> notes;  // files that could not be used, and why
};

// All ancestors of `tips`, themselves included, as `git rev-list --parents` lists them; a parent that a
// commit names twice counts once. The order of the nodes depends on the commits and the tips alone, not on
// how they were read: resuming after a `git gc` gives the same indices. ErrorKind::repository if a tip or an
// ancestor is not there.
base::Result<model::CommitGraph> load_graph(const Repository& repository,
                                            std::span<const model::CommitId> tips,
                                            const base::CancelToken& cancel, LoadReport* report = nullptr);

}  // namespace culprit::history
