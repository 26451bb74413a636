// A one-way "please stop", shared between the thread that decides and the threads that wait on children.
#pragma once

#include <atomic>

namespace culprit::base {

// Safe to set from a signal handler. Waiters look at it at least every 100 ms.
class CancelToken {
 public:
  CancelToken() = default;
  // Cancelled also when `parent` is; the parent outlives it.
  explicit CancelToken(const CancelToken& parent) noexcept : m_parent(&parent) {}
  CancelToken& operator=(const CancelToken&) = delete;

  void cancel() noexcept { m_cancelled.store(true, std::memory_order_relaxed); }
  bool cancelled() const noexcept {
    return m_cancelled.load(std::memory_order_relaxed) || (m_parent != nullptr && m_parent->cancelled());
  }

 private:
  const CancelToken* m_parent = nullptr;
  std::atomic<bool> m_cancelled{false};
};

}  // namespace culprit::base
