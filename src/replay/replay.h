// A finished bisection log judged again from its own evidence: which revisions had the bug, where the logged
// bisection left it, and what the evidence supports.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "identity/identity.h"
#include "model/graph/commit_graph.h"
#include "model/search.h"
#include "replay/reading/syzbot_reader.h"

namespace culprit::replay {

struct ReplayedRun {
  LoggedOutcome outcome = LoggedOutcome::ok;
  std::string title;  // the crash, or what failed; empty for OK
  // Of crashes after the reproducer started; none for everything else.
  std::optional<model::Identity> identity;
  double p_target = 0;
  bool hides_nothing = false;  // a crash beside which the bug would have shown
  std::string why;             // of its identity
};

struct ReplayedRevision {
  model::CommitId commit;
  std::string label;  // the release tag; empty for none
  std::string title;  // the commit's; empty where the log does not say
  std::string compiler;
  std::string signature;
  std::vector<ReplayedRun> runs;
  model::Verdict verdict = model::Verdict::unknown;  // bad: the bug is there, whatever is searched
  double p_bad = 0.5;
  std::string why;
  // What the log took it for, in the same sense; none where it was skipped or the log does not say.
  std::optional<bool> logged_bad;
  // Its place in history as far as the log tells: greater is newer. Equal numbers do not occur.
  double rank = 0;

  // "v4.16", or the beginning of the id.
  std::string name() const { return label.empty() ? commit.short_hex() : label; }
};

// What the evidence supports. The names of revisions are indices into Replay::revisions.
struct ReplayConclusion {
  std::optional<model::CommitId> culprit;
  std::optional<std::size_t> good;  // the bug came (fix: went) between the two
  std::optional<std::size_t> bad;
  // The last revision, in the direction of the search, that showed the bug.
  std::optional<std::size_t> last_confirmed;
  std::vector<std::size_t> unknown_between;  // tested, but nothing is known of them
  // Why the logged culprit is not confirmed, as a part of a sentence; empty where it is, or none is logged.
  std::string against;
  // Commits that may be the culprit, where a repository is at hand.
  std::optional<std::size_t> commits_left;
};

struct Replay {
  model::Goal goal = model::Goal::cause;
  model::CommitId start;                    // null where the log does not say
  std::string target;                       // the bug's title; empty where nothing crashed
  double crash_rate = 0;                    // expected, on revisions that have the bug
  std::vector<ReplayedRevision> revisions;  // in order of first test
  std::optional<std::size_t> derailed_at;   // where the logged bisection left its bug
  std::string derailed_why;
  LoggedResult logged_result;
  ReplayConclusion conclusion;
  std::vector<std::vector<std::size_t>> same_binary;  // revisions with equal signatures, two or more
  std::vector<std::string> next_steps;         // what to test next, each a sentence without a full stop
  std::vector<identity::FaceJudgement> faces;  // every crash of the log, judged

  const ReplayedRevision* find(const model::CommitId& commit) const;
};

// `graph` is the history of which the log is, null where it is not at hand.
Replay judge_again(const BisectionLog& log, const model::CommitGraph* graph = nullptr);

}  // namespace culprit::replay
