// The commands: each adds itself to the command line, with its options and what it does. The table in
// cli/line/command_table.h names them all.
#pragma once

#include "cli/line/command_line.h"
#include "cli/line/command_table.h"

namespace culprit::cli {

#define CULPRIT_DECLARE(name, place) void add_##name(CommandLine& line);
CULPRIT_COMMANDS(CULPRIT_DECLARE)
#undef CULPRIT_DECLARE

// All of them, in the order of the table.
inline void add_commands(CommandLine& line) {
#define CULPRIT_ADD(name, place) add_##name(line);
  CULPRIT_COMMANDS(CULPRIT_ADD)
#undef CULPRIT_ADD
}

}  // namespace culprit::cli
