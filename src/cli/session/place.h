// Advice that works where the user stands: `culprit resume` becomes `culprit resume -C DIR` for who named
// DIR.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/line/command_line.h"

namespace culprit::cli {

// -C and --state, for a command of which the table says that it takes them.
void add_place_options(Options& command, std::string& repository, std::string& state_dir);

// The options that name the same bisection again from here: " -C DIR --state DIR", each left out where it is
// not needed (the repository is the one that the working directory lies in, the state folder is the default
// one).
std::string place_options(const std::string& repository, const std::string& state_dir);

// `text` with `options` behind every "culprit COMMAND" in it whose command reads or continues a bisection.
std::string at_place(std::string_view text, std::string_view options);
// The same for an error's hint, with place_options(repository, state_dir).
base::Error at_place(base::Error error, const std::string& repository, const std::string& state_dir);

}  // namespace culprit::cli
