// Releases of a history: which ones lie behind a commit, in which order to walk back over them, and how to
// name a commit after the nearest one. Pure functions of a graph and its tags.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/graph/commit_graph.h"
#include "model/search.h"

namespace culprit::history {

struct ReleaseOptions {
  bool candidates = false;  // count -rcN, beta and the like as releases
  // Only tags of this family (release_name.h); none: the family with most tags behind the commit.
  std::optional<std::string> family = std::nullopt;
};

// The release tags that are ancestors of `commit` (itself included), nearest first: a tag stands before every
// tag that is its ancestor, and where history says nothing, the later version stands first. Of several tags
// on one commit the first by version, then by shorter name, is kept. Tags outside the graph are left out.
std::vector<model::ReleaseTag> release_ancestors(const model::CommitGraph& graph,
                                                 std::span<const model::ReleaseTag> tags,
                                                 model::NodeIndex commit, const ReleaseOptions& options = {});

// The releases to test when walking back over `releases` (as release_ancestors gives them), nearest first,
// with growing steps; the oldest is always among them. `limit` names the oldest one wanted; empty: no limit.
// ErrorKind::usage if `limit` is not in `releases`.
base::Result<std::vector<model::ReleaseTag>> pick_releases(std::span<const model::ReleaseTag> releases,
                                                           std::string_view limit = {});

// The commit's name after the nearest tag behind it, as `git describe --tags --abbrev=12` would print it:
// "v6.1", "v6.1-15-gabcdef123456". The nearest is the one that lacks fewest of the commit's ancestors.
// Without any tag behind it the first twelve digits of its id.
std::string describe_label(const model::CommitGraph& graph, std::span<const model::ReleaseTag> tags,
                           model::NodeIndex commit);

}  // namespace culprit::history
