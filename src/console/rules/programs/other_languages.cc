// Uncaught errors of languages that need no more than the look of their frames: Lua, Elixir, Erlang, Clojure, Dart, OCaml,
// Haskell, Julia, R, Swift, Zig, Deno, Crystal, Nim, Fortran, D, Ada, Octave, Tcl, Wine, SBCL, Bun, Pascal,
// Racket, Gleam, V.
#include "console/rules/programs/tables.h"

namespace culprit::console::rules {
namespace {

constexpr Rule exception(std::string_view id, std::string_view literal, std::string_view head,
                         std::string_view detail = {}, Interpreter read = read_foreign) {
  return {.id = id,
          .literal = literal,
          .head = head,
          .detail = detail,
          .title = "{what} in {frame}",
          .type = "EXCEPTION",
          .blame = Blame::user,
          .user = true,
          .read = read,
          .standing = Standing::bare};
}

constexpr Rule k_rules[] = {
    exception("program/lua", ".lua:", R"((?:^\S*lua\S*: |\bruntime error: )(?P<f>\S+\.lua:\d+): (.+)$)",
              R"(^stack traceback:$)"),
    exception("program/elixir", "** (", R"(^\*\* \(([A-Z][\w.]*)\) )",
              R"(^    (?:\([\w.]+ [^)]*\) )?\S+\.exs?:\d+: )"),
    exception("program/dart", "Unhandled exception:", R"(^Unhandled exception:$)", R"(^#0 +\S.* \(\S+\))"),
    exception("program/ocaml", "Fatal error: exception ", R"(^Fatal error: exception ([\w.]+))"),
    exception("program/haskell", "CallStack (from HasCallStack):", R"(^CallStack \(from HasCallStack\):$)",
              R"(, called at \S+:\d+:\d+ in )"),
    exception("program/julia", "ERROR: ",
              R"(^ERROR: (?:LoadError: )*([A-Z]\w*(?:Error|Exception|Interrupt)\w*)\b)", R"(^Stacktrace:$)"),
    exception("program/r", "Error in ", R"(^(Error) in (?P<f>[\w.]+)\(.*\) : )", R"(^Execution halted$)"),
    exception("program/swift", "Fatal error", R"(^(?P<f>\S+\.swift:\d+): (Fatal error(?:: .+)?)$)"),
    exception("program/zig", " panic: ", R"(^thread \d+ panic: (.+)$)",
              R"(^\S+\.zig:\d+:\d+: 0x[0-9a-f]+ in )"),
    exception("program/crystal", "Unhandled exception: ",
              R"(^Unhandled exception: (?:.* )?\(([A-Z][\w:]*)\)$)", R"(^  from \S+\.cr:\d+:\d+ in ')"),
    exception("program/nim", "Error: unhandled exception: ", R"(^Error: unhandled exception: .*\[(\w+)\]$)"),
    exception("program/fortran", "Fortran runtime error: ", R"(^(Fortran runtime error: .+)$)"),
    exception("program/d", ".d(", R"(^([a-z][\w.]*\.\w*(?:Error|Exception))@\S+\.d\(\d+\)(?:: |$))",
              R"(^-{16}$)"),
    exception("program/ada", "raised ", R"(^raised ([A-Z][A-Z_.]*[A-Z]) : (?P<f>\S+\.ad[abs]:\d+) )"),
    exception("program/octave", "error: called from", R"(^error: (called from)$)",
              R"(^    \S+ at line \d+ column \d+)"),
    exception("program/tcl", "    while executing", R"(^    (while executing)$)",
              R"re(^    \((?:procedure|file) "[^"]+" line \d+\))re"),
    exception("program/wine", "Unhandled exception: ",
              R"(^Unhandled exception: (.+?) (?:(?:to|at) 0x[0-9a-f]+ )?in \d+-bit code )",
              R"(^=>0 0x[0-9a-f]+ )"),
    exception("program/sbcl", "Unhandled ", R"(^Unhandled ([A-Z][A-Z0-9:-]+) in thread #<SB-THREAD:THREAD )"),
    exception("program/bun", "Bun v", R"(^(Bun) v\d+\.\d+\.\d+)", {}, read_bun),
    exception("program/erlang-exit", " with exit value:",
              R"(^(Error) in process <[\d.]+>(?: on node \S+)? with exit value:$)", {}, read_erlang_term),
    exception("program/erlang-reason", "** Reason for termination ",
              R"(^\*\* (Reason) for termination ==? ?$)", R"(^\*\* \{)", read_erlang_term),
    exception("program/erlang-boot", "erminating ",
              R"(^(?:\{"init (terminating) in \w+",|Runtime (terminating) during boot \())", {},
              read_erlang_term),
    exception("program/erlang-exception", "exception error: ",
              R"(^(?:\*\* |escript: |\s*)exception error: (.+)$)", R"(^\s+in (?:function|call from)\s)"),
    exception(
        "program/erlang-lager", " crashed with reason: ",
        R"(CRASH REPORT Process .* crashed with reason: (.+?) in (?P<f>[\w@']+:[^\s/]+/\d+)(?: line \d+)?$)"),
    exception("program/pascal", "An unhandled exception occurred at $",
              R"(^(An unhandled exception) occurred at \$[0-9A-Fa-f]+:$)"),
    exception("program/pascal-runtime", "Runtime error ", R"(^(Runtime error \d+) at \$[0-9A-Fa-f]+$)"),
    exception("program/racket", "  context...:", R"(^  (context)\.\.\.:$)"),
    exception("program/gleam", "runtime error: ", R"(^runtime error: (.+)$)", R"(^  \S+ \S+\.gleam:\d+$)"),
    exception("program/v", "V panic: ", R"(^(V panic: .+)$)"),
    exception("program/clojure", "Execution error",
              R"re(^Execution error(?: \(([\w$]+)\))? at (?P<f>\S+) \((?P<g>\S+?:\d+)\)\.$)re", {},
              read_clojure),
    exception("program/deno", "error: Uncaught ",
              R"(^error: Uncaught (?:\(in promise(?: \S+)?\) )?\(?([A-Z][\w.]*))", {}, read_exception),
};

}  // namespace

std::span<const Rule> program_other_languages() { return k_rules; }

}  // namespace culprit::console::rules
