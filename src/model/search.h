// The question that a bisection asks, the answers a search gives: the values on both sides of search::Search.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/experience.h"
#include "model/graph/commit.h"
#include "model/graph/commit_graph.h"
#include "model/verdict.h"

namespace culprit::model {

enum class Goal { cause, fix };
std::string_view name_of(Goal goal);  // "cause", "fix"

struct ReleaseTag {
  std::string name;  // "v6.1.170"
  CommitId commit;
};

// Another way to build every revision.
struct Variant {
  enum class Use {
    past_masks,  // where another crash hides the bug
    smaller,     // for the whole bisection, where the bug shows with it
  };
  std::string name;     // what builders are told; never empty
  std::string changes;  // in words: "HARBOR=n"
  Use use = Use::past_masks;
  // Types of reports (CrashReport::type, or its part before the first '-') of which the detector is off in
  // it: no use where the bug shows as one of them, of most use where one of them is in the way. Empty: not
  // known.
  std::vector<std::string> silences;

  // Would a report of this type be missing?
  bool is_silent_on(std::string_view report_type) const;
};

std::string_view name_of(Variant::Use use);  // "past_masks", "smaller"

// The reserved variants: `commit` taken back on top of the revision that is built, in `variant`. The name is
// "revert:<id>", or "revert:<id>+<variant>".
struct RevertVariant {
  CommitId commit;
  std::string variant;
};
inline constexpr std::string_view k_revert_prefix = "revert:";
std::string name_of(const RevertVariant& revert);
std::optional<RevertVariant> revert_variant_from_name(std::string_view name);
// The opposite, "apply:<id>": a revision with the change that a later commit made.
struct ApplyVariant {
  CommitId commit;
  std::string variant;
};
inline constexpr std::string_view k_apply_prefix = "apply:";
std::string name_of(const ApplyVariant& apply);
std::optional<ApplyVariant> apply_variant_from_name(std::string_view name);
// How the text of a broken build begins where the revert itself failed: later changes are in its way.
inline constexpr std::string_view k_revert_conflict = "the revert conflicts in ";
// The same of a build, fine or broken, of what could be taken back: all but lines of these files.
inline constexpr std::string_view k_revert_partly = "taken back but for lines of ";
// The same of both where a change cannot be applied, and where what could be applied lacks lines of these files.
inline constexpr std::string_view k_apply_conflict = "the change conflicts in ";
inline constexpr std::string_view k_apply_partly = "applied but for lines of ";
// The same where there is nothing left to take back, or to apply.
inline constexpr std::string_view k_revert_nothing = "nothing is left of the change";

// How sure an answer has to be where nobody said: at 99 % one answer in a hundred may be wrong.
inline constexpr double k_confidence = 0.99;

// The user's own words, for whoever tells of the bisection.
struct OwnWords {
  std::vector<ReleaseTag> names;  // what they called the ends, where that is a name: "v5.3.0", "topic"
  std::string test;               // their command: "./size.sh --all"; empty: none
  std::string term_new;           // for what has the change, where they chose a word; else empty
  std::string term_old;           // and for what lacks it
  bool measured = false;          // the test prints a number; its move is what is wanted
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
  double confidence = k_confidence;  // bayes: stop at this posterior
  std::vector<Variant> variants;     // that the builder has, in the order in which they are to be tried
  bool verify = false;               // check a culprit by controls and by reverting it
  bool keeps_leftovers = false;  // what builds and runs leave in a checkout is there for the next revision
  bool runs_meet = false;        // runs beside one another want the same ports, locks and files
  std::vector<double> prior;     // a weight for each node, 1 where nothing is said; empty: uniform
  Beliefs beliefs;               // of what finished bisections showed
  OwnWords own;
};

// One thing to do next: build `commit` where it is not built yet, and run it `runs` times.
struct Experiment {
  CommitId commit;
  std::string variant{};  // the configuration variant to build; empty: the plain one
  int runs = 1;
  std::string stage;   // "start", "end", "release", "merge-base", "bisect", "confirm", "parent", "control"
  std::string label;   // the release tag, where the commit has one
  std::string reason;  // in words, for the record
  double information = 0;   // bits expected; 0 where the strategy does not say
  double cost = 0;          // seconds expected; 0 where unknown
  bool from_clean = false;  // built with nothing left of earlier builds and runs, even if it is built already
  int slot = -1;            // rather on this one, to tell a slot from a commit; -1: on any
  double pause_s = 0;       // before its first run: what an earlier run left may be gone then
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

enum class ResultKind { culprit, inconclusive, horizon, not_reproduced, good_end_crashes, infrastructure };
// "culprit", "inconclusive", ...: the names in JSON.
std::string_view name_of(ResultKind kind);

// What taking the culprit back showed.
struct Verification {
  enum class Kind {
    not_tried,
    reverted,       // the bug is gone without the culprit (fix: it is back)
    still_crashes,  // cause: the bug shows without the culprit too
    still_absent,   // fix: the bug stays away without the culprit too
    conflict,       // later changes are in the way of the revert
    broken,         // it does not build or run without the culprit
    unclear,        // too few runs said anything
  };
  Kind kind = Kind::not_tried;
  CommitId on;      // the revision on top of which it was taken back
  int runs = 0;     // that say something
  int crashes = 0;  // of them showed the bug
  std::string why;  // in words
};
// "not_tried", "reverted", ...: the names in JSON.
std::string_view name_of(Verification::Kind kind);

struct Conclusion {
  ResultKind kind = ResultKind::inconclusive;
  std::optional<CommitId> culprit;
  double probability = 0;               // of the culprit, or of the whole candidate set
  std::vector<Candidate> candidates;    // most probable first; holds the culprit too
  std::optional<CommitId> tested;       // that the kind is about: the endpoint, the oldest bad release
  std::optional<CommitId> last_good;    // newest revision known to be free of the bug next to the culprit
  bool no_op = false;                   // the culprit's binary equals its parent's
  bool is_release = false;              // the culprit is a release commit
  std::string explanation;              // for a person: why this and not more
  std::vector<std::string> next_steps;  // what to test if more certainty is wanted
  std::optional<Verification> verification{};
  std::optional<Lesson> lesson{};  // what it teaches those that come after
};

// experiments to start now, or a conclusion. Neither: wait for what is pending.
struct Decision {
  std::vector<Experiment> experiments;
  std::optional<Conclusion> conclusion;
  Standing standing;
  std::vector<std::string> notes{};  // sentences for the record, the same ones again and again: told once
};

}  // namespace culprit::model
