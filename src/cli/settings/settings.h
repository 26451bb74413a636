// The options of a bisection as the user gave them, resolved: all that `culprit resume` needs to go on.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/search.h"
#include "model/subject.h"
#include "model/verdict.h"

namespace culprit::cli {

struct Settings {
  // The question.
  std::string repository;         // absolute path
  std::string bad;                // as given; empty: HEAD
  std::vector<std::string> good;  // as given; empty: walk the releases
  bool fix = false;
  std::vector<std::string> skip;
  std::string oldest;  // release tag at which the walk ends; empty: the oldest there is
  bool first_parent = false;
  bool release_candidates = false;  // walk -rc tags too
  bool allow_shallow = false;

  // What is believed before any run.
  std::vector<std::string> paths;  // commits that touch one of them weigh more; from the top folder
  std::string prior_path;          // a file of weights by commit, as given, and its text as it was
  std::string prior_text;
  bool prior_crash = false;     // commits that touch what the crash names weigh more
  std::string experience_path;  // a file of what finished bisections showed, as given, and its text as it was
  std::string experience_text;

  // A person tests by hand: nothing is run, and built only where `build` says how.
  bool manual = false;
  bool checkout = false;  // the user's checkout is moved to what is to be tested
  bool waits = false;     // begun as git begins it: nothing is asked before the person named both ends
  std::string term_new;   // a person's word for revisions that have the change; empty: "bad" (fix: "good")
  std::string term_old;   // and for those that lack it
  std::string user_head;  // the branch (or the commit) that was checked out when the bisection began

  // How it is asked.
  std::string strategy;  // "classic" or "bayes"; empty: the default
  int runs = 0;          // a revision
  int jobs = 0;
  bool jobs_given = false;   // by the user
  int ahead = k_as_room_is;  // builds made ahead of what is asked for
  double confidence = 0;     // 0: not said, k_confidence or k_confidence_by_hand
  bool verify = true;        // check the answer by taking the commit back
  bool keep_checkouts = false;

  // A program.
  std::vector<std::string> command;
  std::string build;                   // a shell command; empty: none
  std::vector<std::string> artifacts;  // files whose bytes tell builds apart
  std::optional<double> timeout;       // seconds a run
  std::vector<std::string> messages;   // what the bug prints, text or "/expression/"
  std::vector<std::string> ignored;    // what another failure prints
  std::vector<std::string> tests;      // names of the tests that the bug fails
  double build_timeout = 3600;
  bool clean = false;
  std::string read_as;       // "kernel": the command drives a guest, whose console its output is
  std::string subdirectory;  // of the checkout where the user was: commands run in the same one
  std::string user_cwd;      // where the user was: untracked scripts are found there

  // Laid over every revision of a program, as given, with the user's files made absolute.
  std::vector<std::string> overlays;   // PATH[=DEST]
  std::vector<std::string> patches;    // PATCH[@RANGE]
  std::vector<std::string> only_with;  // paths without which a revision is not tested
  bool with_changes = false;           // what is uncommitted is part of every revision
  bool measure = false;                // the command prints a number, and the commit that moved it is wanted

  // A kernel: the configuration file's path and text, as it was when the bisection began.
  std::string config_path;
  std::string config_text;

  // The files to be written, by output ("json"); one that is empty is not wanted.
  std::map<std::string, std::string> outputs;

  static constexpr int k_as_room_is = -1;  // `ahead`: as many as the machine has room for

  // Follows from the above.
  model::Subject subject() const {
    if (manual) return model::Subject::by_hand;
    return config_path.empty() ? model::Subject::program : model::Subject::kernel;
  }
  bool is_kernel() const { return subject() == model::Subject::kernel; }
  bool is_by_hand() const { return subject() == model::Subject::by_hand; }
};

// syzbot's: a bug that shows in half of the runs is missed once in a thousand (1/2 to the power of 10).
inline constexpr int k_default_runs = 10;
// By hand a single word for a revision must be able to end the search.
inline constexpr double k_confidence = model::k_confidence;
inline constexpr double k_confidence_by_hand = 0.9;
double confidence_of(const Settings& settings);

std::string to_json(const Settings& settings);
base::Result<Settings> settings_from_json(const std::string& text);

}  // namespace culprit::cli
