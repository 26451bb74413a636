#include "run/qemu/guest_console.h"

#include "base/strings.h"
#include "model/run/outcome.h"

namespace culprit::run {
namespace {

// Longer lines of the reproducer are cut into several.
constexpr std::size_t k_line_limit = 4096;
// What waits for a kernel that leaves its line unfinished (a prompt), at most.
constexpr std::size_t k_waiting_limit = std::size_t{64} << 10;

}  // namespace

void GuestConsole::kernel_says(std::string_view bytes) {
  if (bytes.empty()) return;
  if (m_within_line && !m_waiting.empty()) {
    const std::size_t newline = bytes.find('\n');
    if (newline == std::string_view::npos) return m_kept.append(bytes);
    m_kept.append(bytes.substr(0, newline + 1));
    m_within_line = false;
    flush();
    bytes.remove_prefix(newline + 1);
    if (bytes.empty()) return;
  }
  m_kept.append(bytes);
  m_within_line = bytes.back() != '\n';
}

void GuestConsole::reproducer_says(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t newline = bytes.find('\n');
    m_line += bytes.substr(0, newline);
    while (m_line.size() > k_line_limit) {
      std::string rest = m_line.substr(k_line_limit);
      m_line.resize(k_line_limit);
      add_line();
      m_line = std::move(rest);
    }
    if (newline == std::string_view::npos) break;
    add_line();
    bytes.remove_prefix(newline + 1);
  }
  flush();
}

// The reproducer's line is complete.
void GuestConsole::add_line() {
  while (m_line.ends_with('\r')) m_line.pop_back();
  if (!m_line.contains(m_handshake)) ((m_waiting += model::k_reproducer_mark) += m_line) += '\n';
  m_line.clear();
}

void GuestConsole::flush() {
  if (m_waiting.empty() || (m_within_line && m_waiting.size() < k_waiting_limit)) return;
  if (m_within_line) m_kept.append("\n");
  m_within_line = false;
  m_kept.append(m_waiting);
  m_waiting.clear();
}

void GuestConsole::finish() {
  if (!m_line.empty()) add_line();
  if (m_waiting.empty()) return;
  if (m_within_line) m_kept.append("\n");
  m_within_line = false;
  flush();
}

}  // namespace culprit::run
