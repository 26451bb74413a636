// A guest's console out of its two serial ports: the kernel's, and the reproducer's.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/process/bounded_output.h"

namespace culprit::run {

// What the kernel prints, with the reproducer's output between its lines, about where it was printed. Each line
// of that begins with model::k_reproducer_mark, so that whoever reads the console knows whose words they are.
class GuestConsole {
 public:
  // `limit` bytes are kept, half head, half tail. A line of the reproducer's that holds `handshake` is left out.
  GuestConsole(std::size_t limit, std::string handshake) : m_kept(limit), m_handshake(std::move(handshake)) {}

  // The next bytes of either port, cut anywhere.
  void kernel_says(std::string_view bytes);
  void reproducer_says(std::string_view bytes);
  // Both ports are closed.
  void finish();

  std::string text() const { return m_kept.text(); }
  bool truncated() const { return m_kept.truncated(); }

 private:
  void add_line();
  void flush();

  base::BoundedOutput m_kept;
  std::string m_handshake;
  std::string m_line;          // of the reproducer, unfinished
  std::string m_waiting;       // marked lines that wait for the end of the kernel's line
  bool m_within_line = false;  // the kernel's last line is unfinished
};

}  // namespace culprit::run
