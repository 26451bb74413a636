// The loop: ask the search what to do, do it, write down what happened, ask again.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/process/cancel.h"
#include "base/result.h"
#include "build/builder.h"
#include "engine/ahead.h"
#include "engine/classify.h"
#include "engine/journal.h"
#include "history/history.h"
#include "model/search.h"
#include "run/runner.h"
#include "search/search.h"

namespace culprit::engine {

// The commits that change what the crash of a finished run names; empty where nothing is found or asked for.
using RelatedTo = std::function<std::vector<model::RelatedCommit>(std::uint64_t run)>;

// What an answer teaches the bisections that come after (search/belief/experience.h).
using LessonOf = std::function<model::Lesson(const model::Evidence&, const model::Conclusion&)>;

// What a run is started by, by the variant in which its revision was built.
using RunnerOf = std::function<run::Runner&(const std::string& variant)>;

// The journal's evidence with every run judged.
using Judged = std::function<model::Evidence(const Journal& journal)>;

// What the engine works on; everything outlives it.
struct Parts {
  Journal& journal;
  const search::Search& search;
  const history::History& history;
  build::Builder& builder;
  run::Runner& runner;
  const model::Problem& problem;
  model::Subject subject = model::Subject::program;
  bool measured = false;  // runs that are fine print a number last
  // Sentences that others want on record since the last call; may be empty. Called on the engine's thread.
  std::function<std::vector<std::string>()> take_notes = {};
  RelatedTo related_to = {};  // may be empty
  LessonOf lesson_of = {};    // may be empty
  Sought sought = {};         // the user's words for the bug
  // Where the start does not build, that is the bug, and builds are judged in the place of runs.
  bool build_may_be_the_bug = false;
  AheadLimits ahead = {};   // of builders that keep their slots; others make none
  RunnerOf runner_of = {};  // may be empty: `runner` for all
  Judged judged = {};       // may be empty: assessed(), all runs by one bug
};

// Evidence as the search wants it: the journal's, with every run's identity assessed, and what is related to
// the first run at the start that showed the bug.
model::Evidence assessed(const Journal& journal, const model::Problem& problem,
                         const RelatedTo& related_to = {});

// Runs experiments until the search concludes, and returns its conclusion. Every result is in the journal
// before the next decision. On cancellation or broken machinery: what runs is ended, an Interrupted event is
// recorded (where the store still takes one), and the error returned; a later call goes on from the journal.
base::Result<model::Conclusion> bisect(const Parts& parts, const base::CancelToken& cancel);

}  // namespace culprit::engine
