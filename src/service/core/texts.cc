#include "service/core/texts.h"

namespace culprit::service {
namespace {

// A text that took a second is made again after twenty at the earliest: who watches a job takes at most a twentieth of a
// core from it with each text, however many they are.
constexpr double k_rest = 20;

}  // namespace

bool Texts::will_do(const Entry& entry, const Wanted& wanted) const {
  if (!entry.told.text) return false;
  if (entry.told.place == wanted.place) return true;
  return wanted.runs && entry.told.place.bisection == wanted.place.bisection &&
         (entry.making || m_clock.monotonic() < entry.until);
}

std::optional<Told> Texts::kept(const Wanted& wanted) const {
  std::lock_guard lock(m_mutex);
  const auto at = m_entries.find({wanted.job, wanted.name});
  if (at == m_entries.end() || !will_do(at->second, wanted)) return std::nullopt;
  m_used.splice(m_used.end(), m_used, at->second.use);
  return at->second.told;
}

base::Result<Told> Texts::told(const Wanted& wanted, const Tell& tell) {
  const Key key{wanted.job, wanted.name};
  {
    std::unique_lock lock(m_mutex);
    m_made.wait(lock, [&] { return !m_entries[key].making; });
    Entry& entry = m_entries[key];
    if (will_do(entry, wanted)) return entry.told;
    entry.making = true;
  }
  const double began = m_clock.monotonic();
  auto text = tell();
  std::lock_guard lock(m_mutex);
  m_entries[key].making = false;
  m_made.notify_all();
  if (!text) {
    if (!m_entries[key].told.text) m_entries.erase(key);
    return std::unexpected(text.error());
  }
  Told made{std::make_shared<const std::string>(std::move(*text)), wanted.place};
  keep(key, made, m_clock.monotonic() - began);
  return made;
}

// Those that nobody asked for the longest go first.
void Texts::keep(const Key& key, Told told, double seconds) {
  Entry& entry = m_entries[key];
  if (entry.told.text) {
    m_bytes -= entry.told.text->size();
    m_used.erase(entry.use);
  }
  m_bytes += told.text->size();
  entry.told = std::move(told);
  entry.until = m_clock.monotonic() + k_rest * seconds;
  entry.use = m_used.insert(m_used.end(), key);
  while (m_bytes > m_most_bytes && !m_used.empty()) {
    const auto oldest = m_entries.find(m_used.front());
    m_bytes -= oldest->second.told.text->size();
    m_used.pop_front();
    if (oldest->second.making)
      oldest->second.told = {};  // whoever makes it keeps the new one
    else
      m_entries.erase(oldest);
  }
}

}  // namespace culprit::service
