// What else than the commit may explain which runs showed the bug: their order, their slot, their place in the
// checkout, or nothing at all.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>

namespace culprit::search {

// A run that said something.
struct ControlledRun {
  bool shown = false;
  int slot = -1;         // as in model::RunRecord
  int in_checkout = -1;  // the same
  int of_revision = 0;   // 0: the first run of its revision
  double began = 0;      // the same
};

enum class Explanation {
  commit,     // revisions that hold the bug show it at one rate, the others at another, small one
  always,     // the test fails at one rate, whatever it is given
  time,       // at one rate up to some run, at another from there on, whatever the revision
  first_run,  // the first run in a checkout, or of a revision, has a rate of its own, whatever the revision
  slot,       // each slot has a rate of its own, whatever the revision
};
inline constexpr std::size_t k_explanations = 5;

// Runs by which side of a commit they are on.
struct Sides {
  int holds_shown = 0, holds_runs = 0;  // on revisions that are expected to have the bug
  int rest_shown = 0, rest_runs = 0;
  void add(bool holds, bool shown);
};
// ln P(outcomes | it is the commit), one of `commits` that were as likely: one that only chance singles out
// among many has to pay for it.
double log_of_commit(const Sides& sides, double commits);

struct Explained {
  std::array<double, k_explanations> probability{};  // sums to 1
  Explanation other = Explanation::always;           // the best one that is not the commit
  std::string words;                                 // its: "it shows in 4 of the first 4 runs, and in ..."

  double operator[](Explanation e) const { return probability[static_cast<std::size_t>(e)]; }
};

// Weighs the explanations of `runs`, which are in their order, by Bayes' rule: for each its prior (tuning.h) and
// the likelihood of the sequence of outcomes with its rates integrated out.
Explained explain(std::span<const ControlledRun> runs, double log_of_commit);

}  // namespace culprit::search
