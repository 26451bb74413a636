// What a guest as it is asked for needs of its kernel's configuration.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "run/qemu/qemu_runner.h"

namespace culprit::cli {

// The options, without CONFIG_, that must be y for such a guest and that `config` (a .config or a fragment) does not
// set so; m will not do, since modules come after the root. In the order in which they depend on each other.
std::vector<std::string> missing_guest_options(std::string_view config, run::RootKind root, bool network);

// "CONFIG_X=y" for each, as lines.
std::string option_lines(const std::vector<std::string>& options);

}  // namespace culprit::cli
