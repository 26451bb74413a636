// Kernel configurations as text: requested options, changes to them, and which of them a .config really has.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace culprit::build {

// One option and its value: "y", "m", "n" (not set), a number or a quoted string. The name has no CONFIG_
// prefix.
struct ConfigSymbol {
  std::string name;
  std::string value;

  friend bool operator==(const ConfigSymbol&, const ConfigSymbol&) = default;
};

// A change as a person writes it: "PROVE_LOCKING=n", "CONFIG_HZ=250". Anything else is a usage error.
base::Result<ConfigSymbol> parse_config_change(std::string_view text);
// The options that a .config or a fragment sets, in its order; "# CONFIG_X is not set" is X=n. Other lines
// are not looked at.
std::vector<ConfigSymbol> parse_config(std::string_view text);
// `changes` as lines of a .config.
std::string config_lines(std::span<const ConfigSymbol> changes);

// The requested options that `config` does not have so: for each "FOO=y (is n)". One that was requested twice
// counts as requested last.
std::vector<std::string> lost_options(std::span<const ConfigSymbol> requested, std::string_view config);

}  // namespace culprit::build
