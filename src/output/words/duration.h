// Durations: as the log's grammar writes them (Go's notation), and short for people.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace culprit::output {

// Go's notation, rounded to milliseconds: "2h2m27.21s", "345ms", "0s". Negative and not finite values are
// "0s".
std::string go_duration(double seconds);

// The inverse, for any duration that Go prints ("1h3m22.398807485s", "1.5µs"); nullopt for anything else.
std::optional<double> parse_go_duration(std::string_view text);

// For people, two units at most: "4.2s", "42s", "3m05s", "2h04m", "3d4h". Negative and not finite: "0s".
std::string short_duration(double seconds);

// What is left of work that was estimated at `seconds`, as far as estimates go: "19m to 47m", "3s to 8s" (bench/desk/eta.py).
std::string rough_duration(double seconds);

}  // namespace culprit::output
