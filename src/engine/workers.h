// Threads that do the blocking work (builds, runs) and hand back what became of it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

namespace culprit::engine {

// Tasks of one result type on up to `threads` threads; results are taken in the order in which tasks end.
template <class Completion>
class Workers {
 public:
  explicit Workers(int threads) {
    try {
      for (int i = 0; i < threads; ++i) m_threads.emplace_back([this] { serve(); });
    } catch (const std::system_error&) {
      if (m_threads.empty()) throw;  // fewer threads do, none do not
    }
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  // Waits for the tasks that run; those not begun are dropped.
  ~Workers() {
    {
      std::lock_guard lock(m_mutex);
      m_closing = true;
      m_tasks.clear();
    }
    m_wake.notify_all();
    for (std::thread& thread : m_threads) thread.join();
  }

  void submit(std::function<Completion()> task) {
    {
      std::lock_guard lock(m_mutex);
      m_tasks.push_back(std::move(task));
      ++m_open;
    }
    m_wake.notify_one();
  }

  // Whether take() would not block; waits for that, but no longer than `seconds`.
  bool wait_for(double seconds) {
    std::unique_lock lock(m_mutex);
    return m_ready.wait_for(lock, std::chrono::duration<double>(seconds),
                            [&] { return m_open == 0 || !m_done.empty(); });
  }

  // The next finished task's result; blocks. Empty when no task is open.
  std::optional<Completion> take() {
    std::unique_lock lock(m_mutex);
    if (m_open == 0) return std::nullopt;
    m_ready.wait(lock, [&] { return !m_done.empty(); });
    Completion completion = std::move(m_done.front());
    m_done.pop_front();
    --m_open;
    return completion;
  }

 private:
  void serve() {
    for (;;) {
      std::function<Completion()> task;
      {
        std::unique_lock lock(m_mutex);
        m_wake.wait(lock, [&] { return m_closing || !m_tasks.empty(); });
        if (m_tasks.empty()) return;
        task = std::move(m_tasks.front());
        m_tasks.pop_front();
      }
      Completion completion = task();
      {
        std::lock_guard lock(m_mutex);
        m_done.push_back(std::move(completion));
      }
      m_ready.notify_one();
    }
  }

  std::mutex m_mutex;
  std::condition_variable m_wake, m_ready;
  std::deque<std::function<Completion()>> m_tasks;
  std::deque<Completion> m_done;
  std::size_t m_open = 0;
  bool m_closing = false;
  std::vector<std::thread> m_threads;
};

}  // namespace culprit::engine
