// Runs that share one rate of which nothing is known.
#pragma once

#include "base/log_space.h"

namespace culprit::search {

struct SharedRate {
  int shown = 0;
  int runs = 0;

  void add(bool is_shown) {
    shown += is_shown;
    ++runs;
  }
  int quiet() const { return runs - shown; }
  double mean() const { return (shown + 0.5) / (runs + 1.0); }  // of the rate, with the prior below
  bool two_minds() const { return shown > 0 && shown < runs; }
  // ln P(these outcomes, in their order). Jeffreys' prior of a rate: no scale is preferred.
  double log_marginal() const { return base::log_beta_binomial(0.5, 0.5, shown, quiet()); }
};

// ln of how much likelier it is that the two have each a rate of their own than that they share one.
inline double log_odds_of_two_rates(const SharedRate& a, const SharedRate& b) {
  return a.log_marginal() + b.log_marginal() - SharedRate{a.shown + b.shown, a.runs + b.runs}.log_marginal();
}

}  // namespace culprit::search
