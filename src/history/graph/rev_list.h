// Commits as `git rev-list --parents` lists them, kept compactly.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/graph/commit.h"

namespace culprit::history {

// Reads "<id> <parent>..." lines that come in pieces of any size. Every id that appears gets a number, in
// order of appearance.
class RevListReader {
 public:
  explicit RevListReader(std::size_t hash_size);

  // False once a line was not understood; see bad_line().
  bool read(std::string_view chunk);
  // After the last piece; false if the last line was cut.
  bool finish() { return m_bad_line.empty() && m_rest.empty(); }
  const std::string& bad_line() const { return m_bad_line; }

  std::size_t size() const { return m_ids.size(); }
  // How many ids had a line of their own.
  std::size_t listed() const { return m_listed; }
  const model::CommitId& id(std::uint32_t number) const { return m_ids[number]; }
  std::optional<std::uint32_t> find(const model::CommitId& id) const;
  // The parents of an id that had a line; nothing for one that was only named as a parent.
  std::optional<std::span<const std::uint32_t>> parents(std::uint32_t number) const;

 private:
  static constexpr std::uint32_t k_none = std::numeric_limits<std::uint32_t>::max();
  struct Row {
    std::uint32_t begin = k_none;
    std::uint32_t count = 0;
  };

  bool read_line(std::string_view line);
  std::uint32_t number_of(const model::CommitId& id);
  std::size_t slot_of(const model::CommitId& id) const;
  void grow();

  std::size_t m_digits;
  std::string m_rest;  // the beginning of a line whose end has not come yet
  std::string m_bad_line;
  std::size_t m_listed = 0;
  std::vector<model::CommitId> m_ids;
  std::vector<Row> m_rows;
  std::vector<std::uint32_t> m_parents;
  std::vector<std::uint32_t> m_slots;  // hash table of numbers, linear probing, at most half full
};

}  // namespace culprit::history
