#include "replay/order.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include "model/graph/kinship.h"

namespace culprit::replay {
namespace {

// "v5.15.10" -> 5, 15, 10, 9999; a release candidate comes before its release: "v4.8-rc2" -> 4, 8, 0, 2.
using Version = std::array<int, 4>;

std::optional<int> take_int(std::string_view& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::optional<Version> version_of(std::string_view label) {
  constexpr int k_release = 9999;
  if (!label.starts_with('v')) return std::nullopt;
  label.remove_prefix(1);
  Version version{0, 0, 0, k_release};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto number = take_int(label);
    if (!number) return std::nullopt;
    version[i] = *number;
    if (!label.starts_with('.')) break;
    label.remove_prefix(1);
  }
  if (label.starts_with("-rc")) {
    label.remove_prefix(3);
    if (const auto number = take_int(label)) version[3] = *number;
  }
  return version;
}

class Ordering {
 public:
  explicit Ordering(const BisectionLog& log) : m_log(log) {
    m_out.rank.assign(log.revisions.size(), -1);
    m_out.on_line.assign(log.revisions.size(), false);
  }

  LogOrder order(const model::CommitGraph* graph) {
    rank_ends();
    rank_bisected();
    m_out.before = graph != nullptr ? in_history(*graph) : as_stated();
    if (!m_out.before.empty()) rank_by_ancestry();
    return std::move(m_out);
  }

 private:
  std::optional<std::size_t> index_of(const model::CommitId& commit) const {
    for (std::size_t i = 0; i < m_log.revisions.size(); ++i)
      if (m_log.revisions[i].commit == commit) return i;
    return std::nullopt;
  }
  std::optional<std::size_t> index_of(std::string_view ref) const {
    const LoggedRevision* revision = m_log.find(ref);
    return revision ? index_of(revision->commit) : std::nullopt;
  }
  void place(std::size_t index, double rank) {
    m_out.rank[index] = rank;
    m_out.on_line[index] = true;
  }

  // Releases and the ends of the search: 0 is below all, `m_top` above all.
  void rank_ends() {
    std::map<Version, std::vector<std::size_t>> releases;
    for (std::size_t i = 0; i < m_log.revisions.size(); ++i)
      if (const auto version = version_of(m_log.revisions[i].label)) releases[*version].push_back(i);
    double next = 1;
    for (const auto& [version, indices] : releases)
      for (const std::size_t i : indices) place(i, next++);
    m_top = next;
    const bool fix = m_log.goal == model::Goal::fix;
    if (m_log.start)
      if (const auto start = index_of(*m_log.start); start && m_out.rank[*start] < 0)
        place(*start, fix ? 0 : m_top);
    if (m_log.head)
      if (const auto head = index_of(*m_log.head); head && m_out.rank[*head] < 0) place(*head, m_top);
  }

  void rank_bisected() {
    const auto bad = rank_of(m_log.bisect_bad);
    const auto good = rank_of(m_log.bisect_good);
    m_out.bad_is_new = !bad || !good || *bad >= *good;
    double old_end = (m_out.bad_is_new ? good : bad).value_or(0);
    double new_end = (m_out.bad_is_new ? bad : good).value_or(m_top);
    if (!m_log.bisect_bad.empty() || !m_log.steps.empty())
      m_out.bisect_old = old_end, m_out.bisect_new = new_end;
    const bool words_alone =
        std::ranges::all_of(m_log.revisions, [](const LoggedRevision& r) { return r.runs.empty(); });
    const auto taken = [&](double rank) { return std::ranges::find(m_out.rank, rank) != m_out.rank.end(); };
    bool need_old = words_alone && !taken(old_end);
    bool need_new = words_alone && !taken(new_end);
    double between = 0.5;
    for (std::size_t i = 0; i < m_log.revisions.size(); ++i) {
      if (m_out.rank[i] >= 0) continue;
      const auto word = m_log.revisions[i].logged;
      const bool to_new = word == (m_out.bad_is_new ? model::UserVerdict::bad : model::UserVerdict::good);
      const bool to_old = word == (m_out.bad_is_new ? model::UserVerdict::good : model::UserVerdict::bad);
      // The ends of the search, where git's log is all there is.
      if (to_new && std::exchange(need_new, false)) {
        m_out.rank[i] = new_end;
        continue;
      }
      if (to_old && std::exchange(need_old, false)) {
        m_out.rank[i] = old_end;
        continue;
      }
      m_out.rank[i] = old_end + (new_end - old_end) * between;
      between = to_new || to_old ? 0.5 : (between + 1) / 2;
      if (to_new) new_end = m_out.rank[i];
      if (to_old) old_end = m_out.rank[i];
    }
  }

