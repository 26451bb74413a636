// Languages whose frames an expression can read: what happened is a group of the head, and each frame is a line or two
// with a function and a place. A new one is a row here and one in rules/programs/other_languages.cc.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <string>
#include <utility>

#include "base/strings.h"
#include "console/programs/interpreters.h"
#include "console/stack/managed_frames.h"

namespace culprit::console {
namespace {

constexpr std::size_t k_most_lines = 400;  // of one report

struct Language {
  std::string_view rule;
  // Groups f (function, may be absent), file, and line.
  std::string_view frame;
  std::string_view function = {};  // a line of its own in front of `frame`, with group f
  std::string_view library =
      {};                 // what begins the files of the language's own library, or its modules (group app)
  bool in_front = false;  // the frames stand in front of the head, the innermost last
};

constexpr std::string_view k_otp =
    "application application_controller application_master binary code dets dict erl_eval erlang "
    "error_handler "
    "error_logger escript ets eunit eunit_proc eunit_test file filename gb_trees gen gen_event gen_fsm "
    "gen_server "
    "gen_statem gen_tcp gen_udp inet init io io_lib kernel lists logger maps orddict os proc_lib proplists "
    "queue rpc sets "
    "shell ssl string supervisor sys timer unicode";

constexpr Language k_languages[] = {
    {.rule = "program/lua",
     .frame =
         R"(^\s+(?P<file>[^\s:\[]+):(?:(?P<line>\d+):)? in (?:(?:method|function|local|field|upvalue|global)\s*)*(?:['<](?P<f>[^'>]+)['>]|main chunk))"},
    {.rule = "program/elixir",
     .frame = R"(^    (?:\((?P<app>[\w.]+) [^)]*\) )?(?P<file>\S+\.(?:exs?|erl)):(?P<line>\d+): (?P<f>\S+))",
     .library = "elixir stdlib mix ex_unit kernel logger"},
    {.rule = "program/dart",
     .frame = R"(^#\d+ +(?P<f>.+?) \((?P<file>\S+?):(?P<line>\d+)(?::\d+)?\)$)",
     .library = "dart:"},
    {.rule = "program/ocaml",
     .frame =
         R"re(^(?:Raised|Re-raised|Called)(?: by primitive operation)? (?:at|from) (?:(?P<f>[\w.]+) in )?file "(?P<file>[^"]+)"(?: \(inlined\))?, line (?P<line>\d+))re",
     .library = "hashtbl.ml list.ml stdlib.ml array.ml bytes.ml string.ml map.ml set.ml"},
    {.rule = "program/haskell",
     .frame = R"(^  \S+, called at (?P<file>\S+?):(?P<line>\d+):\d+ in )",
     .library = "libraries/"},
    {.rule = "program/julia",
     .frame = R"(^ +@ (?:\S+ )?(?P<file>\S+\.jl):(?P<line>\d+))",
     .function = R"(^ *\[\d+\] (?P<f>top-level scope|[^\s(]+))",
     .library = "./"},
    {.rule = "program/swift",
     .frame =
         R"(^\d+ (?:\[.*\] )?(?:0x[0-9a-f]+ )?(?P<f>.+?) (?:\+ \d+ )?(?:in \S+ )?at (?P<file>\S+\.swift):(?P<line>\d+))",
     .library = "/home/build-user/swift/"},
    {.rule = "program/crystal",
     .frame = R"(^  from (?P<file>\S+\.cr):(?P<line>\d+):\d+ in '(?P<f>[^']+)')",
     .library = "/usr/share/crystal/ /usr/lib/crystal/"},
    {.rule = "program/nim",
     .frame = R"(^(?P<file>\S+\.nim)\((?P<line>\d+)\) +(?P<f>\S+)$)",
     .library = "/usr/lib/nim/ /nim/lib/",
     .in_front = true},
    {.rule = "program/fortran",
     .frame = R"(^\s+at (?P<file>\S+?):(?P<line>\d+)$)",
     .function = R"(^#\d+ +0x[0-9a-f]+ in (?P<f>\S+))"},
    {.rule = "program/d",
     .frame = R"(^(?P<file>\S+\.d):(?P<line>\d+) (?:[^\s(]+ )*(?P<f>[\w.]+)(?:[!(].*)? \[0x)",
     .library = "/usr/include/dmd/ /usr/include/d/"},
    {.rule = "program/octave", .frame = R"(^    (?P<f>\S+) at line (?P<line>\d+) column)"},
    {.rule = "program/tcl",
     .frame = R"re(^    \((?:procedure "(?P<f>[^"]+)"|file "(?P<file>[^"]+)") line (?P<line>\d+)\))re"},
    {.rule = "program/wine",
     .frame =
         R"(^(?:=>|  )\d+ 0x[0-9a-f]+ (?P<f>[^\s+(]+)(?:\+0x[0-9a-f]+)?(?:\(.*\))? \[(?P<file>[^\]]+):(?P<line>\d+)\] in )"},
    {.rule = "program/sbcl",
     .frame = R"(^\d+: \((?P<f>(?P<app>SB-|(?:INVOKE-DEBUGGER|C?ERROR|SIGNAL|EVAL|LOAD)\b)?[^\s()]*))",
     .library = "SB- INVOKE-DEBUGGER ERROR CERROR SIGNAL EVAL LOAD"},
    {.rule = "program/pascal",
     .frame = R"(^  \$[0-9A-Fa-f]+ +(?P<f>[^\s,]+), +line (?P<line>\d+) of (?P<file>\S+))"},
    {.rule = "program/pascal-runtime",
     .frame = R"(^  \$[0-9A-Fa-f]+ +(?P<f>[^\s,]+), +line (?P<line>\d+) of (?P<file>\S+))"},
    {.rule = "program/racket",
     .frame = R"(^   (?P<file>\S+\.(?:rkt|scrbl|ss|scm)):(?P<line>\d+):\d+: (?P<f>\S+))",
     .library = "/usr/share/racket/"},
    {.rule = "program/gleam",
     .frame = R"(^  (?P<f>\S+) (?P<file>\S+\.gleam):(?P<line>\d+)$)",
     .library = "build/packages/gleam_stdlib/"},
    {.rule = "program/v", .frame = R"(^(?P<file>\S+\.v):(?P<line>\d+): (?P<f>\S+))", .library = "vlib/"},
    {.rule = "program/erlang-exception",
     .frame =
         R"(^\s+in (?:function|call from)\s+(?P<f>(?P<app>[\w@']+):[^\s(]+)(?: \((?P<file>\S+), line (?P<line>\d+)\))?)",
     .library = k_otp},
    {.rule = "program/zig",
     .frame = R"(^(?P<file>\S+\.zig):(?P<line>\d+):\d+: 0x[0-9a-f]+ in (?P<f>\S+) \()",
     .library = "/usr/lib/zig/"},
};

struct Frames {
  const Language* language;
  std::unique_ptr<RE2> frame;
  std::unique_ptr<RE2> function;
};

const Frames* frames_of(std::string_view rule) {
  static const std::vector<Frames> all = [] {
    std::vector<Frames> out;
    for (const Language& l : k_languages)
      out.push_back({&l, std::make_unique<RE2>(l.frame), std::make_unique<RE2>(l.function)});
    return out;
  }();
  const auto found = std::ranges::find_if(all, [&](const Frames& f) { return f.language->rule == rule; });
  return found == all.end() ? nullptr : &*found;
}

std::string_view group(const RE2& expression, const std::vector<re2::StringPiece>& groups,
                       const std::string& name) {
  const auto found = expression.NamedCapturingGroups().find(name);
  if (found == expression.NamedCapturingGroups().end()) return {};
  const re2::StringPiece& piece = groups[static_cast<std::size_t>(found->second)];
  return {piece.data(), piece.size()};
}

bool fits(const RE2& expression, std::string_view body, std::vector<re2::StringPiece>& groups) {
  groups.assign(static_cast<std::size_t>(expression.NumberOfCapturingGroups()) + 1, {});
  return expression.Match(body, 0, body.size(), RE2::UNANCHORED, groups.data(),
                          static_cast<int>(groups.size()));
}

bool is_library(const Language& language, std::string_view file, std::string_view app) {
  for (std::string_view rest = language.library; !rest.empty();) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    if (app.empty() ? file.starts_with(word) : app == word) return true;
  }
  return false;
}

// The frames behind the head, innermost first, and how many lines they and the head are; those of the language's own
// library have no function and no file that is the program's.
std::vector<model::Frame> read_frames(const Frames& look, std::span<const Line> lines, std::size_t* end) {
  std::vector<model::Frame> frames;
  std::vector<re2::StringPiece> groups;
  std::string function;
  std::size_t behind = 0;  // lines since the last frame
  for (std::size_t i = 1; i < std::min(lines.size(), k_most_lines) && behind < 8; ++i, ++behind) {
    const std::string_view body = lines[i].body;
    if (!look.language->function.empty() && fits(*look.function, body, groups)) {
      function = group(*look.function, groups, "f");
      continue;
    }
    if (!fits(*look.frame, body, groups)) continue;
    model::Frame frame;
    frame.function = group(*look.frame, groups, "f");
    if (frame.function.empty()) frame.function = std::exchange(function, {});
    frame.file = group(*look.frame, groups, "file");
    frame.line = base::parse_number<std::uint32_t>(group(*look.frame, groups, "line")).value_or(0);
    const bool library = is_library(*look.language, frame.file, group(*look.frame, groups, "app"));
    if (frame.file.starts_with("file://")) frame.file.erase(0, 7);
    if (!library) frames.push_back(std::move(frame));
    *end = i + 1;
    behind = 0;
  }
  return frames;
}

// Those that stand right in front of the head, innermost first.
std::vector<model::Frame> frames_in_front(const Frames& look, std::span<const Line> before, Said& said) {
  std::vector<re2::StringPiece> groups;
  std::size_t from = before.size();
  while (from > 0 && fits(*look.frame, before[from - 1].body, groups)) --from;
  if (from == before.size()) return {};
  said.from = from;
  std::vector<Line> reversed(1);  // in the place of a head
  reversed.insert(reversed.end(), before.rbegin(), before.rend() - static_cast<std::ptrdiff_t>(from));
  std::size_t end = 0;
  return read_frames(look, reversed, &end);
}

// The message in front of Haskell's stack, behind the program's name.
std::string_view message_before(std::span<const Line> before) {
  if (before.empty()) return {};
  const std::string_view body = before.back().body;
  const std::size_t colon = body.find(": ");
  return colon == std::string_view::npos ? body : body.substr(colon + 2);
}

// "{ring,slot,2,[{file,"src/ring.erl"},{line,42}]}": the frames that a term of Erlang's holds.
std::size_t atom_end(std::string_view text, std::size_t at) {
  if (text.substr(at).starts_with('\'')) return std::min(text.find('\'', at + 1), text.size() - 1) + 1;
  std::size_t end = at;
  while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 ||
                               std::string_view("_@.!?").contains(text[end])))
    ++end;
  return end;
}

