// The question that a bisection asks, the answers a search gives: the values on both sides of search::Search.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/commit.h"
#include "model/graph.h"

namespace culprit::model {

enum class Goal { cause, fix };

struct ReleaseTag {
  std::string name;  // "v6.1.170"
  CommitId commit;
};

// What is asked; fixed for the whole bisection. The graph holds every ancestor of `start`, `head` and `good`.
struct Problem {
  Goal goal = Goal::cause;
  CommitId start;              // a revision where the bug shows
  CommitId head;               // fix: a revision thought to be free of it; cause: null
  std::vector<CommitId> good;  // cause: revisions thought to be free of the bug; empty: walk the releases
  std::vector<ReleaseTag> releases;  // ancestors of `start` (fix: of `head`) in walking order, nearest first
  std::vector<CommitId> skip;        // never to be tested
  bool first_parent = false;
  int runs_per_revision = 10;  // classic strategy
  int build_slots = 1;
  int run_slots = 1;
  double confidence = 0.99;   // bayes: stop at this posterior
  std::vector<double> prior;  // a weight for each node, any positive scale; empty: uniform
};

// One thing to do next: build `commit` where it is not built yet, and run it `runs` times.
struct Experiment {
  CommitId commit;
  int runs = 1;
  std::string stage;       // "start", "end", "release", "merge-base", "bisect", "confirm", "parent"
  std::string label;       // the release tag, where the commit has one
  std::string reason;      // in words, for the record
  double information = 0;  // bits expected; 0 where the strategy does not say
  double cost = 0;         // seconds expected; 0 where unknown
};

struct Candidate {
  CommitId commit;
  double probability = 0;
};

// Where the search stands, for the live view.
struct Standing {
  std::size_t revisions_left = 0;  // that may still be the culprit (bayes: the 99 % set)
  int steps_left = 0;              // roughly
  double cost_left = 0;            // seconds expected; 0 where unknown
  std::vector<Candidate> top;      // most probable first, a few
  CommitId good_end;  // newest known good and oldest known bad, where the stage has them; else null
  CommitId bad_end;
};

enum class Verdict { bad, good, unknown };
std::string_view name_of(Verdict verdict);

struct RevisionVerdict {
  CommitId commit;
  Verdict verdict = Verdict::unknown;
  double p_bad = 0.5;
  std::string why;
};

enum class ResultKind { culprit, inconclusive, horizon, not_reproduced, good_end_crashes, infrastructure };
// "culprit", "inconclusive", ...: the names in JSON.
std::string_view name_of(ResultKind kind);
std::optional<ResultKind> result_kind_from_name(std::string_view name);

struct Conclusion {
  ResultKind kind = ResultKind::inconclusive;
  std::optional<CommitId> culprit;
  double probability = 0;             // of the culprit, or of the whole candidate set
  std::vector<Candidate> candidates;  // most probable first; holds the culprit too
  std::optional<CommitId>
      tested;  // the revision that the kind is about: the endpoint, the oldest bad release
  std::optional<CommitId> last_good;    // newest revision known to be free of the bug next to the culprit
  bool no_op = false;                   // the culprit's binary equals its parent's
  bool is_release = false;              // the culprit is a release commit
  std::string explanation;              // for a person: why this and not more
  std::vector<std::string> next_steps;  // what to test if more certainty is wanted
};

// experiments to start now, or a conclusion. Neither: wait for what is pending.
struct Decision {
  std::vector<Experiment> experiments;
  std::optional<Conclusion> conclusion;
  Standing standing;
};

}  // namespace culprit::model
