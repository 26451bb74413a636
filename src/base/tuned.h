// Constants that a study of their weight may change: CULPRIT_TUNED(double, k_name, 0.5) is
// `inline constexpr double k_name = 0.5;`. In a build with -DCULPRIT_TUNABLE=ON it is read from the
// environment variable CULPRIT_TUNE ("k_name=0.25 k_other=2") when the program starts;
// bench/noisebisect/sensitivity.py uses that.
#pragma once

#ifdef CULPRIT_TUNABLE
#include <cstdlib>
#include <string>

namespace culprit::base {

// The value that CULPRIT_TUNE gives to `name`, else `value`.
inline double tuned(const std::string& name, double value) {
  const char* all = std::getenv("CULPRIT_TUNE");
  const std::string text = all ? std::string(" ") + all : std::string();
  const std::size_t at = text.find(" " + name + "=");
  return at == std::string::npos ? value : std::strtod(text.c_str() + at + name.size() + 2, nullptr);
}

}  // namespace culprit::base

#define CULPRIT_TUNED(type, name, value) \
  inline const type name = static_cast<type>(::culprit::base::tuned(#name, value))
#else
#define CULPRIT_TUNED(type, name, value) inline constexpr type name = value
#endif
