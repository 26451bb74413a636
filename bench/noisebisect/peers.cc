// The peers are given what is known of them in public: git's own bisection is the middle by ancestor counts
// around skipped commits; the two syzbot policies are read off its logs and its documentation; Bayesian
// bisection is the textbook's (Ben-Or and Hassidim; here with beta priors on both crash rates, as unknown
// rates want), least expected entropy after one run.
#include "bench/noisebisect/peers.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/log_space.h"
#include "search/graph/suspects.h"

namespace culprit::search::noisebisect {
namespace {

constexpr int k_syzbot_runs = 10;
constexpr double k_flaky_below = 0.6;
constexpr double k_least_confidence = 2.0 / 3;
constexpr int k_most_experiments = 5000;

// A world with a bill.
class Bench {
 public:
  explicit Bench(const World& world) : m_world(world), m_runs(world.graph().size(), 0) {
    m_runs[world.bad_end()] = k_given_bad_runs;
    m_runs[world.good_end()] = k_given_good_runs;
  }
  bool build(NodeIndex node) {
    ++result.builds;
    result.cost += m_world.point().build_seconds;
    return m_world.builds(node);
  }
  Show run(NodeIndex node) {
    ++result.runs;
    const Show show = m_world.run(node, m_runs[node]++);
    result.cost += m_world.seconds(show);
    return show;
  }
  Result result;

 private:
  const World& m_world;
  std::vector<int> m_runs;
};

bool crashed(Show show) { return show != Show::ok && show != Show::infra; }

enum class Word { bad, good, skip };

// git's search, with `test` for a verdict.
template <class Test>
std::vector<NodeIndex> bisect(const World& world, const Ancestry& ancestry, Test test) {
  std::vector<NodeIndex> bad = {world.bad_end()}, good = {world.good_end()};
  std::vector<std::uint8_t> avoid(world.graph().size(), 0);
  for (;;) {
    const Suspects suspects(ancestry, bad, good);
    const auto middle = suspects.size() > 1 ? suspects.middle(avoid) : std::nullopt;
    if (!middle) return suspects.members();
    const Word word = test(*middle);
    if (word == Word::skip)
      avoid[*middle] = 1;
    else
      (word == Word::bad ? bad : good).push_back(*middle);
  }
}

Result git_one_run(const World& world, const Ancestry& ancestry) {
  Bench bench(world);
  const auto answer = bisect(world, ancestry, [&](NodeIndex node) {
    if (!bench.build(node)) return Word::skip;
    for (;;) {
      const Show show = bench.run(node);
      if (show != Show::infra) return crashed(show) ? Word::bad : Word::good;
    }
  });
  bench.result.kind = judge_answer(world, answer, answer.size() == 1);
  return bench.result;
}

Result syzbot_2018(const World& world, const Ancestry& ancestry) {
  Bench bench(world);
  const auto answer = bisect(world, ancestry, [&](NodeIndex node) {
    if (!bench.build(node)) return Word::skip;
    bool any = false, bad = false;
    for (int i = 0; i < k_syzbot_runs; ++i) {
      const Show show = bench.run(node);
      any |= show != Show::infra;
      bad |= crashed(show);
    }
    return bad ? Word::bad : any ? Word::good : Word::skip;
  });
  bench.result.kind = judge_answer(world, answer, answer.size() == 1);
  return bench.result;
}

Result syzkaller_today(const World& world, const Ancestry& ancestry) {
  Bench bench(world);
  int valid = 0, known = 0;
  for (int i = 0; i < k_given_bad_runs; ++i) {
    const Show show = world.run(world.bad_end(), i);
    valid += show != Show::infra;
    known += show == Show::crash;
  }
  const double rate = static_cast<double>(known) / std::max(1, valid);
  const int runs = rate < k_flaky_below ? 2 * k_syzbot_runs : k_syzbot_runs;
  double confidence = 1;
  const auto answer = bisect(world, ancestry, [&](NodeIndex node) {
    if (!bench.build(node)) return Word::skip;
    int ok = 0, other = 0;
    bool bad = false;
    for (int i = 0; i < runs; ++i) {
      const Show show = bench.run(node);
      ok += show == Show::ok;
      bad |= show == Show::crash;
      other += crashed(show) && show != Show::crash;
    }
    if (bad) return Word::bad;
    if (other > 0 || ok == 0) return Word::skip;
    confidence *= 1 - std::pow(1 - rate, ok);
    return Word::good;
  });
  bench.result.stated = confidence;
  bench.result.kind =
      confidence < k_least_confidence ? Result::Kind::none : judge_answer(world, answer, answer.size() == 1);
  return bench.result;
}

class Bayesect {
 public:
  Bayesect(const World& world) : m_world(world), m_bench(world) {
    for (NodeIndex node = world.bad_end();;) {
      m_chain.push_back(node);
      if (world.graph().parents(node).empty()) break;
      node = world.graph().parents(node).front();
    }
    std::ranges::reverse(m_chain);
    m_crashes.assign(m_chain.size(), 0);
    m_quiet.assign(m_chain.size(), 0);
    m_built.assign(m_chain.size(), 0);
    m_usable.assign(m_chain.size(), 1);
  }

  Result run() {
    give(m_chain.size() - 1, k_given_bad_runs);
    give(0, k_given_good_runs);
    for (int step = 0; step < k_most_experiments; ++step) {
      weigh();
      const auto top = std::ranges::max_element(m_weight);
      if (*top >= 0.99) return name(static_cast<std::size_t>(top - m_weight.begin()), *top);
      const auto next = choose();
      if (!next) break;
      test(*next);
    }
    return m_bench.result;
  }

