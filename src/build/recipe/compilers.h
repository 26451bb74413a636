// Which compilers build which kernels, and where they come from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "build/recipe/toolchain.h"

namespace culprit::build {

struct CompilerRow {
  std::string_view name;   // the command: "gcc-12", "clang-19"
  std::string_view since;  // the first release that it builds and that boots; empty: from the beginning
  std::string_view until;  // the last release that takes it; empty: to today
  std::string_view suite;  // Debian's, which has it
  std::string_view why;    // of the bounds, with the source
};

// The table's rows whose compilers can be started here, as toolchains (clang with its own linker, LLVM=-N).
std::vector<Toolchain> installed_toolchains();

// The row of a compiler by its version line, "gcc-12 (Debian 12.2.0-14) 12.2.0, GNU ld ..."; null for one that the table lacks.
const CompilerRow* row_of(std::string_view version_line);
// `own`, a compiler of `row`, then the installed ones of other versions; and `own` once more for kernels that are older
// than all of them: it is tried all the same.
std::vector<Toolchain> with_installed(Toolchain own, const CompilerRow& row);

// What a range of releases is built with: those toolchains of the table that build a release of it, newest first.
struct CompilerChoice {
  const CompilerRow* row = nullptr;
  bool is_here = false;
  bool builds_all = false;  // of the range
};
std::vector<CompilerChoice> compilers_for(KernelVersion from, KernelVersion to);

}  // namespace culprit::build
