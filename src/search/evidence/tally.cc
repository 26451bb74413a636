// Runs belong to binaries, not to commits: where two revisions have equal signatures, their runs are pooled
// (model::EqualBinaries).
//
// Crashes of one title stand or fall together (whether title X is the bug is one question, however often X
// was seen), so that ten crashes which are the bug with 10 % each are no proof of anything: the chance that
// none is the bug multiplies over titles, not over runs.
#include "search/evidence/tally.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "model/binaries.h"
#include "model/run/report.h"

namespace culprit::search {

using model::OutcomeKind;

std::string_view crash_title(const model::RunRecord& run) {
  if (!run.reports.empty()) return run.reports.front().title;
  if (const auto* crash = std::get_if<model::Crashed>(&run.outcome)) return crash->title;
  return {};
}

void Counts::add(model::RunSays says) {
  switch (says) {
    case model::RunSays::shown:
      ++shown;
      break;
    case model::RunSays::open:
      ++open;
      break;
    case model::RunSays::quiet:
      ++quiet;
      break;
    case model::RunSays::hidden:
      ++hidden;
      break;
    case model::RunSays::silenced:
      ++silenced;
      break;
    case model::RunSays::not_started:
      ++not_started;
      break;
    case model::RunSays::unfinished:
      ++unfinished;
      break;
    case model::RunSays::lost:
      ++lost;
      break;
    case model::RunSays::unbuilt:
      break;
  }
}

Counts count_runs(const std::vector<const model::RunRecord*>& runs) {
  Counts counts;
  std::map<std::string_view, double> by_title;
  for (const model::RunRecord* run : runs) {
    const model::RunSays says = model::what_says(*run);
    counts.add(says);
    if (says == model::RunSays::lost || run->p_target <= 0) continue;
    double& most = by_title[crash_title(*run)];
    most = std::max(most, run->p_target);
  }
  for (const auto& [title, most] : by_title) counts.none_is_target *= 1 - most;
  return counts;
}

Tally::Tally(const model::CommitGraph& graph, const model::Evidence& evidence) {
  const auto revision = [&](const model::CommitId& commit) -> Revision* {
    const auto node = graph.find(commit);
    return node ? &at(*node) : nullptr;
  };
  for (const auto& build : evidence.builds) {
    Revision* r = revision(build.commit);
    if (!r) continue;
    r->built |= build.status == model::BuildStatus::ok;
    r->broken |= build.status == model::BuildStatus::broken;
    r->build_infra += build.status == model::BuildStatus::infra;
    if (build.status == model::BuildStatus::ok && !build.signature.empty())
      r->signatures.push_back(build.signature);
  }
  for (const auto& run : evidence.runs) {
    Revision* r = revision(run.commit);
    if (!r) continue;
    if (kind_of(run.outcome) == OutcomeKind::build_broken) {
      r->broken = true;
      continue;
    }
    r->built = true;
    r->runs.push_back(&run);
    if (!run.signature.empty()) r->signatures.push_back(run.signature);
  }
  for (const auto& said : evidence.verdicts) {
    Revision* r = revision(said.commit);
    if (!r) continue;
    r->said_good += said.verdict == model::UserVerdict::good;
    r->said_bad += said.verdict == model::UserVerdict::bad;
    r->said_skip += said.verdict == model::UserVerdict::skip;
  }
  for (const auto& pending : evidence.pending) {
    Revision* r = revision(pending.commit);
    if (!r) continue;
    r->pending_runs += pending.runs;
    r->building |= pending.building;
  }
  for (const auto& commit : evidence.gone)
    if (Revision* r = revision(commit)) r->gone = true;
  for (Revision& r : m_revisions) {
    r.broken &= !r.built;
    std::ranges::sort(r.signatures);
    r.signatures.erase(std::ranges::unique(r.signatures).begin(), r.signatures.end());
    m_has_signatures |= !r.signatures.empty();
  }
  form_groups();
}

Revision& Tally::at(NodeIndex node) {
  const auto where = std::ranges::lower_bound(m_by_node, node, {}, &std::pair<NodeIndex, std::size_t>::first);
  if (where != m_by_node.end() && where->first == node) return m_revisions[where->second];
  m_by_node.insert(where, {node, m_revisions.size()});
  m_revisions.push_back({});
  m_revisions.back().node = node;
  return m_revisions.back();
}

void Tally::form_groups() {
  model::EqualBinaries equal(m_revisions.size());
  for (std::size_t i = 0; i < m_revisions.size(); ++i)
    for (const std::string& signature : m_revisions[i].signatures) equal.note(i, signature);
  for (std::size_t i = 0; i < m_revisions.size(); ++i) m_revisions[i].group = equal.group(i);
}

const Revision* Tally::find(NodeIndex node) const {
  const auto where = std::ranges::lower_bound(m_by_node, node, {}, &std::pair<NodeIndex, std::size_t>::first);
  return where != m_by_node.end() && where->first == node ? &m_revisions[where->second] : nullptr;
}

std::vector<const Revision*> Tally::group_of(const Revision& revision) const {
  std::vector<const Revision*> group;
  for (const Revision& r : m_revisions)
    if (r.group == revision.group) group.push_back(&r);
  return group;
}

Counts Tally::own(const Revision& revision) const { return count_runs(revision.runs); }

Counts Tally::pooled(const Revision& revision) const {
  std::vector<const model::RunRecord*> runs;
  for (const Revision& r : m_revisions)
    if (r.group == revision.group) runs.insert(runs.end(), r.runs.begin(), r.runs.end());
  return count_runs(runs);
}

bool Tally::equal_binaries(NodeIndex a, NodeIndex b) const {
  const Revision* first = find(a);
  const Revision* second = find(b);
  return first && second && std::ranges::any_of(first->signatures, [&](const std::string& signature) {
           return std::ranges::binary_search(second->signatures, signature);
         });
}

Costs measured_costs(const model::Evidence& evidence) {
  Costs costs;
  const auto mean = [](double& value, double sum, int n) {
    if (n > 0) value = sum / n;
  };
  double build = 0, ok = 0, crash = 0;
  int builds = 0, oks = 0, crashes = 0;
  for (const auto& b : evidence.builds)
    if (b.status == model::BuildStatus::ok) build += b.seconds, ++builds;
  for (const auto& run : evidence.runs) {
    if (kind_of(run.outcome) == OutcomeKind::crashed)
      crash += run.seconds, ++crashes;
    else if (kind_of(run.outcome) != OutcomeKind::infra)
      ok += run.seconds, ++oks;
  }
  mean(costs.build, build, builds);
  mean(costs.ok_run, ok, oks);
  mean(costs.crash_run, crash, crashes);
  if (oks == 0 && crashes > 0) costs.ok_run = costs.crash_run;
  if (crashes == 0 && oks > 0) costs.crash_run = costs.ok_run;
  return costs;
}

}  // namespace culprit::search
