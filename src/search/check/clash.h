// Runs beside one another that want the same port, lock or file: who comes second fails, whatever the revision.
#pragma once

#include <optional>
#include <string>

#include "model/evidence.h"
#include "model/search.h"

namespace culprit::search {

struct Clash {
  std::string words;  // of one that is known; empty: none is
  std::optional<model::Decision>
      wanted{};  // runs that would tell; an empty decision while they are under way
};

// Judged by revisions, in runs without a variant: those beside others end in several ways, those alone in one. Runs alone are asked for
// where the start fails in several ways, and before `told` (a conclusion that names nothing) is told: where other revisions are of two
// minds although the start always fails. Nothing where no two runs can meet (Problem::runs_meet, run_slots).
Clash clash_of_runs(const model::Problem& problem, const model::Evidence& evidence,
                    const model::Conclusion* told);

// What a clash leaves to believe.
model::Evidence without_runs_beside(const model::Evidence& evidence);
// One run at a time.
model::Decision one_at_a_time(const model::Evidence& evidence, model::Decision decision);

}  // namespace culprit::search
