// All commits of a cell share one likelihood, so a posterior over 1.3 million commits is some dozens of
// numbers for each point of the nuisance grid, and exact. It is computed anew from all evidence each time:
// nothing accumulates, so the order of the evidence cannot matter.
//
// For one cell, the likelihood is a product over binaries. Where equal binaries are on both sides of a cell's
// culprit, either the signature misses the difference (prior k_signature_misses, and each revision stands for
// itself), or the cell is wrong.
#include "search/belief/posterior.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/check.h"
#include "base/log_space.h"

#include "search/belief/tuning.h"

namespace culprit::search {
namespace {

// A ln likelihood under each crash rate of bad binaries, then one under each false rate of good ones: that of both is
// their sum.
using Terms = std::array<double, k_rates + k_false_rates>;
std::span<double, k_rates> of_bad(Terms& terms) { return std::span(terms).first<k_rates>(); }
std::span<double, k_false_rates> of_good(Terms& terms) { return std::span(terms).last<k_false_rates>(); }

// ln P(sample | state) for both states.
struct States {
  Terms positive{};
  Terms negative{};
};

// A revision that the bug may never have reached is bad or good, at odds: there, and there alone, the false
// rates are summed up for its runs by themselves.
void mix_in_good(Terms& terms, const Sample& sample, double exposed) {
  std::array<double, k_false_rates> each{};
  add_log_good(sample, each);
  for (std::size_t j = 0; j < k_rates; ++j) {
    std::array<double, k_false_rates> weighted = each;
    for (std::size_t q = 0; q < k_false_rates; ++q) weighted[q] += std::log(false_rate_priors()[j][q]);
    double& bad = terms[j];
    bad = base::log_add(std::log(exposed) + bad, std::log(1 - exposed) + base::log_sum(weighted));
  }
}

States state_likelihoods(const Sample& sample, double exposed, Positive how) {
  States states;
  Terms& bad = how == Positive::crashes ? states.positive : states.negative;
  Terms& good = how == Positive::crashes ? states.negative : states.positive;
  add_log_bad(sample, of_bad(bad));
  add_log_good(sample, of_good(good));
  if (exposed < 1) mix_in_good(bad, sample, exposed);
  return states;
}

void add(Terms& sum, const Terms& terms, double sign = 1) {
  for (std::size_t j = 0; j < terms.size(); ++j) sum[j] += sign * terms[j];
}
void add(Terms& sum, double to_all_rates) {
  for (double& term : of_bad(sum)) term += to_all_rates;
}

}  // namespace

Posterior::Posterior(const Cells& cells, const Prior& prior, Positive positive,
                     std::vector<Observation> observations, std::vector<Reading> readings,
                     std::span<const double> rate_weights)
    : m_cells(cells),
      m_prior(prior),
      m_positive(positive),
      m_observations(std::move(observations)),
      m_readings(std::move(readings)) {
  CULPRIT_CHECK(!m_readings.empty(), "a posterior without a reading of the evidence");
  pool();
  weigh(rate_weights);
  normalize();
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

void Posterior::weigh(std::span<const double> rate_weights) {
  m_joint.assign(m_cells.size() * width(), 0);
  m_good.assign(m_cells.size() * m_readings.size() * k_false_rates, 0);
  for (std::size_t z = 0; z < m_readings.size(); ++z) weigh_reading(z, rate_weights);
}

// Log-likelihoods of one reading: all binaries negative, plus for each cell what changes by those that are
// not.
void Posterior::weigh_reading(std::size_t z, std::span<const double> rate_weights) {
  const std::size_t binaries = m_members.size();
  Terms base{};
  for (std::size_t j = 0; j < k_rates; ++j)
    base[j] = m_readings[z].log_prior + std::log(rate_weights.empty() ? rates()[j].prior : rate_weights[j]);
  std::vector<States> whole(binaries);
  for (std::size_t b = 0; b < binaries; ++b) {
    double said_positive = 0, said_negative = 0, exposed = 1;
    for (const std::size_t i : m_members[b]) {
      said_positive += m_observations[i].log_positive;
      said_negative += m_observations[i].log_negative;
      exposed = std::min(exposed, m_observations[i].exposed);
    }
    whole[b] = state_likelihoods(m_pooled[z][b], exposed, m_positive);
    add(whole[b].positive, said_positive);
    add(whole[b].negative, said_negative);
    add(base, whole[b].negative);
  }
  std::vector<States> alone(m_observations.size());  // each revision for itself, where binaries are shared
  for (std::size_t i = 0; i < m_observations.size(); ++i) {
    const Observation& o = m_observations[i];
    if (m_members[o.binary].size() < 2) continue;
    alone[i] = state_likelihoods(m_readings[z].samples[i], o.exposed, m_positive);
    add(alone[i].positive, o.log_positive);
    add(alone[i].negative, o.log_negative);
  }
  for (std::size_t c = 0; c < m_cells.size(); ++c) {
    Terms cell = base;
    for (std::size_t b = 0; b < binaries; ++b) {
      const auto& members = m_members[b];
      const auto in = std::ranges::count_if(members, [&](std::size_t i) { return m_cells[c].positive(i); });
      if (in == 0) continue;
      add(cell, whole[b].negative, -1);
      if (in == std::ssize(members)) {
        add(cell, whole[b].positive);
        continue;
      }
      for (const std::size_t i : members)
        add(cell, m_cells[c].positive(i) ? alone[i].positive : alone[i].negative);
      add(cell, std::log(k_signature_misses));
    }
    const double most = *std::ranges::max_element(of_good(cell));
    const std::span<double> joint{m_joint.data() + c * width() + z * k_rates, k_rates};
    const std::span<double> good{m_good.data() + (z * m_cells.size() + c) * k_false_rates, k_false_rates};
    for (std::size_t q = 0; q < k_false_rates; ++q) good[q] = std::exp(of_good(cell)[q] - most);
    for (std::size_t j = 0; j < k_rates; ++j)
      joint[j] = cell[j] + most +
                 std::log(std::inner_product(good.begin(), good.end(), false_rate_priors()[j].begin(), 0.0));
  }
}

void Posterior::normalize() {
  double most = -std::numeric_limits<double>::infinity();
  for (std::size_t c = 0; c < m_cells.size(); ++c)
    if (m_cells[c].prior > 0)
      for (const double l : joint(c)) most = std::max(most, l);
  double sum = 0;
  for (std::size_t c = 0; c < m_cells.size(); ++c)
    for (std::size_t m = 0; m < width(); ++m) {
      double& w = m_joint[c * width() + m];
      w = m_cells[c].prior > 0 && w > most - 60 ? m_cells[c].prior * std::exp(w - most) : 0;
      sum += w;
    }
  m_nuisance.assign(width(), 0);
  m_cell_mass.assign(m_cells.size(), 0);
  m_false_rates.fill(0);
  for (std::size_t c = 0; c < m_cells.size(); ++c)
    for (std::size_t m = 0; m < width(); ++m) {
      double& w = m_joint[c * width() + m];
      w /= sum;
      m_cell_mass[c] += w;
      m_nuisance[m] += w;
      if (w > 0) believe_false_rates(m, c, w);
    }
}

// `mass`, of the cell with a (reading, rate), is shared out among the false rates.
void Posterior::believe_false_rates(std::size_t m, std::size_t cell, double mass) {
  const std::span<const double> good{m_good.data() + (m / k_rates * m_cells.size() + cell) * k_false_rates,
                                     k_false_rates};
  const ByFalseRate& prior = false_rate_priors()[m % k_rates];
  const double all = std::inner_product(good.begin(), good.end(), prior.begin(), 0.0);
  for (std::size_t q = 0; q < k_false_rates; ++q) m_false_rates[q] += mass * good[q] * prior[q] / all;
}

double Posterior::reading_mass(std::size_t reading) const {
  double sum = 0;
  for (std::size_t j = 0; j < k_rates; ++j) sum += m_nuisance[reading * k_rates + j];
  return sum;
}

double Posterior::mass(Position position) const {
  const std::uint32_t cell = m_cells.at(position);
  const double prior = m_cells[cell].prior;
  return prior > 0 ? m_prior.mass(position, position + 1) * m_cell_mass[cell] / prior : 0;
}

double Posterior::positive_mass(std::size_t i) const {
  double sum = 0;
  for (std::size_t c = 0; c < m_cells.size(); ++c) sum += m_cells[c].positive(i) ? m_cell_mass[c] : 0;
  return sum;
}

std::vector<double> Posterior::prefix(std::span<const double> cell_masses) const {
  const std::span<const double> below = m_prior.below();
  std::vector<double> prefix(below.size(), 0);
  for (const auto& segment : m_cells.segments()) {
    const double prior = m_cells[segment.cell].prior;
    const double density = prior > 0 ? cell_masses[segment.cell] / prior : 0;
    const double offset = prefix[segment.begin] - density * below[segment.begin];
    for (Position at = segment.begin; at < segment.end; ++at)
      prefix[at + 1] = offset + density * below[at + 1];
  }
  return prefix;
}

std::vector<double> Posterior::share_within(std::span<const Interval> intervals) const {
  std::vector<double> within(m_cells.size(), 0);
  auto segment = m_cells.segments().begin();
  const auto last = m_cells.segments().end();
  for (const Interval& interval : intervals) {
    while (segment != last && segment->end <= interval.begin) ++segment;
    for (auto s = segment; s != last && s->begin < interval.end; ++s) {
      const double prior = m_cells[s->cell].prior;
      if (prior > 0)
        within[s->cell] +=
            m_prior.mass(std::max(s->begin, interval.begin), std::min(s->end, interval.end)) / prior;
    }
  }
  return within;
}

double Posterior::entropy() const {
  double bits = 0;
  for (const auto& segment : m_cells.segments()) {
    const double prior = m_cells[segment.cell].prior;
    const double density = prior > 0 ? m_cell_mass[segment.cell] / prior : 0;
    if (density > 0)
      bits -= density * (m_prior.log_mass(segment.begin, segment.end) +
                         std::log2(density) * m_prior.mass(segment.begin, segment.end));
  }
  return bits;
}

}  // namespace culprit::search
