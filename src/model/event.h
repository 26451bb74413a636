// Everything that happens in a bisection, as values: stored before the next decision, shown by every output.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/event_fwd.h"
#include "model/evidence.h"
#include "model/search.h"
#include "model/subject.h"

namespace culprit::model {

// How far a message got. begun: nobody can tell whether it arrived, if that is the last word on it.
enum class PostStage : int { begun, accepted, refused, lost };
// "begun", "accepted", "refused", "lost": the words in the store. refused: for certain not taken; lost: the
// connection broke when it may have been taken.
std::string_view name_of(PostStage stage);

// `k_name` is the word by which the store knows an event; it never changes.

struct Started {
  static constexpr std::string_view k_name = "started";
  Problem problem;  // `prior` and `skip` included
  Subject subject = Subject::program;
  std::string repository;   // path of the user's repository
  std::string settings;     // JSON of the resolved options: what `resume` needs to go on without arguments
  std::string version;      // of culprit
  std::size_t commits = 0;  // in the graph
};
struct Resumed {
  static constexpr std::string_view k_name = "resumed";
};
struct Interrupted {
  static constexpr std::string_view k_name = "interrupted";
  std::string reason;  // "SIGINT", "disk full", ...
};
// The search decided. `standing` says where it is, `experiments` what it starts.
struct Decided {
  static constexpr std::string_view k_name = "decided";
  std::vector<Experiment> experiments;
  Standing standing;
};
struct BuildStarted {
  static constexpr std::string_view k_name = "build_started";
  CommitId commit;
  std::string label;
  std::string title;  // the commit's, for people
  std::string variant;
};
struct BuildFinished {
  static constexpr std::string_view k_name = "build_finished";
  BuildRecord build;
};
struct RunStarted {
  static constexpr std::string_view k_name = "run_started";
  CommitId commit;
  int number = 0;  // 0-based within its revision
};
struct RunFinished {
  static constexpr std::string_view k_name = "run_finished";
  RunRecord run;
  std::string console;  // bounded; the store keeps it beside the event
};
// All experiments of a revision that were asked for so far are done: its verdict now. May change later.
struct Judged {
  static constexpr std::string_view k_name = "judged";
  RevisionVerdict verdict;
  std::string label;
};
struct PersonJudged {
  static constexpr std::string_view k_name = "person_judged";
  VerdictRecord verdict;
};
// What was said, built or run and is to count no more: a word that was a slip, all about a revision. The events stay
// in the store; who reads it does not get those named here, nor an answer that rested on them.
struct TakenBack {
  static constexpr std::string_view k_name = "taken_back";
  std::vector<std::int64_t> sequences;  // of those events
  std::uint64_t next_run = 1;           // runs are numbered from here on: an id is never given twice
};
struct Note {
  static constexpr std::string_view k_name = "note";
  std::string text;  // a retry, a variant tried, a warning
};
struct Finished {
  static constexpr std::string_view k_name = "finished";
  Conclusion conclusion;
};

// The answer went out of the house, or was about to: who sends it writes that down before and after, so that
// nothing is sent twice.
struct Posted {
  static constexpr std::string_view k_name = "posted";
  PostStage stage = PostStage::begun;
  std::string way;              // "mail", "webhook"
  std::string where;            // the server, the command or the address that it was given to
  std::string message_id;       // a mail's, without "<>"; empty for a webhook
  std::vector<std::string> to;  // addresses, all of them
  std::string text;             // what the other side said; may be empty
};

struct Event {
  std::int64_t sequence = 0;  // 1, 2, ... within its bisection
  double time = 0;            // seconds since the epoch
  EventBody body;
};

}  // namespace culprit::model
