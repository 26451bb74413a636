// The probability of every commit to be the culprit, given all runs, under all crash rates at once.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "search/ancestry.h"
#include "search/rates.h"

namespace culprit::search {

// A revision about which something is known. "Positive" means that it holds the culprit.
struct Observation {
  NodeIndex node = 0;
  std::size_t binary = 0;   // equal for revisions with equal binaries; dense from 0
  double log_positive = 0;  // ln likelihoods of what is not a run: a person's word
  double log_negative = 0;
  double exposed =
      1;  // probability that the bug (fix sought: before its fix) had reached this revision at all
};

// The runs, counted under one assumption of which crashes are the bug.
struct Reading {
  double log_prior = 0;
  std::vector<Sample> samples;  // for each observation
};

enum class Positive { crashes, is_free };  // how a revision that holds the culprit behaves

// Exact for the model: one culprit; a revision holds it if it is the culprit or has it as an ancestor;
// binaries with equal signatures share one state unless the signature misses a difference (prior
// k_signature_misses).
class Posterior {
 public:
  static constexpr double k_signature_misses = 0.02;

  // `prior[p]` is the prior mass of the commits at positions below p: ancestry.size() + 1 values, of any
  // positive scale. Borrows `ancestry` and `prior`.
  Posterior(const Ancestry& ancestry, std::span<const double> prior, Positive positive,
            std::vector<Observation> observations, std::vector<Reading> readings, double boost = 1);
  double m_boost = 1;

  // Commits that agree on all observations: they share everything but their prior.
  struct Cell {
    double prior = 0;
    double mass = 0;
    std::vector<std::uint64_t> pattern;  // bit i: the cell's commits make observation i positive
    bool positive(std::size_t observation) const {
      return (pattern[observation / 64] >> (observation % 64) & 1) != 0;
    }
  };
  // A run of positions within one cell.
  struct Segment {
    Position begin = 0;
    Position end = 0;
    std::uint32_t cell = 0;
  };

  const std::vector<Observation>& observations() const { return m_observations; }
  const std::vector<Reading>& readings() const { return m_readings; }
  const std::vector<Cell>& cells() const { return m_cells; }
  const std::vector<Segment>& segments() const { return m_segments; }  // ascending, without gaps
  Positive positive() const { return m_positive; }
  const Ancestry& ancestry() const { return m_ancestry; }
  std::span<const double> prior() const { return m_prior; }

  // Joint mass of a cell with each (reading, rate): readings().size() * k_rates values, reading by reading.
  std::span<const double> joint(std::size_t cell) const { return {m_joint.data() + cell * width(), width()}; }
  std::size_t width() const { return m_readings.size() * k_rates; }
  // Sums over the cells: what is believed of (reading, rate).
  const std::vector<double>& nuisance() const { return m_nuisance; }

  // Posterior mass of one commit, and of the commits below each position (size() + 1 values, ends in 1).
  double mass(NodeIndex node) const;
  std::vector<double> prefix() const;
  // The part of each cell's mass that lies in `intervals`.
  std::vector<double> mass_within(std::span<const Interval> intervals) const;

  // What the runs of observation `i` alone have shown under `reading`, pooled over its binary.
  const Sample& pooled(std::size_t reading, std::size_t i) const {
    return m_pooled[reading][m_observations[i].binary];
  }

 private:
  void cut_cells();
  void pool();
  void weigh();
  void state_likelihoods(const Sample& sample, double exposed, std::span<double> positive,
                         std::span<double> negative) const;

  const Ancestry& m_ancestry;
  std::span<const double> m_prior;
  Positive m_positive;
  std::vector<Observation> m_observations;
  std::vector<Reading> m_readings;
  std::vector<std::vector<Sample>> m_pooled;        // by reading, binary
  std::vector<std::vector<std::size_t>> m_members;  // of each binary: observations
  std::vector<Cell> m_cells;
  std::vector<Segment> m_segments;
  std::vector<double> m_joint;
  std::vector<double> m_nuisance;
};

}  // namespace culprit::search
