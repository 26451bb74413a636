#include "search/evidence/look.h"

#include <algorithm>
#include <map>
#include <set>

#include "model/run/report.h"
#include "model/search.h"

namespace culprit::search {
namespace {

using model::OutcomeKind;
using model::RunSays;

std::string title_of(const model::RunRecord& run) {
  if (!run.reports.empty()) return run.reports.front().title;
  if (run.outcome.index() != static_cast<std::size_t>(OutcomeKind::ok))
    if (const auto text = model::text_of(run.outcome); !text.empty()) return std::string(text);
  return run.boot_reports.empty() ? std::string() : run.boot_reports.front().title;
}

// Keys by falling count.
std::vector<std::string> most_frequent(const std::map<std::string, int>& counts, int least) {
  std::vector<std::pair<int, std::string>> order;
  for (const auto& [key, count] : counts)
    if (count >= least && !key.empty()) order.emplace_back(-count, key);
  std::ranges::sort(order);
  std::vector<std::string> out;
  for (auto& [count, key] : order) out.push_back(std::move(key));
  return out;
}

class Looker {
 public:
  void add(const model::RunRecord& run) {
    const RunSays says = model::what_says(run);
    m_look.runs.add(says);
    m_look.broken |= says == RunSays::unbuilt;
    m_look.built |= says != RunSays::unbuilt && says != RunSays::lost;
    if (says == RunSays::shown) {
      std::set<std::string> types;
      for (const model::CrashReport& report : run.reports) types.insert(report.type);
      for (const std::string& type : types) ++m_target_types[type];
    }
    if (says != RunSays::hidden && says != RunSays::silenced && says != RunSays::not_started) return;
    ++m_hiders[title_of(run)];
    for (const auto* reports : {&run.reports, &run.boot_reports})
      for (const model::CrashReport& report : *reports) ++m_hider_types[report.type];
  }

  void add(const model::BuildRecord& build) {
    m_look.built |= build.status == model::BuildStatus::ok;
    m_look.lost_builds += build.status == model::BuildStatus::infra;
    if (build.status == model::BuildStatus::broken) {
      m_look.broken = true;
      m_look.text = build.text;
    }
    if (build.text.starts_with(model::k_revert_partly)) {
      const std::string_view files = std::string_view(build.text).substr(model::k_revert_partly.size());
      m_look.kept = files.substr(0, files.find('\n'));
    }
    if (!build.signature.empty()) m_look.signature = build.signature;
  }

  void add(const model::PendingExperiment& pending) {
    m_look.pending_runs += pending.runs;
    m_look.building |= pending.building;
  }

  Look take() {
    m_look.broken &= !m_look.built;
    m_look.hiders = most_frequent(m_hiders, 1);
    m_look.hider_types = most_frequent(m_hider_types, 1);
    m_look.target_types = most_frequent(m_target_types, (m_look.runs.shown + 1) / 2);
    return std::move(m_look);
  }

 private:
  Look m_look;
  std::map<std::string, int> m_hiders, m_hider_types, m_target_types;
};

}  // namespace

Look look_at(const model::Evidence& evidence, const model::CommitId& commit, std::string_view variant) {
  Looker looker;
  const auto add_all = [&](const auto& records) {
    for (const auto& record : records)
      if (record.commit == commit && record.variant == variant) looker.add(record);
  };
  add_all(evidence.builds);
  add_all(evidence.runs);
  add_all(evidence.pending);
  return looker.take();
}

}  // namespace culprit::search
