#include "search/check/outage.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include "model/run_says.h"
#include "search/check/shared_rate.h"
#include "search/check/tuning.h"

namespace culprit::search {
namespace {

struct Told {
  std::size_t at;  // in the evidence
  std::size_t whose;
  bool shown;
  bool from_clean;
};

// All that was run, in its order, by whose run it was: a revision in a variant.
class Record {
 public:
  explicit Record(const Scene& scene) {
    std::map<std::pair<model::CommitId, std::string>, std::size_t> known;
    for (std::size_t at = 0; at < scene.evidence.runs.size(); ++at) {
      const model::RunRecord& run = scene.evidence.runs[at];
      const model::RunSays says = model::what_says(run);
      if (!model::tells(says)) continue;
      const auto [who, is_new] = known.try_emplace({run.commit, run.variant}, m_counts.size());
      if (is_new) m_counts.emplace_back();
      if (run.commit == scene.problem.start && run.variant.empty()) m_start = who->second;
      const bool shown = says == model::RunSays::shown;
      m_counts[who->second].add(shown);
      m_runs.push_back({at, who->second, shown, run.from_clean});
    }
  }

  // The stretch that holds every run of the two-minded that ended so; none where it is not over, or somebody's run in it did not.
  std::optional<std::pair<std::size_t, std::size_t>> stretch(bool shown) const {
    std::optional<std::size_t> first, last;
    bool over = false;
    for (std::size_t i = 0; i < m_runs.size(); ++i) {
      const Told& run = m_runs[i];
      if (!m_counts[run.whose].two_minds()) continue;
      if (run.shown == shown) {
        if (!first) first = i;
        last = i;
        over = false;
      } else if (last) {
        over = true;
      }
    }
    if (!over) return std::nullopt;
    for (std::size_t i = *first; i <= *last; ++i)
      if (m_runs[i].shown != shown) return std::nullopt;
    return std::pair(*first, *last);
  }

  // The two-minded were built on top of something in the stretch, and from clean outside: what they were built on may be why, and
  // that is asked first (stale_build).
  bool may_be_of_builds(std::size_t first, std::size_t last) const {
    for (std::size_t i = 0; i < m_runs.size(); ++i)
      if (m_counts[m_runs[i].whose].two_minds() && m_runs[i].from_clean == (i >= first && i <= last))
        return false;
    return true;
  }

  // Without the stretch, the start has shown the bug in every run, and in some.
  bool sure_without(std::size_t first, std::size_t last) const {
    SharedRate start;
    for (std::size_t i = 0; i < m_runs.size(); ++i)
      if ((i < first || i > last) && m_runs[i].whose == m_start) start.add(m_runs[i].shown);
    return start.quiet() == 0 && start.shown >= k_least_sure;
  }

  // ln of how much likelier the two-minded's runs are with the stretch than with a rate for each.
  double log_odds(std::size_t first, std::size_t last) const {
    std::vector<SharedRate> outside(m_counts.size());
    for (std::size_t i = 0; i < m_runs.size(); ++i)
      if (i < first || i > last) outside[m_runs[i].whose].add(m_runs[i].shown);
    double odds = 0, runs = 0;
    for (std::size_t who = 0; who < m_counts.size(); ++who) {
      if (!m_counts[who].two_minds()) continue;
      odds += outside[who].log_marginal() - m_counts[who].log_marginal();
      runs += m_counts[who].runs;
    }
    return odds - std::log(runs * (runs + 1) / 2);
  }

  // The stretch with the runs beside it that ended so too: theirs may be of the same making.
  std::pair<std::size_t, std::size_t> widened(std::size_t first, std::size_t last) const {
    const bool shown = m_runs[first].shown;
    while (first > 0 && m_runs[first - 1].shown == shown) --first;
    while (last + 1 < m_runs.size() && m_runs[last + 1].shown == shown) ++last;
    return {first, last};
  }
  std::size_t in_evidence(std::size_t run) const { return m_runs[run].at; }

 private:
  std::vector<Told> m_runs;
  std::vector<SharedRate> m_counts;
  std::size_t m_start = static_cast<std::size_t>(-1);
};

}  // namespace

std::optional<Outage> outage(const Scene& scene) {
  if (scene.fix()) return std::nullopt;
  const Record record(scene);
  for (const bool shown : {true, false}) {
    const auto stretch = record.stretch(shown);
    if (!stretch) continue;
    const auto [first, last] = *stretch;
    if (scene.problem.keeps_leftovers && record.may_be_of_builds(first, last)) continue;
    if (!record.sure_without(first, last) || record.log_odds(first, last) < std::log(k_outage_odds)) continue;
    const auto [from, to] = record.widened(first, last);
    return Outage{
        .first = record.in_evidence(from),
        .last = record.in_evidence(to),
        .shown = shown,
        .words = fmt::format(
            "runs {} to {} {}, whatever the revision, and not before or after: they count for nothing",
            record.in_evidence(from) + 1, record.in_evidence(to) + 1,
            shown ? "all showed it" : "were all quiet")};
  }
  return std::nullopt;
}

model::Evidence without_outage(model::Evidence evidence, const Outage& outage) {
  const auto begin = evidence.runs.begin();
  evidence.runs.erase(begin + static_cast<std::ptrdiff_t>(outage.first),
                      begin + static_cast<std::ptrdiff_t>(outage.last) + 1);
  return evidence;
}

}  // namespace culprit::search
