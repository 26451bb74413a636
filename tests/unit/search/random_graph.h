// Random histories for property tests.
#pragma once

#include <rapidcheck.h>

#include <algorithm>

#include "tests/unit/search/world.h"

namespace culprit::search::testing {

// Up to `most` commits, at least two; every commit but the roots has one to three parents, mostly recent
// ones; the last commit is an arbitrary tip. Draws from rapidcheck, so that failures shrink.
inline model::CommitGraph any_graph(int most) {
  const int n = *rc::gen::inRange(2, most + 1);
  std::vector<std::pair<int, std::vector<int>>> commits;
  for (int i = 0; i < n; ++i) {
    std::vector<int> parents;
    const int wanted = *rc::gen::weightedElement<int>({{1, 0}, {70, 1}, {25, 2}, {4, 3}});
    for (int k = 0; k < wanted && i > 0; ++k) {
      const int back = *rc::gen::inRange(1, std::min(i, 8) + 1);
      if (std::ranges::find(parents, i - back) == parents.end()) parents.push_back(i - back);
    }
    commits.emplace_back(i, parents);
  }
  return graph_of(commits);
}

}  // namespace culprit::search::testing
