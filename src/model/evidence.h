// What a bisection knows so far: builds, runs and people's verdicts, each with what it cost.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/build_record.h"
#include "model/graph/commit.h"
#include "model/run/outcome.h"
#include "model/run/printed.h"
#include "model/run/reports.h"
#include "model/verdict.h"

namespace culprit::model {

// One finished run, as the search sees it.
struct RunRecord {
  std::uint64_t id = 0;  // unique in its store
  CommitId commit;
  std::string variant;
  std::string signature;  // of the binary that ran; runs of equal signatures belong together
  RunOutcome outcome;
  Reports reports;  // those printed after the reproducer started
  // Those printed before it, without their texts: they say nothing about the bug, but a detector that reports
  // once in a boot has spoken.
  Reports boot_reports;
  bool completed = false;  // the reproducer ran its course: without a target, this run speaks for "good"
  // How the reproducer in a guest came to its end: "exit code 0", "SIGSEGV", "time limit" (see usual_end.h).
  // Empty: it did not, or the subject is a program.
  std::string end{};
  std::optional<double> number{};  // that a measuring command printed
  // Of a program: what it printed. Whoever decides keeps its digest and no lines (engine::Journal).
  Printed printed{};
  double seconds = 0;
  // The circumstances: what an outcome may depend on besides the revision.
  double began = 0;         // seconds since the epoch; 0 where it was not recorded, as the next three
  int slot = -1;            // that it ran on
  int in_checkout = -1;     // 0: the first run since its revision was checked out and built there
  bool from_clean = false;  // what ran was built from clean

  // How likely this run showed the bug. In an event: as it looked then; identity works it out anew from all
  // runs each time evidence is gathered.
  double p_target = 0;
  // The same from what the crash looks like and in which company and phase it shows, without how often it
  // shows on which revisions: for who weighs the runs itself and must not count them twice. Empty: p_target.
  std::optional<double> p_alike{};
  Identity identity = Identity::unknown;
};

// An experiment that was started and has not finished.
struct PendingExperiment {
  CommitId commit;
  int runs = 0;  // runs still to finish
  bool building = false;
  std::string variant{};
};

// A commit that changes a file that the crash names, and how closely.
struct RelatedCommit {
  CommitId commit;
  bool names_function =
      false;  // a changed line, or the heading of its hunk, names one of the crash's functions
  friend bool operator==(const RelatedCommit&, const RelatedCommit&) = default;
};

struct Evidence {
  std::vector<BuildRecord> builds;
  std::vector<RunRecord> runs;
  std::vector<VerdictRecord> verdicts;
  std::vector<PendingExperiment> pending;
  // Built revisions of which nothing is left to be run: another run of one costs another build. They may be named
  // more than once.
  std::vector<CommitId> gone{};
  std::vector<RelatedCommit> related{};  // to the first crash at the start; empty where nobody asked
};

}  // namespace culprit::model
