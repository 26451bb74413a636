// A failing run that makes the next ones fail for a while, whatever the revision: its client is banned, its port not free yet.
#pragma once

#include <optional>
#include <string>

#include "model/evidence.h"
#include "model/search.h"

namespace culprit::search {

struct Aftermath {
  std::string words;  // of one that is known; empty: none is
  double rest_s = 0;  // after which a run is as it is
  std::optional<model::Decision>
      wanted{};  // runs that would tell; an empty decision while they are under way
};

// Where the start always fails and a good end is of two minds, or `told`, a conclusion, names nothing: a revision that fails just behind
// failing runs, a good end rather than others, is run after a rest, again behind a failing run, and again after a rest. What ends by the rest each
// time is the doing of the run before. Programs only (Problem::runs_meet). `told` may be null.
Aftermath aftermath_of_runs(const model::Problem& problem, const model::Evidence& evidence,
                            const model::Conclusion* told);

// What an aftermath leaves to believe: runs that began so long after the last one that failed.
model::Evidence rested_runs(const model::Evidence& evidence, double rest_s);
// One run at a time, with a rest behind one that failed.
model::Decision with_rests(const model::Evidence& evidence, model::Decision decision, double rest_s);

}  // namespace culprit::search
