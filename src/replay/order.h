// The order of a log's revisions, as far as the log tells it.
#pragma once

#include <vector>

#include "replay/reading/syzbot_reader.h"

namespace culprit::replay {

struct LogOrder {
  std::vector<double> rank;  // of each of the log's revisions; greater is newer
  double bisect_old = 0;     // the range in which git searched; both 0 where it did not
  double bisect_new = 0;
  // What git calls bad is the newer side: always so unless a log for a fix says otherwise.
  bool bad_is_new = true;
  std::vector<bool> on_line;  // the start, and releases: each is an ancestor of the next newer one
};

// Releases go by their version, between them lie the commits that git chose: each between the ends that its
// range had when it was chosen. Commits of side branches have no true place in a line; what is used of their
// rank is that they are ancestors of the range's new end and not of its old end, which is how git chooses
// them.
LogOrder order_of(const BisectionLog& log);

}  // namespace culprit::replay
