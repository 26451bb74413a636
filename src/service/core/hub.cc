#include "service/core/hub.h"

#include <fmt/format.h>

#include <algorithm>

namespace culprit::service {

class HubStream final : public Stream {
 public:
  HubStream(Hub& hub, std::uint64_t next) : m_hub(hub), m_at(next) {
    std::lock_guard lock(m_hub.m_mutex);
    ++m_hub.m_watchers;
  }
  ~HubStream() override {
    std::lock_guard lock(m_hub.m_mutex);
    --m_hub.m_watchers;
  }
  HubStream(const HubStream&) = delete;
  HubStream& operator=(const HubStream&) = delete;

  std::optional<std::string> next() override {
    std::lock_guard lock(m_hub.m_mutex);
    std::string out;
    if (m_first) out = "retry: 2000\n\n";  // milliseconds until a browser comes back
    m_first = false;
    const std::uint64_t oldest = m_hub.m_next - m_hub.m_messages.size();
    for (m_at = std::max(m_at, oldest); m_at < m_hub.m_next; ++m_at) out += m_hub.m_messages[m_at - oldest];
    return out;
  }

 private:
  Hub& m_hub;
  std::uint64_t m_at;
  bool m_first = true;
};

// Numbered and kept in one step: two that are published at once have two numbers, in the order of their places.
void Hub::push(const std::function<std::string(std::uint64_t)>& text_of) {
  {
    std::lock_guard lock(m_mutex);
    m_messages.push_back(text_of(m_next));
    ++m_next;
    if (m_messages.size() > k_kept) m_messages.pop_front();
  }
  if (m_wake) m_wake();
}

void Hub::publish(const std::string& event, const std::string& data) {
  push([&](std::uint64_t id) { return fmt::format("id: {}\nevent: {}\ndata: {}\n\n", id, event, data); });
}

void Hub::heartbeat() {
  push([](std::uint64_t) { return ":\n\n"; });
}

std::shared_ptr<Stream> Hub::subscribe(std::uint64_t last) {
  std::uint64_t from = 0;
  {
    std::lock_guard lock(m_mutex);
    // One of another run of the service is nothing to go on from.
    from = last == 0 || last >= m_next ? m_next : last + 1;
  }
  return std::make_shared<HubStream>(*this, from);
}

std::size_t Hub::watchers() const {
  std::lock_guard lock(m_mutex);
  return m_watchers;
}

}  // namespace culprit::service
