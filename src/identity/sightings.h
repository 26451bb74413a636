// All runs, sorted for learning: which faces were seen, in which runs, on which binaries.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "identity/looks/memory.h"
#include "model/graph/commit.h"

namespace culprit::identity {

struct SeenFace {
  const KnownFace* known = nullptr;
  int runs = 0;                 // that showed it after the reproducer started
  int runs_at_start = 0;        // of them on the start revision
  int runs_alone_at_start = 0;  // of these while no other run was under way
  int runs_before_test = 0;
};

struct SeenRun {
  std::size_t group = 0;
  std::vector<std::size_t> test_faces;  // in order of appearance, each once
  std::vector<std::size_t> boot_faces;
  bool completed = false;  // ran its course with the detector on that would have shown the bug
  bool alone = false;      // no other run was under way; false where that is not known
  bool shows(std::size_t face) const;
};

// Runs on one binary: of one commit in one variant, or of commits with equal signatures.
struct SeenGroup {
  bool is_start = false;  // the start revision, built plainly: the bug is known to show there
  bool is_trial = false;  // the start revision in a variant, of which it is not known whether the bug shows
  std::vector<model::CommitId> commits;
  std::vector<std::size_t> runs;
};

struct Sightings {
  std::vector<SeenFace> faces;    // sorted by key: the order of the runs does not matter
  std::vector<SeenRun> runs;      // as given
  std::vector<SeenGroup> groups;  // sorted by their first commit
};

// Points into `memory`.
Sightings collect(const std::vector<model::RunRecord>& runs, const model::CommitId& start, Memory& memory);

}  // namespace culprit::identity