  using Matrix = std::vector<std::vector<bool>>;

  Matrix in_history(const model::CommitGraph& graph) const {
    model::Kinship kin(&graph, false);
    for (const LoggedRevision& revision : m_log.revisions)
      if (!kin.knows(revision.commit)) return as_stated();
    Matrix before(m_log.revisions.size(), std::vector<bool>(m_log.revisions.size()));
    for (std::size_t i = 0; i < before.size(); ++i)
      for (std::size_t j = 0; j < before.size(); ++j)
        before[i][j] = i != j && kin.is_ancestor(m_log.revisions[i].commit, m_log.revisions[j].commit);
    return before;
  }

  // What the log says, and of a revision of which it says nothing, what its place in the log implies: before
  // git begins it is an ancestor of the one before it, then it lies between git's last words.
  Matrix as_stated() const {
    if (!m_log.states_ancestry) return {};
    const std::size_t size = m_log.revisions.size();
    Matrix before(size, std::vector<bool>(size));
    const auto note = [&](std::optional<std::size_t> ancestor, std::optional<std::size_t> descendant) {
      if (ancestor && descendant) before[*ancestor][*descendant] = true;
    };
    std::vector<bool> stated(size);
    for (const LoggedKin& kin : m_log.kin) {
      const auto at = index_of(kin.commit);
      if (at) stated[*at] = true;
      const auto other = kin.other ? index_of(*kin.other) : std::nullopt;
      kin.is_ancestor ? note(at, other) : note(other, at);
    }
    for (std::size_t i = 0; i < size; ++i) {
      const LoggedRevision& revision = m_log.revisions[i];
      if (stated[i]) continue;
      if (!revision.git_begun && i > 0) note(i, i - 1);
      if (revision.last_bad) note(i, index_of(*revision.last_bad));
      if (revision.last_good) note(index_of(*revision.last_good), i);
    }
    for (std::size_t k = 0; k < size; ++k)
      for (std::size_t i = 0; i < size; ++i)
        if (before[i][k])
          for (std::size_t j = 0; j < size; ++j)
            if (before[k][j]) before[i][j] = true;
    for (std::size_t i = 0; i < size; ++i)
      if (before[i][i]) return {};  // it contradicts itself
    return before;
  }

  // An ancestor has fewer ancestors; among equals the order that the log implies is kept.
  void rank_by_ancestry() {
    const std::size_t size = m_out.before.size();
    std::vector<std::size_t> ancestors(size);
    std::vector<std::size_t> order(size);
    for (std::size_t j = 0; j < size; ++j) {
      order[j] = j;
      for (std::size_t i = 0; i < size; ++i) ancestors[j] += m_out.before[i][j];
    }
    std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair(ancestors[i], m_out.rank[i]); });
    for (std::size_t i = 0; i < size; ++i) m_out.rank[order[i]] = static_cast<double>(i + 1);
    if (const auto bad = rank_of(m_log.bisect_bad)) m_out.bisect_new = *bad;
    if (const auto good = rank_of(m_log.bisect_good)) m_out.bisect_old = *good;
    m_out.bad_is_new =
        m_log.bisect_bad.empty() || m_log.bisect_good.empty() || m_out.bisect_new >= m_out.bisect_old;
    if (!m_out.bad_is_new) std::swap(m_out.bisect_old, m_out.bisect_new);
  }

  std::optional<double> rank_of(std::string_view ref) const {
    const auto at = ref.empty() ? std::nullopt : index_of(ref);
    return at && m_out.rank[*at] >= 0 ? std::optional(m_out.rank[*at]) : std::nullopt;
  }

  const BisectionLog& m_log;
  LogOrder m_out;
  double m_top = 1;
};

}  // namespace

LogOrder order_of(const BisectionLog& log, const model::CommitGraph* graph) {
  return Ordering(log).order(graph);
}

}  // namespace culprit::replay
