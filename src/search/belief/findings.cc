#include "search/belief/findings.h"

#include <algorithm>
#include <cmath>

#include "model/run/process_verdict.h"
#include "model/run/report.h"
#include "model/run_says.h"
#include "search/belief/tuning.h"

namespace culprit::search {
namespace {

using model::Verdict;

// Nothing is known but how the process ended.
bool is_bare(const model::RunRecord& run) {
  return model::is_process_death(crash_title(run)) && (run.reports.empty() || run.reports[0].stacks.empty());
}

class Gathering {
 public:
  Gathering(const Inquiry& inquiry) : m_inquiry(inquiry) {}
  Findings gather(const Nodes& also);

 private:
  void add(const Revision& revision);
  void add_runs(const Revision& revision);
  void add_good_ends();
  std::size_t add_observation(NodeIndex node, std::size_t binary);
  std::size_t open_title(const model::RunRecord& run);
  void say(std::size_t i, bool bad, double error);
  bool behind_good_end(NodeIndex node) const;
  bool relevant(const Revision& revision) const;

  const Inquiry& m_inquiry;
  Findings m_out;
  std::map<std::size_t, std::size_t> m_binaries;  // of Tally's groups
  std::size_t m_next_binary = 0;
};

// An ancestor of a revision that was named good is outside what is searched: what it shows was fixed before.
bool Gathering::behind_good_end(NodeIndex node) const {
  return std::ranges::any_of(m_inquiry.problem().good, [&](const model::CommitId& id) {
    const NodeIndex good = m_inquiry.node(id);
    return good != node && m_inquiry.ancestry().contains(good, node);
  });
}

bool Gathering::relevant(const Revision& r) const {
  if (!r.built && !r.building && r.said_good + r.said_bad == 0) return false;
  const auto& ancestry = m_inquiry.ancestry();
  if (m_inquiry.cause()) return ancestry.contains(m_inquiry.start(), r.node) && !behind_good_end(r.node);
  if (!ancestry.contains(m_inquiry.node(m_inquiry.problem().head), r.node))
    return r.node == m_inquiry.start();  // tells of the crash rate
  // Before the start, silence tells of the bug's beginning, not of its end.
  return !ancestry.contains(m_inquiry.start(), r.node) || m_inquiry.is(r.node, Verdict::bad);
}

std::size_t Gathering::add_observation(NodeIndex node, std::size_t binary) {
  m_out.nodes.push_back(node);
  m_out.observations.push_back({.node = node, .binary = binary});
  m_out.runs.quiet.push_back(0);
  m_out.runs.certain.push_back(0);
  for (OpenTitle& title : m_out.runs.open) {
    title.crashes.push_back(0);
    title.completed.push_back(0);
  }
  return m_out.nodes.size() - 1;
}

// Bad and good are about the bug; whether that is positive depends on the goal.
void Gathering::say(std::size_t i, bool bad, double error) {
  Observation& o = m_out.observations[i];
  const bool positive = bad == m_inquiry.cause();
  o.log_positive += std::log(positive ? 1 - error : error);
  o.log_negative += std::log(positive ? error : 1 - error);
}

std::size_t Gathering::open_title(const model::RunRecord& run) {
  const std::string_view name = crash_title(run);
  const auto known = std::ranges::find(m_out.runs.open, name, &OpenTitle::title);
  if (known != m_out.runs.open.end()) return static_cast<std::size_t>(known - m_out.runs.open.begin());
  m_out.runs.open.push_back({.title = std::string(name),
                             .prior = 0,
                             .believed = 0,
                             .crashes = std::vector<int>(m_out.nodes.size(), 0),
                             .completed = std::vector<int>(m_out.nodes.size(), 0),
                             .bare = true});
  return m_out.runs.open.size() - 1;
}

void Gathering::add_runs(const Revision& r) {
  for (const model::RunRecord* run : r.runs) {
    if (kind_of(run->outcome) == model::OutcomeKind::infra) continue;
    const double alike = run->p_alike.value_or(run->p_target);
    if (alike >= k_certain) {
      ++m_out.runs.certain.back();
    } else if (model::may_be_the_bug(*run)) {
      OpenTitle& title = m_out.runs.open[open_title(*run)];
      ++title.crashes.back();
      title.completed.back() += run->completed;
      title.prior += std::clamp(alike, k_least_prior, 1 - k_least_prior);  // the means, once divided
      title.believed += run->p_target;
      title.bare = title.bare && is_bare(*run);
    } else if (run->completed) {
      ++m_out.runs.quiet.back();
    }
  }
}

void Gathering::add(const Revision& r) {
  const auto [binary, is_new] = m_binaries.try_emplace(r.group, m_next_binary);
  m_next_binary += is_new;
  const std::size_t i = add_observation(r.node, binary->second);
  const double error = k_persons_error / static_cast<double>(m_inquiry.graph().size());
  for (int n = r.said_bad; n < r.said_good; ++n) say(i, false, error);
  for (int n = r.said_good; n < r.said_bad; ++n) say(i, true, error);
  add_runs(r);
  const bool beside = !m_inquiry.cause() && r.node != m_inquiry.start() && !contains_crash(m_inquiry, r.node);
  if (beside)
    m_out.observations[i].exposed =
        never_had_it(m_inquiry, r.node) ? k_exposed_if_clean : k_exposed_if_unknown;
}

// The user's word on the good ends holds for all that they share with the start.
void Gathering::add_good_ends() {
  for (const auto& id : m_inquiry.problem().good) {
    const NodeIndex good = m_inquiry.node(id);
    auto i = m_out.find(good);
    if (!i) i = add_observation(good, m_next_binary++);
    say(*i, false, k_ends_error);
  }
}

Findings Gathering::gather(const Nodes& also) {
  for (const Revision& r : m_inquiry.tally().revisions())
    if (relevant(r)) add(r);
  for (OpenTitle& title : m_out.runs.open) {
    int seen = 0;
    for (const int n : title.crashes) seen += n;
    title.prior /= seen;
    // In so many bisections it was another bug: by Laplace's rule of succession the odds that it is this one.
    if (const auto known = m_inquiry.problem().beliefs.others.find(title.title);
        known != m_inquiry.problem().beliefs.others.end()) {
      const double odds = title.prior / (1 - title.prior) / (1 + known->second);
      title.prior = std::max(k_least_prior, odds / (1 + odds));
    }
    title.believed /= seen;
  }
  std::ranges::sort(m_out.runs.open, {}, &OpenTitle::title);  // in whatever order they were seen
  if (m_inquiry.cause()) add_good_ends();
  for (const NodeIndex node : also)
    if (!m_out.find(node)) add_observation(node, m_next_binary++);
  return std::move(m_out);
}

}  // namespace

std::optional<std::size_t> Findings::find(NodeIndex node) const {
  const auto at = std::ranges::find(nodes, node);
  if (at == nodes.end()) return std::nullopt;
  return static_cast<std::size_t>(at - nodes.begin());
}

Findings gather(const Inquiry& inquiry, const Nodes& also) { return Gathering(inquiry).gather(also); }

bool contains_crash(const Inquiry& inquiry, NodeIndex node) {
  if (inquiry.ancestry().contains(node, inquiry.start())) return true;
  return std::ranges::any_of(inquiry.tally().revisions(), [&](const Revision& r) {
    return inquiry.ancestry().contains(node, r.node) && inquiry.is(r.node, Verdict::bad);
  });
}

bool never_had_it(const Inquiry& inquiry, NodeIndex node) {
  return std::ranges::all_of(inquiry.bases_with_start(node),
                             [&](NodeIndex base) { return inquiry.is(base, Verdict::good); });
}

}  // namespace culprit::search
