#include "base/process/bounded_output.h"

#include <algorithm>

#include <fmt/format.h>

namespace culprit::base {

void BoundedOutput::append(std::string_view bytes) {
  const std::size_t to_head = std::min(bytes.size(), m_head_limit - m_head.size());
  m_head.append(bytes.substr(0, to_head));
  bytes.remove_prefix(to_head);

  if (bytes.size() > m_tail_limit) {  // more than the ring holds: only its end matters
    m_dropped += bytes.size() - m_tail_limit;
    bytes.remove_prefix(bytes.size() - m_tail_limit);
  }
  const std::size_t to_grow = std::min(bytes.size(), m_tail_limit - m_tail.size());
  m_tail.append(bytes.substr(0, to_grow));
  bytes.remove_prefix(to_grow);

  m_dropped += bytes.size();  // as many of the oldest bytes go as new ones come
  while (!bytes.empty()) {
    const std::size_t run = std::min(bytes.size(), m_tail.size() - m_tail_start);
    bytes.copy(m_tail.data() + m_tail_start, run);
    m_tail_start = (m_tail_start + run) % m_tail.size();
    bytes.remove_prefix(run);
  }
}

std::string BoundedOutput::text() const {
  std::string out = m_head;
  if (truncated()) {
    if (!out.empty() && out.back() != '\n') out += '\n';
    out += fmt::format("[culprit: {} bytes dropped here]\n", m_dropped);
  }
  out.append(m_tail, m_tail_start);
  out.append(m_tail, 0, m_tail_start);
  return out;
}

}  // namespace culprit::base
