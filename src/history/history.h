// The project's history, as a bisection asks for it. The real one reads git; the tests have one made of text.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/graph/commit.h"
#include "model/graph/commit_graph.h"
#include "model/search.h"

namespace culprit::history {

// Somebody to tell, and why: "author", "Signed-off-by", "maintainer".
struct Recipient {
  std::string name;
  std::string email;
  std::string role;
};

class History {
 public:
  virtual ~History() = default;
  // A revision as the user writes it; an unknown one is ErrorKind::repository with the nearest names as hint.
  virtual base::Result<model::CommitId> resolve(std::string_view revision) const = 0;
  // All ancestors of `tips`, themselves included.
  virtual base::Result<model::CommitGraph> load(std::span<const model::CommitId> tips) const = 0;
  // Every tag that names a commit, in no order.
  virtual base::Result<std::vector<model::ReleaseTag>> tags() const = 0;
  virtual base::Result<model::CommitInfo> describe(const model::CommitId& commit) const = 0;
  // As `git show --stat` prints it, without the message; merges against their first parent.
  virtual base::Result<std::string> diffstat(const model::CommitId& commit) const = 0;
  // Author, trailers and, where the tree has scripts/get_maintainer.pl, what it says; no address twice.
  virtual base::Result<std::vector<Recipient>> recipients(const model::CommitId& commit) const = 0;
};

}  // namespace culprit::history
