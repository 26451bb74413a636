// What is said of a revision, by the search, which believes, and by a person, who tells; and of a crash.
#pragma once

#include <string>
#include <string_view>

#include "model/graph/commit.h"

namespace culprit::model {

// The search's. "bad", "good", "unknown": the words of outputs and of the store.
enum class Verdict { bad, good, unknown };
std::string_view name_of(Verdict verdict);

struct RevisionVerdict {
  CommitId commit;
  Verdict verdict = Verdict::unknown;
  double p_bad = 0.5;
  std::string why;
};

// A person's, or a log's: unlike the search's it may refuse to say. "good", "bad", "skip": the words of git
// and of the command line.
enum class UserVerdict { good, bad, skip };
std::string_view name_of(UserVerdict verdict);

// A person's word on a revision (`culprit good REV`, a `git bisect log`): weighed, not obeyed.
struct VerdictRecord {
  CommitId commit;
  UserVerdict verdict = UserVerdict::skip;
};

// Is a crash the bug that is chased? Null in JSON for a run without a crash.
enum class Identity { target, foreign, unknown };
// "target", "foreign", "unknown": the names in JSON and in the store.
std::string_view name_of(Identity identity);

}  // namespace culprit::model
