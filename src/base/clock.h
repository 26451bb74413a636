// Time as a parameter: the real clock in the program, a simulated one in the scenario tests.
#pragma once

#include <chrono>

namespace culprit::base {

class Clock {
 public:
  virtual ~Clock() = default;
  // Seconds since the Unix epoch, for records and displays.
  virtual double wall() const = 0;
  // Seconds since an arbitrary point, never going back, for durations.
  virtual double monotonic() const = 0;
};

class SystemClock final : public Clock {
 public:
  double wall() const override {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  }
  double monotonic() const override {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  }
};

}  // namespace culprit::base
