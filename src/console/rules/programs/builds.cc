// Compilers, linkers and build tools. The title is the first error and the file it is in: what a build tool says
// behind it follows from it.
#include "console/rules/programs/tables.h"

namespace culprit::console::rules {
namespace {

constexpr Rule error(std::string_view id, std::string_view literal, std::string_view head,
                     Interpreter read = read_build_error) {
  return {.id = id,
          .literal = literal,
          .head = head,
          .title = "{what} in {frame}",
          .type = "BUILD",
          .blame = Blame::user,
          .user = true,
          .read = read,
          .holds = holds_same_file};
}

// What a build tool says of a step that failed without saying why.
constexpr Rule step(std::string_view id, std::string_view literal, std::string_view head) {
  Rule rule = error(id, literal, head, read_plain);
  rule.standing = Standing::fallback;
  return rule;
}

constexpr Rule k_rules[] = {
    // gcc, clang, gfortran, javac, nvcc
    error("program/build-compiler",
          "error: ", R"(^(?P<f>(?:[A-Za-z]:)?[^\s:\"`'(*]+\.\w+:\d+(?::\d+)?): (?:fatal )?(error: .+)$)"),
    error("program/build-assembler", ": Error: ", R"(^(?P<f>[^\s:]+\.\w+:\d+): Error: (.+)$)"),
    error("program/build-nvcc", "error: ", R"(^(?P<f>[^\s(]+\(\d+\)): error: (.+)$)"),
    error("program/build-devicetree", "Error: ", R"(^Error: (?P<f>\S+\.dtsi?:\d+)\S* (.+)$)"),
    error("program/build-modpost", "ERROR: modpost: ", R"(^ERROR: modpost: .+$)", read_plain),
    error("program/build-configure", "configure: error: ", R"(^configure: error: (?:[^i]|i[^n]|in[^ ]).*$)",
          read_plain),
    error("program/build-shell", "syntax error", R"(^(?:\S+: )?(?P<f>\S+): line \d+: (syntax error.*)$)"),
    error("program/build-linker-macos", "Undefined symbols for architecture ",
          R"(^Undefined symbols for architecture \w+:$)", read_macos_linker),
    error("program/build-lld", "error: ", R"(^(?:\S*/)?(?:ld\.lld|ld64\.lld|lld|mold): error: .+$)",
          read_lld),
    step("program/build-compiler-driver",
         "error: ", R"(^(?:\S*/)?(?:cc1(?:plus)?|gcc|g\+\+|clang(?:\+\+)?)(?:-\d+)?: (?:fatal )?error: .+$)"),
    error("program/build-cmake", "CMake Error",
          R"(^CMake Error(?: \(dev\))? (?:at|in) (?P<f>[^\s:]+(?::\d+)?))", read_cmake),
    error("program/build-cmake-plain", "CMake Error: ", R"(^CMake Error: .+$)", read_plain),
    error("program/build-msvc", ": error ",
          R"(^\s*(?P<f>[^\s(][^(]*\(\d+(?:,\d+)?\)) ?: error ([A-Z]+\d+: .+?)(?: \[[^\]]+\])?$)"),
    error("program/build-msvc-fatal", ": fatal error ",
          R"(^\s*(?P<f>[^\s(][^(]*\(\d+(?:,\d+)?\)) ?: fatal error ([A-Z]+\d+: .+?)(?: \[[^\]]+\])?$)"),
    error("program/build-typescript", " - error ", R"(^(?P<f>\S+:\d+:\d+) - error (TS\d+: .+)$)"),
    error("program/build-rust-code", "error[E", R"(^(error\[E\d+\]: .+)$)", read_rustc),
    error("program/build-rust", "error: ", R"(^(error: .+)$)", read_rustc),
    error("program/build-maven", "[ERROR] ", R"(^\[ERROR\] (?P<f>/\S+\.\w+:\[\d+,\d+\]) (.+)$)"),
    error("program/build-kotlin", "e: file://", R"(^e: file://(?P<f>/\S+\.\w+:\d+:\d+):? (.+)$)"),
    error(
        "program/build-clojure", "Syntax error ",
        R"(^Syntax error (?:compiling|macroexpanding|reading source)(?: \S+)? at \((?P<f>\S+?:\d+):\d+\)\.$)",
        read_clojure_syntax),
    error("program/build-go", ".go:", R"(^(?:vet: )?(?P<f>(?:\./|[\w./-]+/)?[\w-]+\.go:\d+:\d+): (.+)$)",
          read_go_build),
    error("program/build-linker-undefined", "undefined reference to ",
          R"(^(?:\S*ld(?:\.\w+)?: )?(?P<f>[^\s:]+(?::\d+)?):(?:\([^)]*\):)? (undefined reference to .+)$)"),
    error(
        "program/build-linker-multiple", "multiple definition of ",
        R"(^(?:\S*ld(?:\.\w+)?: )?(?:.*: )?(?P<f>[^\s:]+(?::\d+)?):(?:\([^)]*\):)? (multiple definition of [^;]+))"),
    error("program/build-linker-missing", "ld: cannot find ", R"(^\S*ld: cannot find [^:]+)", read_plain),
    error("program/build-meson", ": ERROR: ", R"(^(?P<f>\S*meson\.build:\d+:\d+): ERROR: (.+)$)"),
    error("program/build-ninja", "ninja: error: ", R"(^ninja: error: .+$)", read_plain),
    error("program/build-make-rule", "No rule to make target",
          R"(^\S*make(?:\[\d+\])?: \*\*\* (?:\[[^\]]*\] )?(No rule to make target .+?)\.?(?:  Stop\.)?$)",
          read_make),
    error("program/build-make-stop", "*** ", R"(^\S*make(?:\[\d+\])?: \*\*\* ([A-Z][^\[\]]+?)\.?  Stop\.$)",
          read_make),
    error("program/build-makefile", "*** ", R"(^(?P<f>[^\s:]+:\d+): \*\*\* (.+?)\.?  Stop\.$)"),
    step("program/build-ninja-step", "FAILED: ", R"(^FAILED: (?:\[code=\d+\] )?[^\s:]+ *$)"),
};

}  // namespace

std::span<const Rule> program_builds() { return k_rules; }

}  // namespace culprit::console::rules
