// Commit graphs written down as lists of parents.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "model/graph/commit_graph.h"
#include "model/search.h"

namespace culprit::model {

// The id of commit `n`: its number in hexadecimal, filled up with zeros.
inline CommitId drawn_id(std::size_t n) { return *CommitId::from_hex(fmt::format("{:040x}", n)); }

inline CommitGraph drawn_graph(const std::vector<std::vector<NodeIndex>>& parents) {
  std::vector<CommitId> ids;
  std::vector<std::uint32_t> offsets{0};
  std::vector<NodeIndex> flat;
  for (std::size_t i = 0; i < parents.size(); ++i) {
    ids.push_back(drawn_id(i));
    flat.insert(flat.end(), parents[i].begin(), parents[i].end());
    offsets.push_back(static_cast<std::uint32_t>(flat.size()));
  }
  return *CommitGraph::create(ids, offsets, flat);
}

}  // namespace culprit::model
