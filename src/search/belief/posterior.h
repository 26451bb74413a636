// The probability of every commit to be the culprit, given all runs, under all crash rates at once.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "search/belief/prior.h"
#include "search/belief/rates.h"
#include "search/graph/cells.h"

namespace culprit::search {

// A revision about which something is known. "Positive" means that it holds the culprit.
struct Observation {
  NodeIndex node = 0;
  std::size_t binary = 0;   // equal for revisions with equal binaries; dense from 0
  double log_positive = 0;  // ln likelihoods of what is not a run: a person's word
  double log_negative = 0;
  double exposed = 1;  // fix sought: probability that the bug had reached this revision's history at all
};

// The runs, counted under one assumption of which crashes are the bug.
struct Reading {
  double log_prior = 0;
  std::vector<Sample> samples;  // for each observation
  std::vector<bool> same;       // for each open title: it is the bug
};

enum class Positive { crashes, is_free };  // how a revision that holds the culprit behaves

// Exact for the model: one culprit; a revision holds it if it is the culprit or has it as an ancestor;
// binaries with equal signatures share one state unless the signature misses a difference (prior
// k_signature_misses).
class Posterior {
 public:
  // Borrows `cells`, which were cut by the observations' nodes in their order, and `prior`, from which they
  // were cut. At least one reading. `rate_weights`: what is believed of each of rates() beforehand; empty: as shipped.
  Posterior(const Cells& cells, const Prior& prior, Positive positive, std::vector<Observation> observations,
            std::vector<Reading> readings, std::span<const double> rate_weights = {});

  const Cells& cells() const { return m_cells; }
  const Prior& prior() const { return m_prior; }
  Positive positive() const { return m_positive; }
  const std::vector<Observation>& observations() const { return m_observations; }
  const std::vector<Reading>& readings() const { return m_readings; }

  // (reading, rate) pairs, reading by reading.
  std::size_t width() const { return m_readings.size() * k_rates; }
  // Joint mass of a cell with each of them; sums to cell_mass(cell).
  std::span<const double> joint(std::size_t cell) const { return {m_joint.data() + cell * width(), width()}; }
  double cell_mass(std::size_t cell) const { return m_cell_mass[cell]; }
  // What is believed of each (reading, rate).
  const std::vector<double>& nuisance() const { return m_nuisance; }
  // What is believed of each of the false_rates().
  const ByFalseRate& false_rate_masses() const { return m_false_rates; }
  double reading_mass(std::size_t reading) const;

  // Posterior mass at a position, of the commits below each position (one more value than positions; ends in
  // 1), and the probability that observation `i` holds the culprit.
  double mass(Position position) const;
  std::vector<double> prefix() const { return prefix(m_cell_mass); }
  double positive_mass(std::size_t i) const;
  // The same prefix for other masses of the cells.
  std::vector<double> prefix(std::span<const double> cell_masses) const;
  // The share of each cell's prior that lies in `intervals`.
  std::vector<double> share_within(std::span<const Interval> intervals) const;
  // Bits of doubt about the culprit.
  double entropy() const;

  // The runs of observation `i`, pooled over its binary.
  const Sample& pooled(std::size_t reading, std::size_t i) const {
    return m_pooled[reading][m_observations[i].binary];
  }

 private:
  void pool();
  void weigh(std::span<const double> rate_weights);
  void weigh_reading(std::size_t z, std::span<const double> rate_weights);  // of reading `z`
  void normalize();
  void believe_false_rates(std::size_t m, std::size_t cell, double mass);

  const Cells& m_cells;
  const Prior& m_prior;
  Positive m_positive;
  std::vector<Observation> m_observations;
  std::vector<Reading> m_readings;
  std::vector<std::vector<Sample>> m_pooled;        // by reading, binary
  std::vector<std::vector<std::size_t>> m_members;  // of each binary: observations
  std::vector<double> m_joint;
  std::vector<double> m_cell_mass;
  std::vector<double> m_nuisance;
  std::vector<double>
      m_good;  // by reading, cell: likelihood of its good binaries under each false rate, scaled
  ByFalseRate m_false_rates{};
};

}  // namespace culprit::search
