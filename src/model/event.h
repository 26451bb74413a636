// Everything that happens in a bisection, as values: stored before the next decision, shown by every output.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "model/evidence.h"
#include "model/search.h"

namespace culprit::model {

struct Started {
  Problem problem;          // `prior` and `skip` included
  std::string subject;      // "command" or "kernel"
  std::string repository;   // path of the user's repository
  std::string settings;     // JSON of the resolved options: what `resume` needs to go on without arguments
  std::string version;      // of culprit
  std::size_t commits = 0;  // in the graph
};
struct Resumed {};
struct Interrupted {
  std::string reason;  // "SIGINT", "disk full", ...
};
// The search decided. `standing` says where it is, `experiments` what it starts.
struct Decided {
  std::vector<Experiment> experiments;
  Standing standing;
};
struct BuildStarted {
  CommitId commit;
  std::string label;
  std::string title;  // the commit's, for people
  std::string variant;
};
struct BuildFinished {
  BuildRecord build;
};
struct RunStarted {
  CommitId commit;
  int number = 0;  // 0-based within its revision
};
struct RunFinished {
  RunRecord run;
  std::string console;  // bounded; the store keeps it beside the event
};
// All experiments of a revision that were asked for so far are done: its verdict now. May change later.
struct Judged {
  RevisionVerdict verdict;
  std::string label;
};
struct PersonJudged {
  VerdictRecord verdict;
};
struct Note {
  std::string text;  // a retry, a variant tried, a warning
};
struct Finished {
  Conclusion conclusion;
};

using EventBody = std::variant<Started, Resumed, Interrupted, Decided, BuildStarted, BuildFinished,
                               RunStarted, RunFinished, Judged, PersonJudged, Note, Finished>;

struct Event {
  std::int64_t sequence = 0;  // 1, 2, ... within its bisection
  double time = 0;            // seconds since the epoch
  EventBody body;
};

// Whoever wants to know what happens as it happens: terminal, log.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on_event(const Event& event) = 0;
};

}  // namespace culprit::model
