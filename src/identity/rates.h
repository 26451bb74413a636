// How often the bug shows where it is: learned from the revisions that surely have it.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace culprit::identity {

// Runs of one binary that count: those that showed the bug, and those that ran their course without it.
struct Counts {
  int shown = 0;
  int quiet = 0;
};

class CrashRates {
 public:
  // `sure`: one entry for each binary that surely has the bug; may be empty.
  explicit CrashRates(std::span<const Counts> sure = {});

  // The natural logarithm of how likely runs come out as `counts`, in one given order, on a revision that has
  // the bug. 0 for no runs.
  double log_likelihood(const Counts& counts) const;
  // The same of several binaries at once: what the runs of one say of the rate counts for the others.
  double log_likelihood(std::span<const Counts> binaries) const;
  // p(bug) of a revision whose runs were all quiet, `prior` before them.
  double bug_behind_silence(int quiet, double prior = 0.5) const;
  // The expected share of runs that show the bug.
  double mean() const { return m_mean; }
  // Runs without a sign of the bug that make a revision free of it with probability `wanted`, starting from
  // even odds; at most 1000.
  int quiet_runs_for(double wanted) const;

 private:
  // One combination of what is unknown.
  struct Point {
    double rate;
    double a;  // of the beta distribution of rates; 0: every revision has the same
    double b;
    double log_norm;  // the logarithm of B(a, b)
    // The logarithms of the share of revisions whose rate is of this distribution, and of those whose rate
    // has nothing to do with the others'.
    double log_related;
    double log_unrelated;
    double mass;  // the logarithm of its probability
  };
  // `unrelated`: the log-likelihood of the same counts at a rate of which nothing is known.
  static double log_likelihood(const Point& point, const Counts& counts, double unrelated);

  std::vector<Point> m_points;
  double m_mean = 0;
};

// The same for a crash of which nothing is known, such as another bug's, with one rate on all of `binaries`, of which there is
// at least one: Jeffreys' prior on it. All but the first are granted to have a rate of their own as often as CrashRates does
// at least.
double log_likelihood_of_unknown_rate(std::span<const Counts> binaries);

}  // namespace culprit::identity
