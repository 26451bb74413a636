// What happens, as server-sent events: to every browser that watches, without a thread for each.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "service/web/message.h"

namespace culprit::service {

class Hub {
 public:
  // `wake`: the server is to ask its streams again. Called without any lock held.
  void on_news(std::function<void()> wake) { m_wake = std::move(wake); }
  // `data` is one line of JSON.
  void publish(const std::string& event, const std::string& data);
  // A comment, which tells a browser's end of the connection from silence.
  void heartbeat();
  // From the message after `last` on (the browser's Last-Event-ID), as far back as messages are kept; 0: from now.
  std::shared_ptr<Stream> subscribe(std::uint64_t last);

  std::size_t watchers() const;

 private:
  friend class HubStream;
  // `text_of` gets the message's number.
  void push(const std::function<std::string(std::uint64_t)>& text_of);

  static constexpr std::size_t k_kept = 1000;
  mutable std::mutex m_mutex;
  std::deque<std::string> m_messages;
  std::uint64_t m_next = 1;  // number of the message after the latest
  std::size_t m_watchers = 0;
  std::function<void()> m_wake;
};

}  // namespace culprit::service
