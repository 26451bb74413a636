// Compilers, linkers and build tools. A broken file gives many errors of which the first explains the others,
// so the errors of one file are one report, and the build tool's own words count only where nothing else does.
#include <algorithm>
#include <cctype>

#include "base/strings.h"
#include "console/programs/interpreters.h"
#include "console/stack/managed_frames.h"

namespace culprit::console {
namespace {

// The file that a head names: what stands in front of ":12" or "(12".
std::string_view file_of(std::string_view body) {
  for (std::size_t i = 1; i + 1 < body.size(); ++i)
    if ((body[i] == ':' || body[i] == '(' || body[i] == '[') &&
        std::isdigit(static_cast<unsigned char>(body[i + 1])) != 0)
      return body.substr(0, i);
  return {};
}

// A module that CMake brings along: who called it is at fault.
bool is_cmakes_own(std::string_view file) {
  return file.contains("/share/cmake") && file.contains("/Modules/");
}

// The first of the "Call Stack" that is the project's: "  CMakeLists.txt:21 (find_package)".
void take_caller(std::span<const Line> lines, model::Frame& frame) {
  bool stack = false;
  for (const Line& l : lines.first(std::min<std::size_t>(lines.size(), 60))) {
    const std::string_view text = base::trim(l.body);
    if (stack && text.empty()) return;
    stack = stack || text.starts_with("Call Stack (most recent call first):");
    model::Frame caller;
    if (!stack || !take_place(text.substr(0, text.find(" (")), caller) || is_cmakes_own(caller.file))
      continue;
    frame = caller;
    return;
  }
}

}  // namespace

bool read_build_error(std::span<const Line>, std::span<const Line>, const Match& match, Said& said) {
  said.what = plain_words(match.head[2]);
  if (said.what.empty()) return false;
  const std::string_view place = match.function;
  model::Frame frame;
  const std::size_t open = place.find_last_of("([");
  if ((place.ends_with(')') || place.ends_with(']')) && open != std::string_view::npos) {
    // "src/a.ts(3,5)", "/w/Ring.java:[12,17]"
    frame.file = place.substr(0, open - (place[open] == '[' ? 1 : 0));
    frame.line =
        base::parse_number<std::uint32_t>(place.substr(open + 1, place.find_first_of(",)]", open) - open - 1))
            .value_or(0);
  } else if (!take_place(place, frame)) {
    frame.file = place;
  }
  // What a configure script tries is meant to fail.
  for (const std::string_view trial : {"conftest.", "CMakeFiles/", "CMakeTmp", "CMakeScratch", "testfile.c"})
    if (frame.file.contains(trial)) return false;
  said.lines = 40;
  const std::string_view name = base_of_path(frame.file);
  if (name.starts_with("cc") && name.ends_with(".o") && frame.file.starts_with("/tmp/"))
    return true;  // gcc's own
  said.file = frame.file;
  said.line = frame.line;
  said.where = std::string(name);
  return true;
}

bool read_plain(std::span<const Line>, std::span<const Line>, const Match& match, Said& said) {
  said.what = plain_words(match.head[0]);
  said.lines = 40;
  return true;
}

bool read_clojure_syntax(std::span<const Line>, std::span<const Line> lines, const Match& match, Said& said) {
  model::Frame frame;
  if (lines.size() < 2 || !take_place(match.function, frame)) return false;
  said.what = plain_words(lines[1].body);
  said.where = base_of_path(frame.file);
  said.file = frame.file;
  said.line = frame.line;
  said.lines = 2;
  return true;
}

bool read_lld(std::span<const Line>, std::span<const Line> lines, const Match& match, Said& said) {
  static constexpr std::string_view k_marks[] = {">>> referenced by ", ">>> defined at "};
  said.what = plain_words(match.head[0]);
  said.lines = 40;
  for (std::size_t i = 1; i < std::min<std::size_t>(lines.size(), 8) && said.file.empty(); ++i) {
    for (const std::string_view mark : k_marks)
      if (lines[i].body.starts_with(mark)) find_place(lines.subspan(i, 1), said);
    if (!lines[i].body.starts_with(">>>")) break;
  }
  return true;
}

bool read_make(std::span<const Line>, std::span<const Line>, const Match& match, Said& said) {
  said.what = "make: " + plain_words(match.head[1]);
  said.lines = 1;
  return true;
}

bool read_macos_linker(std::span<const Line>, std::span<const Line> lines, const Match&, Said& said) {
  if (lines.size() < 2) return false;
  const std::string_view symbol = base::trim(lines[1].body);  // "_foo", referenced from:
  said.what = "undefined symbol " + plain_words(symbol.substr(0, symbol.rfind(", referenced")));
  said.lines = 40;
  return true;
}

bool read_go_build(std::span<const Line> before, std::span<const Line> lines, const Match& match,
                   Said& said) {
  // Linters print the same shape, and go on.
  static constexpr std::string_view k_words[] = {"undefined",
                                                 "declared and not used",
                                                 "declared but not used",
                                                 "and not used",
                                                 "cannot use",
                                                 "syntax error",
                                                 "missing return",
                                                 "not enough arguments",
                                                 "too many arguments",
                                                 "invalid ",
                                                 "assignment mismatch",
                                                 "cannot ",
                                                 "no new variables",
                                                 "redeclared",
                                                 "is not a type",
                                                 "does not implement",
                                                 "mismatched types",
                                                 "no required module",
                                                 "is not in ",
                                                 "non-boolean",
                                                 "duplicate ",
                                                 "expected ",
                                                 "import cycle",
                                                 "multiple-value"};
  const std::string_view message = match.head[2];
  if (std::ranges::none_of(k_words, [&](std::string_view w) { return message.contains(w); })) return false;
  return read_build_error(before, lines, match, said);
}

bool read_rustc(std::span<const Line>, std::span<const Line> lines, const Match& match, Said& said) {
  said.what = plain_words(match.head[1]);
  for (std::size_t i = 1; i < std::min<std::size_t>(lines.size(), 6); ++i) {
    const std::string_view text = base::trim(lines[i].body);
    if (!text.starts_with("--> ")) continue;
    model::Frame frame;
    if (!take_place(text.substr(4), frame)) return false;
    said.file = frame.file;
    said.line = frame.line;
    said.where = std::string(base_of_path(frame.file));
    return true;
  }
  return false;
}

bool read_miri(std::span<const Line> before, std::span<const Line> lines, const Match& match, Said& said) {
  if (!read_rustc(before, lines, match, said)) return false;
  said.what = "Miri: Undefined Behavior: " + said.what;
  return true;
}

bool read_cmake(std::span<const Line>, std::span<const Line> lines, const Match& match, Said& said) {
  std::string words;
  for (std::size_t i = 1; i < std::min<std::size_t>(lines.size(), 6); ++i) {
    const std::string_view text = base::trim(lines[i].body);
    if (text.empty() && words.empty()) continue;
    if (text.empty() || text.starts_with("Call Stack")) break;
    if (!words.empty()) words += ' ';
    words += text;
    if (text.ends_with(':') || text.ends_with('.')) break;
  }
  said.what = "CMake Error" + (words.empty() ? std::string() : ": " + plain_words(words));
  model::Frame frame;
  if (!take_place(match.function, frame)) frame.file = match.function;
  if (is_cmakes_own(frame.file)) take_caller(lines, frame);
  said.file = frame.file;
  said.line = frame.line;
  said.where = std::string(base_of_path(frame.file));
  return true;
}

bool holds_same_file(const Rule& next, std::string_view head, std::string_view, std::string_view body) {
  static constexpr std::string_view k_modpost = "ERROR: modpost: ";
  static constexpr std::string_view k_linker = "program/build-linker";
  if (head.starts_with(k_modpost) && body.starts_with(k_modpost)) return true;
  const bool of_linker = head.contains("ld: ") || head.contains("undefined reference to ") ||
                         head.contains("multiple definition of ");
  if (next.id.starts_with(k_linker) && of_linker) return true;
  const std::string_view file = file_of(head);
  return next.id.starts_with("program/build-") && !file.empty() && file_of(body) == file;
}

}  // namespace culprit::console
