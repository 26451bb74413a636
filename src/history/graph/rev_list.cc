#include "history/graph/rev_list.h"

#include <functional>

namespace culprit::history {

using model::CommitId;

RevListReader::RevListReader(std::size_t hash_size) : m_digits(2 * hash_size), m_slots(1024, k_none) {}

bool RevListReader::read(std::string_view chunk) {
  while (m_bad_line.empty() && !chunk.empty()) {
    const std::size_t end = chunk.find('\n');
    if (end == std::string_view::npos) {
      m_rest += chunk;
      break;
    }
    std::string_view line = chunk.substr(0, end);
    if (!m_rest.empty()) line = m_rest += line;
    if (!read_line(line)) m_bad_line = line;
    m_rest.clear();
    chunk.remove_prefix(end + 1);
  }
  return m_bad_line.empty();
}

bool RevListReader::read_line(std::string_view line) {
  if (line.size() < m_digits) return false;
  const auto id = CommitId::from_hex(line.substr(0, m_digits));
  if (!id) return false;
  const std::uint32_t number = number_of(*id);
  line.remove_prefix(m_digits);
  const auto begin = static_cast<std::uint32_t>(m_parents.size());
  for (; !line.empty(); line.remove_prefix(m_digits + 1)) {
    if (line.size() < m_digits + 1 || line[0] != ' ') return false;
    const auto parent = CommitId::from_hex(line.substr(1, m_digits));
    if (!parent) return false;
    m_parents.push_back(number_of(*parent));
  }
  if (m_rows[number].begin == k_none) ++m_listed;
  m_rows[number] = {.begin = begin, .count = static_cast<std::uint32_t>(m_parents.size()) - begin};
  return true;
}

std::optional<std::uint32_t> RevListReader::find(const CommitId& id) const {
  const std::uint32_t number = m_slots[slot_of(id)];
  return number == k_none ? std::nullopt : std::optional(number);
}

std::optional<std::span<const std::uint32_t>> RevListReader::parents(std::uint32_t number) const {
  const Row row = m_rows[number];
  if (row.begin == k_none) return std::nullopt;
  return std::span(m_parents).subspan(row.begin, row.count);
}

// Where `id` is, or the free place where it belongs.
std::size_t RevListReader::slot_of(const CommitId& id) const {
  const std::size_t mask = m_slots.size() - 1;
  std::size_t slot = std::hash<CommitId>{}(id)&mask;
  while (m_slots[slot] != k_none && m_ids[m_slots[slot]] != id) slot = (slot + 1) & mask;
  return slot;
}

std::uint32_t RevListReader::number_of(const CommitId& id) {
  const std::size_t slot = slot_of(id);
  if (m_slots[slot] != k_none) return m_slots[slot];
  const auto number = static_cast<std::uint32_t>(m_ids.size());
  m_slots[slot] = number;
  m_ids.push_back(id);
  m_rows.emplace_back();
  if (2 * m_ids.size() > m_slots.size()) grow();
  return number;
}

void RevListReader::grow() {
  m_slots.assign(4 * m_slots.size(), k_none);
  for (std::size_t i = 0; i < m_ids.size(); ++i) m_slots[slot_of(m_ids[i])] = static_cast<std::uint32_t>(i);
}

}  // namespace culprit::history
