// Is this crash the bug we chase? A probability for every run, from all runs together, with its reasons in
// words.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "identity/looks/likeness.h"
#include "identity/looks/memory.h"
#include "identity/rates.h"
#include "identity/tuning.h"
#include "model/graph/commit.h"
#include "model/search.h"
#include "model/verdict.h"

namespace culprit::identity {

// What is known besides the runs; all of it may be left out.
struct Context {
  // The bug's title, where it is known before any run: decides which face at the start is the bug.
  std::string title;
  model::Goal goal = model::Goal::cause;
  // Revisions that somebody said to be free of the bug: of several tests that fail at the start, those that fail there too are not it.
  std::vector<model::CommitId> good{};
  // Is `a` an ancestor of `b`? Lets a revision that is surely free of the bug speak for those behind it.
  std::function<bool(const model::CommitId& a, const model::CommitId& b)> is_ancestor;
};

// One way in which crashes looked, and what it was taken for.
struct FaceJudgement {
  std::string title;
  double probability = 0;  // that it is the bug
  model::Identity identity = model::Identity::unknown;
  std::vector<Reason> reasons;  // strongest first
  int runs = 0;                 // that showed it after the reproducer started
  int runs_at_start = 0;        // of them on the start revision
  int runs_before_test = 0;     // that showed it before the reproducer started
};

class Assessment {
 public:
  struct RunView {
    std::vector<std::size_t> faces;        // shown after the reproducer started, in order
    std::vector<std::size_t> before_test;  // shown before it
    bool masked = false;                   // another crash ended it before the bug could show
    bool silenced = false;    // another report came first and turned off the detector that sees the bug
    std::string silenced_by;  // its title
  };

  Assessment() = default;
  Assessment(std::vector<FaceJudgement> faces, std::vector<RunView> runs, std::string target,
             CrashRates rates)
      : m_faces(std::move(faces)),
        m_runs(std::move(runs)),
        m_target(std::move(target)),
        m_rates(std::move(rates)) {}

  const std::vector<FaceJudgement>& faces() const { return m_faces; }
  // The face of run `run` (its place among the runs assessed) that is most likely the bug; null where it
  // showed none.
  const FaceJudgement* face_of_run(std::size_t run) const;
  // Why run `run` is taken for what it is: some lines for a person, no line feed at the end; empty for a
  // clean run.
  std::string explain(std::size_t run) const;
  // The bug's title: its main face on the start revision. Empty where nothing crashed there.
  const std::string& target() const { return m_target; }
  // How often the bug shows where it is.
  const CrashRates& rates() const { return m_rates; }

 private:
  static std::string explain(const FaceJudgement& face);

  std::vector<FaceJudgement> m_faces;
  std::vector<RunView> m_runs;
  std::string m_target;
  CrashRates m_rates;
};

// Sets `p_target` and `identity` of every run. The crashes seen on `start`, where the bug is known to show,
// are its faces; a run without a crash gets 0. Clears `completed` of runs in which another report turned off
// the detector that would have shown the bug: they say nothing. Depends on the set of runs only, not on their
// order; calling it again changes nothing.
// `memory`, if any, is kept by the caller from one assessment of a bisection to the next: runs that it knows
// need no reports any more.
Assessment assess(std::vector<model::RunRecord>& runs, const model::CommitId& start,
                  const Context& context = {}, Memory* memory = nullptr);

}  // namespace culprit::identity
