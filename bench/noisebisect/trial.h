// A search strategy at work in a simulated world, with the clock and the bill.
#pragma once

#include <functional>
#include <memory>

#include "bench/noisebisect/world.h"
#include "search/search.h"

namespace culprit::search::noisebisect {

struct Result {
  enum class Kind { correct, wrong, none };
  Kind kind = Kind::none;
  double stated = 0;  // the probability that the answer gave itself; 0 where it gave none
  int builds = 0;
  int runs = 0;
  double cost = 0;       // machine seconds
  double wall = 0;       // seconds until the answer; cost / wall machines are busy
  double selecting = 0;  // seconds of our own thinking
  int selections = 0;
  model::Lesson lesson;  // what it teaches the next one
};

// How crashes that are not of the known title are presented to a search.
struct IdentityModel {
  double unknown_title = 0.35;  // prior probability that such a title is the bug
};

// Runs `search` with world.point().machines machines. Each builds a revision where it is not built yet and
// then runs it; the given runs are in the evidence from the start.
Result run_trial(const World& world, const Search& search, const IdentityModel& identity);

// Judges an answer: a single named commit, or a set. A set is right if it holds the culprit, no revision that
// builds could have told it from some other commit, and it is at most twice as large as the best possible
// one.
Result::Kind judge_answer(const World& world, const std::vector<NodeIndex>& answer, bool named);

model::Problem problem_of(const World& world, model::Beliefs beliefs = {});

}  // namespace culprit::search::noisebisect
