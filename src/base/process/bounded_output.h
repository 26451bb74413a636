// Output of any length in memory of a bounded size: the head and the tail are kept, the middle is counted.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace culprit::base {

// Keeps the first half and the last half of `limit` bytes of what is appended.
class BoundedOutput {
 public:
  explicit BoundedOutput(std::size_t limit) : m_head_limit(limit - limit / 2), m_tail_limit(limit / 2) {}

  void append(std::string_view bytes);

  // Bytes appended that text() does not hold.
  std::size_t dropped() const { return m_dropped; }
  bool truncated() const { return m_dropped > 0; }
  // All of it, or head, a line "[culprit: N bytes dropped here]", tail.
  std::string text() const;

 private:
  std::size_t m_head_limit;
  std::size_t m_tail_limit;
  std::string m_head;
  std::string m_tail;            // a ring once it is full
  std::size_t m_tail_start = 0;  // of the ring: its oldest byte
  std::size_t m_dropped = 0;
};

}  // namespace culprit::base
