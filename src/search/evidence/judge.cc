// Pooling has a limit: a signature may miss what differs (a module, a firmware file). Where a revision's own
// runs and those of its equal binaries cannot come from one crash rate (Fisher's exact test below 1 %), each
// revision stands for itself.
//
// The chance of a false "good" is averaged over the bad revisions seen, each with Jeffreys' prior on its own
// rate, rather than computed from one rate pooled over all: rates differ from revision to revision, and the
// mean of (1 - p)^n is larger than (1 - mean p)^n.
#include "search/evidence/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/log_space.h"
#include "base/strings.h"
#include "model/run_says.h"
#include "search/evidence/tuning.h"

namespace culprit::search {
namespace {

using model::Verdict;

constexpr std::size_t k_reason_limit = 200;  // bytes: it stands within a line

double log_choose(int n, int k) { return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1); }

// Fisher's exact test, two-sided: how likely a split at least as unlikely as (k1 of n1, k2 of n2) is.
double fisher(int k1, int n1, int k2, int n2) {
  const int k = k1 + k2;
  const auto log_p = [&](int x) {
    return log_choose(n1, x) + log_choose(n2, k - x) - log_choose(n1 + n2, k);
  };
  const double seen = log_p(k1);
  double sum = 0;
  for (int x = std::max(0, k - n2); x <= std::min(n1, k); ++x)
    if (log_p(x) <= seen + 1e-9) sum += std::exp(log_p(x));
  return sum;
}

// What most of the runs say that did not get to the test; empty where none says anything.
std::string reason_of(const std::vector<const model::RunRecord*>& runs) {
  std::map<std::string_view, int> counts;
  for (const model::RunRecord* run : runs)
    if (model::what_says(*run) == model::RunSays::not_started) ++counts[model::text_of(run->outcome)];
  counts.erase("");
  const auto most = std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; });
  if (most == counts.end()) return {};
  return std::string(base::split_lines(most->first).front().substr(0, k_reason_limit));
}

std::string runs_in_words(const Counts& c, const std::string& reason = {}) {
  std::string out;
  const auto add = [&](int n, std::string_view what) {
    if (n > 0) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", n, what);
  };
  add(c.shown, "showed the bug");
  add(c.quiet, "OK");
  add(c.open, "ended in a way that may be the bug");
  add(c.hidden, "ended by another crash");
  add(c.silenced, "with the bug's detector off since an earlier report");
  add(c.failed(), reason.empty() ? "did not get to the test's end" : "did not get to the test: " + reason);
  add(c.lost, "lost to the machine");
  return out.empty() ? "no runs" : out;
}

}  // namespace

Judge::Judge(const Tally& tally, const model::CommitGraph& graph) : m_tally(tally), m_graph(graph) {
  std::set<std::size_t> seen;
  for (const Revision& r : tally.revisions()) {
    if (!seen.insert(r.group).second) continue;
    const Counts counts = tally.pooled(r);
    if (counts.shown > 0)
      m_bad_rates.push_back({static_cast<double>(counts.shown), static_cast<double>(counts.quiet)});
  }
}

double Judge::false_good(int runs) const {
  if (m_bad_rates.empty()) return 0.5;
  double sum = 0;
  for (const Rate& rate : m_bad_rates) {
    const double a = rate.crashes + 0.5;
    const double b = rate.quiet + 0.5;
    sum += std::exp(base::log_beta_binomial(a, b, 0, runs));
  }
  return sum / static_cast<double>(m_bad_rates.size());
}

Judgement Judge::judge(NodeIndex node, int runs) const {
  const Revision* revision = m_tally.find(node);
  if (!revision) return {.runs_wanted = runs};
  const Counts own = m_tally.own(*revision);
  const bool pooled = consistent(*revision);
  const Counts counts = pooled ? m_tally.pooled(*revision) : own;
  if (revision->said_good + revision->said_bad + revision->said_skip > 0)
    return from_people(*revision, counts, runs);
  Judgement j = from_runs(*revision, counts, runs);
  if (j.decided && own.valid() == 0 && counts.valid() > 0 && j.verdict != Verdict::unknown) {
    j.inherited = true;
    for (const Revision* other : m_tally.group_of(*revision))
      if (other->node != node && !other->runs.empty()) {
        j.why += fmt::format(" (of {}, an equal binary)", m_graph.id(other->node).short_hex());
        break;
      }
  }
  return j;
}

// Does the binary's group hold one crash rate? Each member against the rest.
bool Judge::consistent(const Revision& revision) const {
  const auto group = m_tally.group_of(revision);
  if (group.size() < 2) return true;
  const Counts all = m_tally.pooled(revision);
  for (const Revision* member : group) {
    const Counts c = m_tally.own(*member);
    if (fisher(c.shown, c.valid(), all.shown - c.shown, all.valid() - c.valid()) < k_one_rate) return false;
  }
  return true;
}

Judgement Judge::from_people(const Revision& r, const Counts& counts, int runs) const {
  Judgement j{.decided = true};
  if (r.said_good > 0 && r.said_good == r.said_bad) {
    j.why = "called both good and bad";
  } else if (r.said_good > r.said_bad && counts.none_is_target <= 1 - model::k_shown) {
    j.verdict = Verdict::bad;
    j.p_bad = 1 - counts.none_is_target;
    j.why = "called good, but it has the bug: " + runs_in_words(counts);
  } else if (r.said_good > r.said_bad) {
    j.verdict = Verdict::good;
    j.p_bad = k_word_error;
    j.good_runs = std::max(runs, counts.valid());
    j.why = "called good";
  } else if (r.said_bad > 0) {
    j.verdict = Verdict::bad;
    j.p_bad = 1 - k_word_error;
    j.why = "called bad";
  } else {
    j.why = "called skip";
  }
  return j;
}

Judgement Judge::from_runs(const Revision& r, const Counts& counts, int runs) const {
  Judgement j;
  j.why = runs_in_words(counts, counts.valid() == 0 ? reason_of(r.runs) : std::string());
  if (counts.none_is_target <= 1 - model::k_shown) {
    j.verdict = Verdict::bad;
    j.decided = true;
    j.p_bad = 1 - counts.none_is_target;
    return j;
  }
  const int attempts = counts.all();
  if (r.broken && attempts == 0) {
    j.decided = true;
    j.why = "does not build";
    return j;
  }
  if (!r.built && r.build_infra >= k_build_attempts) {
    j.decided = j.lost = true;
    j.why = fmt::format("the machine failed to build it {} times", r.build_infra);
    return j;
  }
  const int bound = 2 * runs + 3;
  const bool hopeless = attempts >= runs && counts.failed() + counts.silenced == attempts;
  const bool exhausted = attempts >= bound;
  if (counts.valid() < runs && !hopeless && !exhausted) {
    j.runs_wanted = std::max(0, std::min(runs - counts.valid(), bound - attempts) - r.pending_runs);
    return j;
  }
  j.decided = true;
  j.lost = counts.lost * 2 > attempts;
  const bool enough = counts.valid() >= runs || counts.valid() * 2 > runs;
  if (enough && counts.none_is_target >= k_good_from) {
    j.verdict = Verdict::good;
    j.lost = false;
    j.good_runs = counts.valid();
    const double f = false_good(counts.valid());
    j.p_bad = f / (1 + f);
  }
  return j;
}

}  // namespace culprit::search
