// A job: a bisection that somebody asked the service for, and what became of it. Values without behaviour; the fold of
// its events (queue.h) makes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/experience.h"

namespace culprit::service {

// What is asked: the options of `culprit bisect`, and what the queue needs to know.
struct JobSpec {
  std::string repository;  // absolute path on the service's machine
  std::string cwd;         // where the command is started from; empty: the repository
  std::string bad;
  std::vector<std::string> good;
  std::vector<std::string> skip;
  std::string oldest;
  bool fix = false;
  bool first_parent = false;
  bool release_candidates = false;

  std::vector<std::string> command;  // a program; excludes the next two
  std::string config;                // a kernel: path of its file on the service's machine
  std::string config_text;           // or the file itself
  std::string build;
  std::vector<std::string> artifacts;
  std::vector<std::string> paths;
  bool clean = false;
  bool no_verify = false;
  int runs = 0;  // 0 here and below: the default of `culprit bisect`
  int jobs = 0;
  double timeout = 0;        // seconds
  double build_timeout = 0;  // seconds
  double confidence = 0;
  std::string strategy;

  std::string title;  // for people; empty: the command
  std::string owner;
  std::string bug;  // jobs of one word are one bug, whatever their crashes look like; empty: by their looks
  std::vector<std::string> labels;
  int priority = 0;          // higher ones first
  double deadline = 0;       // seconds since the epoch; 0: none
  double machine_hours = 0;  // budget, builds and runs summed; 0: none
  double money = 0;          // budget, at the price of a machine hour that the service's file says; 0: none
  bool held = false;         // waits for `release`
  std::string key;           // a second submission with the same key is the first one again; empty: none
};

enum class JobState { queued, held, running, waiting, answered, inconclusive, failed, cancelled };
std::string_view name_of(JobState state);
std::optional<JobState> state_from_name(std::string_view name);
// Nothing happens to it any more unless somebody asks.
bool is_final(JobState state);

// What a bisection came to.
struct Answer {
  std::string kind;    // model::ResultKind's word
  std::string commit;  // 40 or 64 digits; empty: none
  std::string title;   // the commit's
  double probability = 0;
  std::string crash;  // the title of the crash that was chased
};

// A person's word about an answer.
struct Word {
  std::string verdict;  // "wrong", "right", "instead"
  std::string commit;   // of "instead"
  std::string note;
  std::string by;
  double time = 0;
};

// A moment in the record of a job's bisections: which bisection, and the event's number in it. Later ones are larger,
// whatever a clock says.
struct StorePlace {
  std::int64_t bisection = 0;
  std::int64_t sequence = 0;
  auto operator<=>(const StorePlace&) const = default;
};

struct Job {
  std::int64_t id = 0;
  JobSpec spec;
  JobState state = JobState::queued;
  std::string reason;  // why it is in this state, a sentence for a person
  double submitted = 0;
  double changed = 0;  // the latest event
  int attempts = 0;
  int retries = 0;          // of them after trouble of the machine, since a person last asked
  double until = 0;         // waiting: when it is tried again
  bool cancelling = false;  // it runs, and somebody asked for its end
  std::string cancel_reason;
  bool cancel_holds = false;  // its end is to be held, not cancelled

  StorePlace concluded;  // where the end stands that its latest finished attempt came to
  // An end up to here is not the one that is wanted: somebody asked for another try, or the machine was at fault. No
  // time: the clock may be set back between the end and the asking, or forth and back.
  StorePlace superseded;

  // Of its latest bisection, over all attempts.
  double machine_s = 0;
  std::size_t builds = 0;
  std::size_t runs = 0;
  std::size_t lost = 0;  // runs and builds that the machine lost

  std::optional<Answer> answer;
  std::optional<model::Lesson> lesson;  // what its bisection taught; its tree is the repository
  double seen = 0;       // when the bug was last seen: by its bisection, or by somebody who said so; 0: never
  std::int64_t bug = 0;  // number of the first job of its bug; 0: not known
  std::string bug_why;   // why it is that bug
  std::vector<Word> words;
};

// The job's name for a person: its title, or its command line.
std::string title_of(const Job& job);

// One entry of the record. Times are seconds since the epoch.
struct JobEvent {
  std::int64_t sequence = 0;
  double time = 0;
  std::int64_t job = 0;  // 0: about the service
  std::string type;      // "submitted", "started", "ended", ...
  std::string actor;     // who did it: a token's name, "service", "folder"
  std::string body;      // JSON
};

}  // namespace culprit::service
