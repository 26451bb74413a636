#include "output/words/duration.h"

#include <fmt/format.h>
#include <algorithm>

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>

namespace culprit::output {
namespace {

struct Unit {
  std::string_view name;
  double seconds;
};
// "ms" before "m": the longest name that fits is the unit.
constexpr std::array<Unit, 8> k_units = {{{"ns", 1e-9},
                                          {"us", 1e-6},
                                          {"\xC2\xB5s", 1e-6},
                                          {"\xCE\xBCs", 1e-6},
                                          {"ms", 1e-3},
                                          {"h", 3600},
                                          {"m", 60},
                                          {"s", 1}}};

double usable(double seconds) { return std::isfinite(seconds) && seconds > 0 ? std::min(seconds, 1e15) : 0; }

}  // namespace

std::string go_duration(double seconds) {
  const auto ms = static_cast<std::int64_t>(std::llround(usable(seconds) * 1000));
  if (ms == 0) return "0s";
  if (ms < 1000) return fmt::format("{}ms", ms);
  std::string fraction;
  if (ms % 1000 != 0) {
    fraction = fmt::format(".{:03}", ms % 1000);
    while (fraction.back() == '0') fraction.pop_back();
  }
  const std::int64_t s = ms / 1000;
  std::string out;
  if (s >= 3600) out += fmt::format("{}h", s / 3600);
  if (s >= 60) out += fmt::format("{}m", s / 60 % 60);
  return out + fmt::format("{}{}s", s % 60, fraction);
}

std::optional<double> parse_go_duration(std::string_view text) {
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    const std::size_t digits = text.find_first_not_of("0123456789.");
    if (digits == 0 || digits == std::string_view::npos || digits > 30) return std::nullopt;
    const std::string number(text.substr(0, digits));
    char* end = nullptr;
    const double value = std::strtod(number.c_str(), &end);
    if (end != number.c_str() + number.size()) return std::nullopt;
    text.remove_prefix(digits);
    const Unit* unit = nullptr;
    for (const Unit& u : k_units)
      if (unit == nullptr && text.starts_with(u.name)) unit = &u;
    if (unit == nullptr) return std::nullopt;
    total += value * unit->seconds;
    text.remove_prefix(unit->name.size());
  }
  return total;
}

std::string short_duration(double seconds) {
  const double value = usable(seconds);
  if (value == 0) return "0s";
  if (value < 9.95) return fmt::format("{:.1f}s", value);
  const auto s = static_cast<std::int64_t>(std::llround(value));
  if (s < 60) return fmt::format("{}s", s);
  if (s < 3600) return fmt::format("{}m{:02}s", s / 60, s % 60);
  if (s < 48 * 3600) return fmt::format("{}h{:02}m", s / 3600, s / 60 % 60);
  return fmt::format("{}d{}h", s / 86400, s / 3600 % 24);
}

std::string rough_duration(double seconds) {
  constexpr double k_least = 0.7, k_most = 1.7;
  const auto rough = [](double value) {
    if (value < 90) return fmt::format("{:.0f}s", std::max(1.0, value));
    if (value < 90 * 60) return fmt::format("{:.0f}m", value / 60);
    if (value < 48 * 3600) return fmt::format("{:.0f}h", value / 3600);
    return fmt::format("{:.0f}d", value / 86400);
  };
  const std::string least = rough(k_least * usable(seconds)), most = rough(k_most * usable(seconds));
  return least == most ? most : least + " to " + most;
}

}  // namespace culprit::output