// The end of a number or of a list of arguments, which tells as many; 0 for anything else.
std::size_t arity_end(std::string_view text, std::size_t at, std::size_t* arity) {
  if (const std::size_t end = std::min(text.find_first_not_of("0123456789", at), text.size()); end > at) {
    *arity = base::parse_number<std::size_t>(text.substr(at, end - at)).value_or(0);
    return end;
  }
  if (!text.substr(at).starts_with('[')) return 0;
  int depth = 0;
  bool quoted = false, any = false;
  for (std::size_t i = at; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') quoted = !quoted;
    if (depth == 1 && c != ']' && c != ' ') any = true;
    if (quoted) continue;
    if (c == '[' || c == '{' || c == '(') ++depth;
    if (c == ']' || c == '}' || c == ')') --depth;
    if (c == ',' && depth == 1) ++*arity;
    if (depth > 0) continue;
    if (any) ++*arity;
    return i + 1;
  }
  return 0;
}

bool take_term_frame(std::string_view text, model::Frame& frame) {
  const std::size_t module = atom_end(text, 1);
  if (module == 1 || !text.substr(module).starts_with(',')) return false;
  const std::size_t function = atom_end(text, module + 1);
  if (function == module + 1 || !text.substr(function).starts_with(',')) return false;
  std::size_t arity = 0;
  const std::size_t end = arity_end(text, function + 1, &arity);
  if (end == 0 || !text.substr(end).starts_with(",[")) return false;
  const std::string_view place = text.substr(end + 1, text.find(']', end) - end - 1);
  if (place != "[" && !place.starts_with("[{file,")) return false;
  std::string_view name = text.substr(1, module - 1);
  if (name.starts_with("'Elixir.")) name = name.substr(8, name.size() - 9);
  frame.function = fmt::format("{}:{}/{}", name, text.substr(module + 1, function - module - 1), arity);
  if (const std::size_t quote = place.find('"'); quote != std::string_view::npos)
    frame.file = place.substr(quote + 1, place.find('"', quote + 1) - quote - 1);
  if (const std::size_t line = place.find("{line,"); line != std::string_view::npos)
    frame.line = base::parse_number<std::uint32_t>(
                     place.substr(line + 6, place.find_first_not_of("0123456789", line + 6) - line - 6))
                     .value_or(0);
  return true;
}

