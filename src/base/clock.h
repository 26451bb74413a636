// Time as a parameter: the real clock in the program, a simulated one in the scenario tests.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace culprit::base {

class Clock {
 public:
  virtual ~Clock() = default;
  // Seconds since the Unix epoch, for records and displays.
  virtual double wall() const = 0;
  // Seconds since an arbitrary point, never going back, for durations.
  virtual double monotonic() const = 0;
  // Returns after so many seconds, or soon after `stopped` says so; a simulated clock returns at once.
  virtual void rest(double /*seconds*/, const std::function<bool()>& /*stopped*/) const {}
};

class SystemClock final : public Clock {
 public:
  double wall() const override {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  }
  double monotonic() const override {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  }
  void rest(double seconds, const std::function<bool()>& stopped) const override {
    const double until = monotonic() + seconds;
    while (monotonic() < until && !stopped()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
};

}  // namespace culprit::base
