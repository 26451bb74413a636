// Languages whose frames an expression can read: what happened is a group of the head, and each frame is a line or two
// with a function and a place. A new one is a row here and one in rules/programs/other_languages.cc.
#include <re2/re2.h>

#include <algorithm>
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
  std::string_view library = {};   // what begins the files of the language's own library
};

constexpr Language k_languages[] = {
    {.rule = "program/lua",
     .frame =
         R"(^\s+(?P<file>[^\s:\[]+):(?P<line>\d+): in (?:(?:method|function|local|field|upvalue|global)\s*)*(?:['<](?P<f>[^'>]+)['>]|main chunk))"},
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

// The message in front of Haskell's stack, behind the program's name.
std::string_view message_before(std::span<const Line> before) {
  if (before.empty()) return {};
  const std::string_view body = before.back().body;
  const std::size_t colon = body.find(": ");
  return colon == std::string_view::npos ? body : body.substr(colon + 2);
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
  } else if (rule == "program/dart") {
    if (lines.size() < 2) return false;
    words = lines[1].body;
  } else if (rule == "program/r") {
    words = match.head[1];
  }
  said.what = name_of(words);
  if (said.what.empty()) return false;
  said.lines = 1;
  std::vector<model::Frame> frames;
  if (const Frames* look = frames_of(rule)) frames = read_frames(*look, lines, &said.lines);
  model::Frame place;
  if (take_place(match.function, place)) {
    // It has a frame of its own in some languages.
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

}  // namespace culprit::console
