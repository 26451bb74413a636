// What a shell is told so that it completes `culprit`: made from the commands as they were added, so that none is
// forgotten.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/line/command_line.h"

namespace culprit::cli {

// Of bash, zsh or fish; empty for another shell. Revisions are completed by git's refs, files by the shell.
std::string completion_of(std::string_view shell, std::span<const CommandText> commands);

}  // namespace culprit::cli
