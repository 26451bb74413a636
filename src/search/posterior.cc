// Commits that are ancestors of the same tested revisions cannot be told apart by what is known: they form a
// cell and share one likelihood. In the numbering of Ancestry a tested revision's ancestors are a few
// intervals, so the boundaries of all tested revisions cut the positions into segments of constant
// membership, and segments with equal membership are one cell. A posterior over 1.3 million commits is then
// some dozens of numbers for each point of the nuisance grid, and exact. It is computed anew from all
// evidence each time: nothing accumulates, so the order of the evidence cannot matter.
//
// For one cell, the likelihood is a product over binaries. Where equal binaries are on both sides of a cell's
// culprit, either the signature misses the difference (prior k_signature_misses, and each revision stands for
// itself), or the cell is wrong.
#include "search/posterior.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

#include "base/check.h"
#include "base/rng.h"

namespace culprit::search {

Posterior::Posterior(const Ancestry& ancestry, std::span<const double> prior, Positive positive,
                     std::vector<Observation> observations, std::vector<Reading> readings, double boost)
    : m_boost(boost),
      m_ancestry(ancestry),
      m_prior(prior),
      m_positive(positive),
      m_observations(std::move(observations)),
      m_readings(std::move(readings)) {
  CULPRIT_CHECK(m_prior.size() == ancestry.size() + 1 && !m_readings.empty(),
                "prior of " + std::to_string(prior.size()) + " values");
  cut_cells();
  pool();
  weigh();
}

void Posterior::cut_cells() {
  struct Toggle {
    Position at;
    std::uint32_t observation;
  };
  std::vector<Toggle> toggles;
  for (std::uint32_t i = 0; i < m_observations.size(); ++i)
    for (const Interval& interval : m_ancestry.intervals(m_observations[i].node)) {
      toggles.push_back({interval.begin, i});
      toggles.push_back({interval.end, i});
    }
  std::ranges::sort(toggles, {}, &Toggle::at);

  // Patterns are compared by a sum of random keys (Zobrist hashing), and then for real.
  std::vector<std::uint64_t> keys(m_observations.size());
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = base::Rng(i + 1).next();
  std::vector<std::uint64_t> pattern((m_observations.size() + 63) / 64, 0);
  std::uint64_t hash = 0;
  std::unordered_multimap<std::uint64_t, std::uint32_t> known;
  const auto close = [&](Position begin, Position end) {
    if (begin == end) return;
    const double prior = m_prior[end] - m_prior[begin];
    auto [at, last] = known.equal_range(hash);
    while (at != last && m_cells[at->second].pattern != pattern) ++at;
    std::uint32_t cell = 0;
    if (at != last) {
      cell = at->second;
    } else {
      cell = static_cast<std::uint32_t>(m_cells.size());
      known.emplace(hash, cell);
      m_cells.push_back({.pattern = pattern});
    }
    m_cells[cell].prior += prior;
    m_segments.push_back({begin, end, cell});
  };
  Position begin = 0;
  for (const Toggle& toggle : toggles) {
    close(begin, toggle.at);
    begin = toggle.at;
    pattern[toggle.observation / 64] ^= std::uint64_t{1} << (toggle.observation % 64);
    hash ^= keys[toggle.observation];
  }
  close(begin, static_cast<Position>(m_ancestry.size()));
}

void Posterior::pool() {
  for (std::size_t i = 0; i < m_observations.size(); ++i) {
    const std::size_t binary = m_observations[i].binary;
    if (m_members.size() <= binary) m_members.resize(binary + 1);
    m_members[binary].push_back(i);
  }
  for (const Reading& reading : m_readings) {
    auto& pooled = m_pooled.emplace_back(m_members.size());
    for (std::size_t i = 0; i < m_observations.size(); ++i) {
      pooled[m_observations[i].binary].crashes += reading.samples[i].crashes;
      pooled[m_observations[i].binary].runs += reading.samples[i].runs;
    }
  }
}

// ln P(sample | state) for both states and every rate. `positive` and `negative` have k_rates values.
void Posterior::state_likelihoods(const Sample& sample, double exposed, std::span<double> positive,
                                  std::span<double> negative) const {
  const double good = log_good(sample);
  std::array<double, k_rates> bad{};
  add_log_bad(sample, bad);
  if (exposed < 1)
    for (double& b : bad) {
      const double most = std::max(b, good);
      b = most + std::log(exposed * std::exp(b - most) + (1 - exposed) * std::exp(good - most));
    }
  const bool crashes = m_positive == Positive::crashes;
  for (std::size_t j = 0; j < k_rates; ++j) {
    positive[j] = crashes ? bad[j] : good;
    negative[j] = crashes ? good : bad[j];
  }
}

void Posterior::weigh() {
  const std::size_t binaries = m_members.size();
  const std::size_t all = width();
  m_joint.assign(m_cells.size() * all, 0);
  std::vector<double> positive(k_rates), negative(k_rates);
  std::vector<double> base(k_rates);
  std::vector<double> gain(binaries * k_rates);                  // positive - negative, by binary
  std::vector<double> own(m_observations.size() * 2 * k_rates);  // of members of shared binaries

  for (std::size_t z = 0; z < m_readings.size(); ++z) {
    for (std::size_t j = 0; j < k_rates; ++j)
      base[j] =
          m_readings[z].log_prior + std::log(rates()[j].prior) + (j >= k_rate_means ? std::log(m_boost) : 0);
    for (std::size_t b = 0; b < binaries; ++b) {
      if (m_members[b].empty()) continue;
      double said_positive = 0, said_negative = 0, exposed = 1;
      for (const std::size_t i : m_members[b]) {
        said_positive += m_observations[i].log_positive;
        said_negative += m_observations[i].log_negative;
        exposed = std::min(exposed, m_observations[i].exposed);
      }
      state_likelihoods(m_pooled[z][b], exposed, positive, negative);
      for (std::size_t j = 0; j < k_rates; ++j) {
        base[j] += negative[j] + said_negative;
        gain[b * k_rates + j] = positive[j] + said_positive - negative[j] - said_negative;
      }
      if (m_members[b].size() > 1)
        for (const std::size_t i : m_members[b]) {
          const Observation& o = m_observations[i];
          const std::span<double> mine{own.data() + i * 2 * k_rates, 2 * k_rates};
          state_likelihoods(m_readings[z].samples[i], o.exposed, mine.first(k_rates), mine.last(k_rates));
          for (std::size_t j = 0; j < k_rates; ++j) {
            mine[j] += o.log_positive;
            mine[k_rates + j] += o.log_negative;
            // Split binaries replace the binary's own negative term, which is part of `base`.
          }
          if (i == m_members[b].front())
            for (std::size_t j = 0; j < k_rates; ++j) {
              const double whole = negative[j] + said_negative - std::log(k_signature_misses);
              mine[j] -= whole;
              mine[k_rates + j] -= whole;
            }
        }
    }
    for (std::size_t c = 0; c < m_cells.size(); ++c) {
      const Cell& cell = m_cells[c];
      const std::span<double> joint{m_joint.data() + c * all + z * k_rates, k_rates};
      std::ranges::copy(base, joint.begin());
      for (std::size_t b = 0; b < binaries; ++b) {
        std::size_t in = 0;
        for (const std::size_t i : m_members[b]) in += cell.positive(i);
        if (in == 0) continue;
        if (in == m_members[b].size()) {
          for (std::size_t j = 0; j < k_rates; ++j) joint[j] += gain[b * k_rates + j];
        } else {
          for (const std::size_t i : m_members[b]) {
            const double* mine = own.data() + (i * 2 + (cell.positive(i) ? 0 : 1)) * k_rates;
            for (std::size_t j = 0; j < k_rates; ++j) joint[j] += mine[j];
          }
        }
      }
    }
  }

  double most = -std::numeric_limits<double>::infinity();
  for (std::size_t c = 0; c < m_cells.size(); ++c)
    if (m_cells[c].prior > 0)
      most = std::max(most, *std::max_element(m_joint.begin() + static_cast<std::ptrdiff_t>(c * all),
                                              m_joint.begin() + static_cast<std::ptrdiff_t>((c + 1) * all)));
  double sum = 0;
  for (std::size_t c = 0; c < m_cells.size(); ++c)
    for (std::size_t m = 0; m < all; ++m) {
      double& w = m_joint[c * all + m];
      w = m_cells[c].prior > 0 && w > most - 60 ? m_cells[c].prior * std::exp(w - most) : 0;
      sum += w;
    }
  m_nuisance.assign(all, 0);
  for (std::size_t c = 0; c < m_cells.size(); ++c)
    for (std::size_t m = 0; m < all; ++m) {
      double& w = m_joint[c * all + m];
      w /= sum;
      m_cells[c].mass += w;
      m_nuisance[m] += w;
    }
}

double Posterior::mass(NodeIndex node) const {
  const Position at = m_ancestry.position(node);
  const auto after = std::ranges::upper_bound(m_segments, at, {}, &Segment::begin);
  const Cell& cell = m_cells[(after - 1)->cell];
  return cell.prior > 0 ? (m_prior[at + 1] - m_prior[at]) * cell.mass / cell.prior : 0;
}

std::vector<double> Posterior::prefix() const {
  std::vector<double> prefix(m_ancestry.size() + 1, 0);
  for (const Segment& segment : m_segments) {
    const Cell& cell = m_cells[segment.cell];
    const double density = cell.prior > 0 ? cell.mass / cell.prior : 0;
    const double offset = prefix[segment.begin] - density * m_prior[segment.begin];
    for (Position at = segment.begin; at < segment.end; ++at)
      prefix[at + 1] = offset + density * m_prior[at + 1];
  }
  return prefix;
}

std::vector<double> Posterior::mass_within(std::span<const Interval> intervals) const {
  std::vector<double> within(m_cells.size(), 0);
  auto segment = m_segments.begin();
  for (const Interval& interval : intervals) {
    while (segment != m_segments.end() && segment->end <= interval.begin) ++segment;
    for (auto s = segment; s != m_segments.end() && s->begin < interval.end; ++s) {
      const Cell& cell = m_cells[s->cell];
      if (cell.prior <= 0) continue;
      within[s->cell] +=
          (m_prior[std::min(s->end, interval.end)] - m_prior[std::max(s->begin, interval.begin)]) *
          cell.mass / cell.prior;
    }
  }
  return within;
}

}  // namespace culprit::search
