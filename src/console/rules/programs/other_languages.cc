// Uncaught errors of languages that need no more than the look of their frames: Lua, Elixir, Dart, OCaml, Haskell,
// Julia, R, Swift, Zig, Deno.
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
    exception("program/lua", ".lua:", R"(^\S*lua\S*: (?P<f>\S+\.lua:\d+): (.+)$)", R"(^stack traceback:$)"),
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
    exception("program/deno", "error: Uncaught ",
              R"(^error: Uncaught (?:\(in promise(?: \S+)?\) )?\(?([A-Z][\w.]*))", {}, read_exception),
};

}  // namespace

std::span<const Rule> program_other_languages() { return k_rules; }

}  // namespace culprit::console::rules
