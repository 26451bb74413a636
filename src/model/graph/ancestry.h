// Who descends from whom, on a loaded commit graph. All functions are exact and take O(commits) time.
#pragma once

#include <vector>

#include "model/graph/commit_graph.h"

namespace culprit::model {

// Whether `ancestor` is reachable from `descendant` by parents. A commit is its own ancestor.
bool is_ancestor(const CommitGraph& graph, NodeIndex ancestor, NodeIndex descendant);

// The best common ancestors of two commits, as `git merge-base --all` finds them: common ancestors that are
// no ancestors of another common ancestor. Lowest node first; several after a criss-cross merge, none where
// the histories share no commit.
std::vector<NodeIndex> merge_bases(const CommitGraph& graph, NodeIndex a, NodeIndex b);

}  // namespace culprit::model