// The term that begins in these lines, on one; blanks between its parts are dropped.
std::string term_of(std::span<const Line> lines, std::size_t* end) {
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(lines.size(), 60); ++i) {
    const std::string_view part = base::trim(lines[i].body);
    if (i > 0 && (part.empty() || part.starts_with('='))) break;
    text += part;
    *end = i + 1;
  }
  return text;
}

// Erlang's words without the value that they end in: "no match of right hand side value {error,enoent}".
std::string_view without_value(std::string_view words) {
  for (const std::string_view begins : {" {", " [", " <<", " #", " \""})
    words = words.substr(0, words.find(begins));
  return words;
}

// What a title calls it: the name of an exception, else the words.
std::string name_of(std::string_view words) {
  const std::string_view name = exception_in(words);
  return name.empty() ? plain_words(words) : std::string(name);
}

}  // namespace

bool read_foreign(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said) {
  const std::string_view rule = match.rule->id;
  std::string_view words = match.head.back();
  if (rule == "program/haskell") {
    words = message_before(before);
    said.from = before.empty() ? SIZE_MAX : before.size() - 1;
  } else if (rule == "program/racket") {
    // The message, and what it says more, set in.
    const auto message =
        std::find_if(before.rbegin(), before.rend(), [](const Line& l) { return !l.body.starts_with(' '); });
    if (message == before.rend()) return false;
    words = message->body;
    said.from = static_cast<std::size_t>(before.rend() - message) - 1;
  } else if (rule == "program/dart" || rule == "program/pascal") {
    if (lines.size() < 2) return false;
    words = lines[1].body;
  } else if (rule == "program/octave" || rule == "program/tcl") {
    if (before.empty()) return false;
    words = rule == "program/tcl" ? before.back().body : message_before(before);
    said.from = before.size() - 1;
  } else if (words.data() == match.function.data()) {
    words = match.head[1];
  }
  if (rule.starts_with("program/erlang-"))
    said.what = test_name(without_value(words));
  else
    said.what =
        rule == "program/pascal-runtime" ? std::string(words) : name_of(words);  // its number says what

  if (said.what.empty()) return false;
  said.lines = 1;
  std::vector<model::Frame> frames;
  if (const Frames* look = frames_of(rule)) {
    frames = look->language->in_front ? frames_in_front(*look, before, said)
                                      : read_frames(*look, lines, &said.lines);
  }
  model::Frame place;
  if (take_place(match.function, place)) {
    // It has a frame of its own in some languages, in some of them without the line.
    if (!frames.empty() && frames.front().line == 0 && frames.front().file == place.file)
      frames.front().line = place.line;
    if (frames.empty() || frames.front().line != place.line ||
        base_of_path(frames.front().file) != base_of_path(place.file))
      frames.insert(frames.begin(), place);
  } else if (!match.function.empty()) {
    said.where = match.function;  // a function
  }
  for (model::Frame& f : frames) {
    const std::string_view function = f.function;
    if (function == "top-level scope" || function == "error") f.function.clear();
  }
  if (frames.empty()) return true;
  if (said.where.empty()) said.where = place_of_frame(frames.front());
  said.file = frames.front().file;
  said.line = frames.front().line;
  said.stacks.push_back({.kind = model::StackKind::crash, .heading = {}, .frames = std::move(frames)});
  return true;
}

