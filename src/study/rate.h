// How often something shows, and how surely that is known.
#pragma once

namespace culprit::study {

// Bounds of a rate, in [0, 1].
struct RateInterval {
  double low = 0;
  double high = 1;
  double half() const { return (high - low) / 2; }
};

// The interval of Wilson (1927) that covers the rate with 95 %, where `shown` of `runs` showed it; without runs all of
// [0, 1]. Of the intervals in closed form it is the one that keeps its promise for few runs and for rates near 0 and 1
// (Brown, Cai, DasGupta 2001). Numbers need not be whole: plans ask what more runs would tell.
RateInterval rate_interval(double shown, double runs);

}  // namespace culprit::study
