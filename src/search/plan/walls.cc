#include "search/plan/walls.h"

#include <algorithm>

#include "search/plan/tuning.h"

namespace culprit::search {
namespace {

// At least so many runs, all ended by other crashes or failures.
bool is_wall(const Counts& c, int least) {
  return c.attempts() >= least && c.hidden > 0 && c.valid() + c.open == 0;
}

}  // namespace

Walls::Walls(std::span<const Counts> revisions) {
  const auto walls =
      std::ranges::count_if(revisions, [](const Counts& c) { return is_wall(c, k_wall_runs); });
  m_enough = walls >= k_walls_known ? k_wall_runs_then : k_wall_runs;
}

bool Walls::gives_up(const Counts& c) const { return is_wall(c, m_enough); }

RunLimits::RunLimits(std::span<const Observation> observations, const TitledRuns& titled) {
  for (std::size_t i = 0; i < observations.size(); ++i) {
    const std::size_t binary = observations[i].binary;
    if (m_seen.size() <= binary) m_seen.resize(binary + 1);
    m_seen[binary].telling += titled.quiet[i] + titled.certain[i];
    for (const OpenTitle& title : titled.open) {
      m_seen[binary].telling += title.completed[i];
      m_seen[binary].masked += title.crashes[i] - title.completed[i];
    }
  }
  // A title is passable if any revision shows both it and a quiet run; a binary, if one of its titles is.
  for (Seen& runs : m_seen) runs.passable = runs.masked == 0;
  for (const OpenTitle& title : titled.open) {
    bool passes = false;
    for (std::size_t i = 0; i < observations.size(); ++i)
      passes |= title.crashes[i] > 0 && (titled.quiet[i] > 0 || title.completed[i] > 0);
    for (std::size_t i = 0; passes && i < observations.size(); ++i)
      if (title.crashes[i] > 0) m_seen[observations[i].binary].passable = true;
  }
  for (const Seen& runs : m_seen) m_walled_off += runs.passable ? 0 : runs.masked;
}

bool RunLimits::exhausted(std::size_t binary) const {
  const Seen& runs = m_seen[binary];
  const int most_masked = runs.passable                     ? k_most_partly_masked_runs
                          : m_walled_off >= k_enough_masked ? k_few_masked_runs
                                                            : k_most_masked_runs;
  return runs.telling >= k_most_runs || runs.masked >= most_masked;
}

bool wants_a_way_around(const Look& look, int runs, int elsewhere) {
  if (look.runs.shown > 0 || look.hidden() == 0 || look.pending()) return false;
  if (look.only_hidden() && look.hidden() + elsewhere >= std::min(k_enough_hidden, runs)) return true;
  return look.runs.attempts() >= runs && look.runs.quiet * 2 <= runs && look.hidden() > look.runs.quiet;
}

bool too_early_to_give_up(double masked, double spent, double ideal_bit) {
  return masked > k_mostly_masked && spent < k_least_bits_spent * ideal_bit;
}

}  // namespace culprit::search