// The reason is the innermost term's first atom: "{{badmatch,..},[..]}".
bool read_erlang_term(std::span<const Line>, std::span<const Line> lines, const Match& match, Said& said) {
  const bool here = match.rule->id == "program/erlang-boot";  // the term begins on the head's line
  std::size_t end = 0;
  std::string text = term_of(lines.subspan(here ? 0 : 1), &end);
  said.lines = end + (here ? 0 : 1);
  if (here) text.erase(0, std::min(text.find_first_of(",(") + 1, text.size()));
  const std::size_t reason = text.find_first_not_of("{* ");
  if (reason == std::string::npos) return false;
  said.what = text.substr(reason, atom_end(text, reason) - reason);
  if (said.what.empty()) return false;
  std::vector<model::Frame> frames;
  for (std::size_t at = text.find('{'); at != std::string::npos && frames.size() < 64;
       at = text.find('{', at + 1)) {
    model::Frame frame;
    if (!take_term_frame(std::string_view(text).substr(at), frame)) continue;
    const Language otp = {.rule = {}, .frame = {}, .library = k_otp};
    if (!is_library(otp, frame.file, frame.function.substr(0, frame.function.find(':'))))
      frames.push_back(std::move(frame));
  }
  if (frames.empty()) return true;
  said.where = frames.front().function;
  said.file = frames.front().file;
  said.line = frames.front().line;
  said.stacks.push_back({.kind = model::StackKind::crash, .heading = {}, .frames = std::move(frames)});
  return true;
}

bool read_clojure(std::span<const Line>, std::span<const Line> lines, const Match& match, Said& said) {
  said.what = match.head[1];
  if (said.what.empty() && lines.size() > 1) said.what = plain_words(lines[1].body);
  model::Frame frame;
  take_place(match.other_function, frame);
  frame.function = match.function.substr(0, match.function.find("/eval"));
  frame.function.resize(std::min(frame.function.find("/fn--"), frame.function.size()));
  said.where = frame.function;
  said.file = frame.file;
  said.line = frame.line;
  said.lines = std::min<std::size_t>(lines.size(), 2);
  said.stacks.push_back({.kind = model::StackKind::crash, .heading = {}, .frames = {std::move(frame)}});
  return !said.what.empty();
}

}  // namespace culprit::console
