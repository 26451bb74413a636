// Broken revisions come in ranges: one commit breaks the build, a later one mends it. Seen from a broken
// revision, the chance that the range goes on halves with every lambda commits (lambda: 2 % of the range),
// and it is known to have ended before the next revision that was built. Two broken revisions close together
// are probably one hole. Distance is counted in positions: along the mainline that is age, and a topic branch
// is one piece.
//
// Runs are lost to the machine everywhere alike, but to other crashes by region, so that share is taken from
// the tested revisions on either side. A revision of which no run came past another crash is behind a wall, and further
// runs of its neighbours hardly help: where such a range ends between it and one outside, nobody knows, and each place is as
// likely. (With one share for all of the gap, the place that splits best is the one beside what was hidden last, and a search
// walks through the range step by step: bench/worlds, a-build-that-is-the-bug, another-failure-flaky-50.) Between two that are
// behind one, what is to be expected is learned from those that were tested there: by Laplace's rule, one in two at first.
#include "search/plan/terrain.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "search/belief/tuning.h"
#include "search/evidence/tuning.h"
#include "search/plan/tuning.h"
#include "search/plan/walls.h"

namespace culprit::search {
namespace {

struct Landmark {
  Position at = 0;
  bool works = false;
  double masked = 0;  // share of the runs that came to an end in another crash or never got to the test
  double wall = 0;    // the same, where it is all of them: 0 or near 1
};

double wall_between(const Landmark* left, const Landmark* right, Position at) {
  if (left && right) {
    const double way = static_cast<double>(at - left->at) / static_cast<double>(right->at - left->at);
    return left->wall + (right->wall - left->wall) * way;
  }
  return left ? left->wall : right ? right->wall : 0;
}

// Of the revisions that were tested between two that are behind a wall, the share that is behind it too.
double wall_between_walls(std::span<const Landmark> marks) {
  int inside = 0, walled = 0;
  for (std::size_t i = 1; i + 1 < marks.size(); ++i) {
    if (marks[i - 1].wall <= 0 || marks[i + 1].wall <= 0) continue;
    ++inside;
    walled += marks[i].wall > 0 ? 1 : 0;
  }
  return (walled + 1.0) / (inside + 2.0);
}

// Chance that a hole seen at distance `d` still goes on, given that it ends before distance `gap`.
double goes_on(double d, double gap, double lambda) {
  const double tail = std::exp2(-gap / lambda);
  return std::clamp((std::exp2(-d / lambda) - tail) / std::max(1e-9, 1 - tail), 0.0, 1.0);
}

double broken_between(const Landmark* left, const Landmark* right, Position at, double lambda, double risk) {
  constexpr double k_far = 1e9;
  const double to_left = left ? at - left->at : k_far;
  const double to_right = right ? right->at - at : k_far;
  const bool left_broken = left && !left->works;
  const bool right_broken = right && !right->works;
  double broken = 0;
  if (left_broken && right_broken) {
    const double one_hole = std::exp2(-(to_left + to_right) / (2 * lambda));
    broken = one_hole + (1 - one_hole) * std::exp2(-std::min(to_left, to_right) / lambda);
  } else if (left_broken) {
    broken = goes_on(to_left, right ? to_left + to_right : k_far, lambda);
  } else if (right_broken) {
    broken = goes_on(to_right, left ? to_left + to_right : k_far, lambda);
  }
  return std::max(risk, (1 - risk) * broken);
}

}  // namespace

Terrain survey(const Tally& tally, const Ancestry& ancestry, const Range& range,
               const std::vector<NodeIndex>& skipped, const model::Beliefs& beliefs) {
  Terrain terrain;
  terrain.buildable.assign(ancestry.size(), 0);
  terrain.valid.assign(ancestry.size(), 1);
  double runs = k_prior_runs, lost = k_prior_runs * beliefs.lost.value_or(k_prior_lost);
  double ended = k_prior_runs / 2, masked = k_prior_runs / 2 * beliefs.masked.value_or(k_prior_masked);
  std::vector<Landmark> marks;
  std::vector<Counts> counts;
  for (const Revision& r : tally.revisions()) {
    const Counts c = tally.own(r);
    runs += c.all();
    lost += c.lost;
    ended += c.attempts();
    masked += c.mute();
    counts.push_back(c);
  }
  const double share = masked / ended;
  const Walls walls(counts);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const Revision& r = tally.revisions()[i];
    const Counts& c = counts[i];
    const int all = c.attempts();
    const bool hopeless = (all >= k_hopeless_runs && c.failed() + c.silenced == all) || walls.gives_up(c);
    if (r.gone) terrain.gone.push_back(ancestry.position(r.node));
    const bool gave_up = !r.built && r.build_infra >= k_build_attempts;
    if (!r.built && !r.broken && !gave_up) continue;
    const double mute = (c.mute() + share) / (all + 1.0);
    marks.push_back({.at = ancestry.position(r.node),
                     .works = r.built && !hopeless,
                     .masked = mute,
                     .wall = all > 0 && c.mute() == all ? mute : 0});
  }
  std::ranges::sort(marks, {}, &Landmark::at);
  const double lambda = std::max(k_least_hole, k_hole_share * static_cast<double>(range.commits));
  const double machine = 1 - lost / runs;
  const double between_walls = wall_between_walls(marks);
  const double risk = beliefs.broken.value_or(k_always_risk);

  std::size_t next = 0;  // first landmark at or after the position
  const Landmark* left = nullptr;
  for (Position at = 0; at < ancestry.size(); ++at) {
    while (next < marks.size() && marks[next].at < at) left = &marks[next++];
    const Landmark* right = next < marks.size() ? &marks[next] : nullptr;
    if (right && right->at == at) {
      terrain.buildable[at] = right->works ? Terrain::k_built : 0;
      terrain.valid[at] = static_cast<float>(std::max(k_least_valid, machine * (1 - right->masked)));
      continue;
    }
    const auto open = [&](const Landmark& mark) { return mark.wall > 0 ? share : mark.masked; };
    const double near = left && right ? (open(*left) + open(*right)) / 2
                        : left        ? open(*left)
                        : right       ? open(*right)
                                      : share;
    terrain.valid[at] = static_cast<float>(std::max(k_least_valid, machine * (1 - near)));
    if (!range.testable[at]) continue;
    const bool behind_walls = left && right && left->wall > 0 && right->wall > 0;
    const double wall = std::max(wall_between(left, right, at), behind_walls ? between_walls : 0);
    terrain.buildable[at] =
        static_cast<float>((1 - broken_between(left, right, at, lambda, risk)) * (1 - wall));
  }
  for (const NodeIndex node : skipped) {
    float& here = terrain.buildable[ancestry.position(node)];
    if (here <= 1) here = 0;
  }
  for (const Revision& r : tally.revisions())
    if (r.said_skip > 0) terrain.buildable[ancestry.position(r.node)] = 0;
  return terrain;
}

}  // namespace culprit::search
