// The order of a log's revisions, as far as the log tells it.
#pragma once

#include <vector>

#include "model/graph/commit_graph.h"
#include "replay/reading/syzbot_reader.h"

namespace culprit::replay {

struct LogOrder {
  // before[i][j]: i is an ancestor of j, another one. Empty where nobody says: then the rank is all there is.
  std::vector<std::vector<bool>> before;

  std::vector<double> rank;  // of each of the log's revisions; greater is newer
  double bisect_old = 0;     // the range in which git searched; both 0 where it did not
  double bisect_new = 0;
  // What git calls bad is the newer side: always so unless a log for a fix says otherwise.
  bool bad_is_new = true;
  std::vector<bool> on_line;  // the start, and releases: each is an ancestor of the next newer one
};

// From the ancestry that the log states, or that `graph` has (null: none at hand; one that lacks a revision of
// the log is not used). Else releases go by their version, between them lie the commits that git chose: each
// between the ends that its range had when it was chosen. Commits of side branches have no true place in a
// line; what is used of their rank is that they are ancestors of the range's new end and not of its old end,
// which is how git chooses them.
LogOrder order_of(const BisectionLog& log, const model::CommitGraph* graph = nullptr);

}  // namespace culprit::replay
