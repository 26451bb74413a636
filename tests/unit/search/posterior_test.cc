// The posterior on random histories, beside a sum over all commits done the slow way.
#include "search/belief/posterior.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <numeric>

#include "bench/noisebisect/dags.h"
#include "tests/unit/search/random_graph.h"

namespace culprit::search {
namespace {

struct Setup {
  model::CommitGraph graph;
  Ancestry ancestry;
  Prior prior;
  std::vector<NodeIndex> nodes;
  std::vector<Observation> observations;
  Reading reading;

  Posterior posterior(const Cells& cells) const {
    return {cells, prior, Positive::crashes, observations, {reading}};
  }
  Cells cells() const { return {ancestry, prior.below(), nodes}; }
};

Ancestry ancestry_of(const model::CommitGraph& graph) {
  const NodeIndex tip = static_cast<NodeIndex>(graph.size() - 1);
  return {graph, std::span(&tip, 1)};
}

// Some revisions with some runs, each with a binary of its own.
Setup any_setup(int most) {
  auto graph = testing::any_graph(most);
  const std::size_t n = graph.size();
  std::vector<double> weights(n + 1);
  for (double& w : weights) w = *rc::gen::inRange(1, 20);
  weights.back() = 0;
  Setup s{.graph = graph, .ancestry = ancestry_of(graph), .prior = Prior(weights)};
  const int tested = *rc::gen::inRange(1, 6);
  for (int i = 0; i < tested; ++i) {
    const auto node = static_cast<NodeIndex>(*rc::gen::inRange<int>(0, static_cast<int>(n)));
    if (std::ranges::find(s.nodes, node) != s.nodes.end()) continue;
    const int runs = *rc::gen::inRange(0, 12);
    s.nodes.push_back(node);
    s.observations.push_back({.node = node, .binary = s.nodes.size() - 1});
    s.reading.samples.push_back({.crashes = *rc::gen::inRange(0, runs + 1), .runs = runs});
  }
  return s;
}

// p(culprit at `position`) up to a factor: a sum over both kinds of rates of a product over the revisions.
double slow_weight(const Setup& s, Position position) {
  double sum = 0;
  for (std::size_t j = 0; j < k_rates; ++j)
    for (std::size_t q = 0; q < k_false_rates; ++q) {
      double log_likelihood = 0;
      for (std::size_t i = 0; i < s.nodes.size(); ++i) {
        std::array<double, k_rates> bad{};
        std::array<double, k_false_rates> good{};
        add_log_bad(s.reading.samples[i], bad);
        add_log_good(s.reading.samples[i], good);
        const bool holds = s.ancestry.contains(s.nodes[i], s.ancestry.node(position));
        log_likelihood += holds ? bad[j] : good[q];
      }
      sum += rates()[j].prior * false_rate_priors()[j][q] * std::exp(log_likelihood);
    }
  return sum * s.prior.mass(position, position + 1);
}

RC_GTEST_PROP(Posterior, EqualsTheSumOverAllCommits, ()) {
  const Setup s = any_setup(30);
  const Cells cells = s.cells();
  const Posterior posterior = s.posterior(cells);
  std::vector<double> slow(s.graph.size());
  for (Position at = 0; at < slow.size(); ++at) slow[at] = slow_weight(s, at);
  const double sum = std::accumulate(slow.begin(), slow.end(), 0.0);
  for (Position at = 0; at < slow.size(); ++at)
    RC_ASSERT(std::abs(posterior.mass(at) - slow[at] / sum) < 1e-9);
}

RC_GTEST_PROP(Posterior, SumsToOne, ()) {
  const Setup s = any_setup(200);
  const Cells cells = s.cells();
  RC_ASSERT(std::abs(s.posterior(cells).prefix().back() - 1) < 1e-9);
}

RC_GTEST_PROP(Posterior, DoesNotDependOnTheOrderOfTheEvidence, ()) {
  Setup s = any_setup(60);
  const Cells cells = s.cells();
  const Posterior forth = s.posterior(cells);
  std::ranges::reverse(s.nodes);
  std::ranges::reverse(s.observations);
  std::ranges::reverse(s.reading.samples);
  const Cells turned = s.cells();
  const Posterior back = s.posterior(turned);
  for (Position at = 0; at < s.graph.size(); ++at)
    RC_ASSERT(std::abs(forth.mass(at) - back.mass(at)) < 1e-12);
}

// E[p(culprit) after one more run] >= p(culprit): the run's outcome drawn as the culprit has it.
RC_GTEST_PROP(Posterior, OneMoreRunIsExpectedToRaiseTheCulprit, ()) {
  Setup s = any_setup(40);
  const Cells cells = s.cells();
  const Posterior before = s.posterior(cells);
  const auto culprit = static_cast<Position>(*rc::gen::inRange<int>(0, static_cast<int>(s.graph.size())));
  RC_PRE(before.mass(culprit) > 1e-9);
  const auto i = static_cast<std::size_t>(*rc::gen::inRange<int>(0, static_cast<int>(s.nodes.size())));
  const auto after = [&](int crashes) {
    Setup more = s;
    more.reading.samples[i].crashes += crashes;
    ++more.reading.samples[i].runs;
    return std::pair(slow_weight(more, culprit) / slow_weight(s, culprit),
                     more.posterior(cells).mass(culprit));
  };
  const auto [crash, mass_after_crash] = after(1);
  const auto [quiet, mass_after_quiet] = after(0);
  RC_ASSERT(std::abs(crash + quiet - 1) < 1e-9);
  RC_ASSERT(crash * mass_after_crash + quiet * mass_after_quiet >= before.mass(culprit) - 1e-9);
}

TEST(Posterior, SumsToOneAtTheSizeOfLinux) {
  const auto graph = noisebisect::make_dag(1'300'000, 1);
  const Ancestry ancestry = ancestry_of(graph);
  const Prior prior(std::vector<double>(graph.size() + 1, 1));
  const auto at = [&](double share) {
    return static_cast<NodeIndex>(share * static_cast<double>(graph.size() - 1));
  };
  const std::vector<NodeIndex> nodes = {at(1), at(0.5), at(0.8), at(0.1)};
  std::vector<Observation> observations;
  for (std::size_t i = 0; i < nodes.size(); ++i) observations.push_back({.node = nodes[i], .binary = i});
  const Cells cells(ancestry, prior.below(), nodes);
  const Posterior posterior(cells, prior, Positive::crashes, observations,
                            {{.samples = {{5, 5}, {0, 10}, {3, 4}, {0, 3}}}});
  EXPECT_NEAR(posterior.prefix().back(), 1, 1e-9);
}

TEST(Posterior, KeepsApartAfterThousandsOfRuns) {
  const auto graph = testing::graph_of({{1, {}}, {2, {1}}, {3, {2}}});
  const Ancestry ancestry = ancestry_of(graph);
  const Prior prior(std::vector<double>{1, 1, 1, 0});
  const std::vector<NodeIndex> nodes = {1};
  const Cells cells(ancestry, prior.below(), nodes);
  const Posterior posterior(cells, prior, Positive::crashes, {{.node = 1, .binary = 0}},
                            {{.samples = {{2000, 2200}}}});
  EXPECT_GT(posterior.positive_mass(0), 0.999);
}

TEST(Posterior, EqualBinariesOnBothSidesSpeakAgainstACommit) {
  const auto graph = testing::graph_of({{1, {}}, {2, {1}}, {3, {2}}});
  const Ancestry ancestry = ancestry_of(graph);
  const Prior prior(std::vector<double>{1, 1, 1, 0});
  const std::vector<NodeIndex> nodes = {0, 1, 2};
  const Cells cells(ancestry, prior.below(), nodes);
  // 2 and 1 have one binary, which was never run: the step between them cannot be the culprit.
  const Posterior posterior(cells, prior, Positive::crashes,
                            {{.node = 0, .binary = 0}, {.node = 1, .binary = 0}, {.node = 2, .binary = 1}},
                            {{.samples = {{0, 10}, {0, 0}, {5, 5}}}});
  EXPECT_GT(posterior.mass(ancestry.position(2)), 0.9);
  EXPECT_LT(posterior.mass(ancestry.position(1)), 0.05);
}

}  // namespace
}  // namespace culprit::search
