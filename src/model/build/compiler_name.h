// A compiler by the line that `--version` begins with.
#pragma once

#include <string>
#include <string_view>

namespace culprit::model {

struct CompilerName {
  std::string family;   // "gcc", "clang"; the command of one that is neither
  std::string version;  // "12.2.0"; empty where the line has none
};

// Of "gcc-10 (Debian 10.2.1-6) 10.2.1 20210110, GNU ld (GNU Binutils for Debian) 2.40": gcc, 10.2.1. What follows the first comma
// is the linker's.
CompilerName compiler_name(std::string_view version_line);
// "gcc 10.2.1".
std::string short_compiler(std::string_view version_line);

}  // namespace culprit::model
