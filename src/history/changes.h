// Which commits changed what: the ground of priors by path and by what a crash names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "history/git/git.h"
#include "model/evidence.h"
#include "model/graph/commit.h"

namespace culprit::model {
struct CrashReport;
}

namespace culprit::history {

// The commits that are asked about: the ancestors of `tip`, itself included, that are no ancestors of any of
// `excluded`.
struct Span {
  model::CommitId tip;
  std::vector<model::CommitId> excluded;
};

// The commits of "A..B" as git means it: ancestors of B that are no ancestors of A, newest first; an end that
// is left out is HEAD. ErrorKind::repository if an end names no commit, ErrorKind::usage for "A...B".
base::Result<std::vector<model::CommitId>> commits_of_range(const Git& git, std::string_view range);

// Those that change a file under one of `paths` (git's pathspecs, from the top folder), merges left out.
base::Result<std::vector<model::CommitId>> commits_touching(const Git& git, const Span& span,
                                                            const std::vector<std::string>& paths);

// Where a crash happened, as far as its stacks tell.
struct CrashPlaces {
  std::vector<std::string> files;      // as printed: "mm/shmem.c", "/build/x/src/table.c"; no repeats
  std::vector<std::string> functions;  // bare identifiers, innermost first; no repeats
};
CrashPlaces places_of(const model::CrashReport& report);

// The commits that change a file that the crash names, merges left out. A file is the tracked one (at
// `span.tip`) whose path ends like the printed one; where no stack has files, those files count that define
// one of the functions at the left margin.
base::Result<std::vector<model::RelatedCommit>> commits_related(const Git& git, const Span& span,
                                                                const CrashPlaces& places);

// Those of `span` that may have taken `commit` back: they give a file that it changed the content from before it, or their
// message names it (its id, or its title as in `Revert "title"`). Newest first, merges left out.
base::Result<std::vector<model::CommitId>> commits_taking_back(const Git& git, const Span& span,
                                                               const model::CommitId& commit);

}  // namespace culprit::history