 private:
  // Beta priors of the crash rate with and without the culprit.
  static constexpr double k_bad_a = 0.9, k_bad_b = 0.1, k_good_a = 0.05, k_good_b = 0.95;

  void give(std::size_t at, int runs) {
    m_built[at] = 1;
    for (int i = 0; i < runs; ++i) note(at, m_world.run(m_chain[at], i));
  }
  void note(std::size_t at, Show show) {
    if (show == Show::infra) return;
    ++(crashed(show) ? m_crashes : m_quiet)[at];
  }
  void test(std::size_t at) {
    if (!m_built[at] && !m_bench.build(m_chain[at])) {
      m_usable[at] = 0;
      return;
    }
    m_built[at] = 1;
    note(at, m_bench.run(m_chain[at]));
  }

  // Hypothesis h: m_chain[h] is the culprit, h >= 1.
  void weigh() {
    const std::size_t n = m_chain.size();
    m_weight.assign(n, 0);
    m_bad_rate.assign(n, 0);
    m_good_rate.assign(n, 0);
    double bad_k = 0, bad_q = 0, good_k = 0, good_q = 0;
    for (std::size_t i = 0; i < n; ++i) good_k += m_crashes[i], good_q += m_quiet[i];
    double most = -1e300;
    for (std::size_t h = n; h-- > 1;) {
      bad_k += m_crashes[h], bad_q += m_quiet[h];
      good_k -= m_crashes[h], good_q -= m_quiet[h];
      m_weight[h] = base::log_beta_binomial(k_bad_a, k_bad_b, bad_k, bad_q) +
                    base::log_beta_binomial(k_good_a, k_good_b, good_k, good_q);
      m_bad_rate[h] = (bad_k + k_bad_a) / (bad_k + bad_q + k_bad_a + k_bad_b);
      m_good_rate[h] = (good_k + k_good_a) / (good_k + good_q + k_good_a + k_good_b);
      most = std::max(most, m_weight[h]);
    }
    double sum = 0;
    for (std::size_t h = 1; h < n; ++h) sum += m_weight[h] = std::exp(m_weight[h] - most);
    for (double& w : m_weight) w /= sum;
  }

  // Least expected entropy, by prefix sums of x ln x over both outcomes and both sides.
  std::optional<std::size_t> choose() const {
    const std::size_t n = m_chain.size();
    struct Sums {
      double x = 0, log_x = 0;
      void add(double value) {
        if (value > 0) x += value, log_x += value * std::log(value);
      }
    };
    // At c, hypotheses h <= c have it bad.
    std::vector<Sums> bad_crash(n), bad_quiet(n);
    for (std::size_t h = 1; h < n; ++h) {
      bad_crash[h] = bad_crash[h - 1], bad_quiet[h] = bad_quiet[h - 1];
      bad_crash[h].add(m_weight[h] * m_bad_rate[h]);
      bad_quiet[h].add(m_weight[h] * (1 - m_bad_rate[h]));
    }
    Sums good_crash, good_quiet;
    std::optional<std::size_t> best;
    double least = 1e300;
    for (std::size_t c = n; c-- > 0;) {
      const auto entropy = [](const Sums& a, const Sums& b) {
        const double z = a.x + b.x;
        return z > 0 ? z * std::log(z) - (a.log_x + b.log_x) : 0;
      };
      const double expected = entropy(bad_crash[c], good_crash) + entropy(bad_quiet[c], good_quiet);
      if (m_usable[c] && expected < least - 1e-12) {
        least = expected;
        best = c;
      }
      good_crash.add(m_weight[c] * m_good_rate[c]);
      good_quiet.add(m_weight[c] * (1 - m_good_rate[c]));
    }
    return best;
  }

  Result name(std::size_t h, double stated) {
    Result result = m_bench.result;
    const auto with = m_world.graph().ancestors(m_chain[h]);
    const auto without = m_world.graph().ancestors(m_chain[h - 1]);
    const bool right = with[m_world.culprit()] != 0 && without[m_world.culprit()] == 0;
    result.kind = right ? Result::Kind::correct : Result::Kind::wrong;
    result.stated = stated;
    return result;
  }

  const World& m_world;
  Bench m_bench;
  std::vector<NodeIndex> m_chain;  // oldest first
  std::vector<int> m_crashes, m_quiet;
  std::vector<std::uint8_t> m_built, m_usable;
  std::vector<double> m_weight, m_bad_rate, m_good_rate;
};

}  // namespace

std::string_view name_of(Peer peer) {
  switch (peer) {
    case Peer::git_one_run:
      return "git bisect, 1 run";
    case Peer::syzbot_2018:
      return "syzbot, as in its logs";
    case Peer::syzkaller_today:
      return "syzkaller, today";
    case Peer::bayesect:
      return "bayesect, first parents";
  }
  return "";
}

Result run_peer(Peer peer, const World& world, const Ancestry& ancestry) {
  switch (peer) {
    case Peer::git_one_run:
      return git_one_run(world, ancestry);
    case Peer::syzbot_2018:
      return syzbot_2018(world, ancestry);
    case Peer::syzkaller_today:
      return syzkaller_today(world, ancestry);
    case Peer::bayesect:
      break;
  }
  return Bayesect(world).run();
}

}  // namespace culprit::search::noisebisect
