// The manual page, made from the commands as they were added.
#pragma once

#include <span>
#include <string>

#include "cli/line/command_line.h"

namespace culprit::cli {

// In roff, for man(1): every command with every option, the exit codes, the files. `version` is culprit's.
std::string manual_page(std::span<const CommandText> commands, const std::string& version,
                        const std::string& exit_codes);

}  // namespace culprit::cli
