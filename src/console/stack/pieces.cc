// Stack lines differ by architecture and by decade, but each is a sequence of the same few pieces: addresses
// in brackets, a "?" for what was merely found on the stack, a symbol with "+offset/size", a module in
// brackets, "file:line", "[inline]". So there is one scanner for the pieces and no pattern for each shape; a
// regular expression for this costs ten times as much, and a report of a stall has thousands of these lines.
#include "console/stack/pieces.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "console/text/rust_names.h"

namespace culprit::console {

using model::Frame;

bool take_bracketed_address(Cursor& c, std::uint64_t* address) {
  Cursor t = c;
  if (!t.take("[")) return false;
  const bool angle = t.take("<");
  while (t.peek() == ' ') t.rest.remove_prefix(1);
  const std::size_t before = t.rest.size();
  const bool hidden = angle && (t.take("(ptrval)") || t.take("(____ptrval____)"));  // before there is entropy
  if (!hidden && !t.take_hex(address)) return false;
  if (!angle && before - t.rest.size() < 8) return false;  // "[12]" is no address
  if (angle && !t.take(">")) return false;
  if (!t.take("]")) return false;
  t.skip_blanks();
  c = t;
  return true;
}

// Rust symbols contain blanks and brackets, so the end is found by the offset, not by the characters.
std::size_t symbol_with_offset(std::string_view text) {
  if (text.empty() ||
      (!is_letter(text[0]) && std::string_view("<.$(").find(text[0]) == std::string_view::npos))
    return std::string_view::npos;
  const std::size_t plus = text.find("+0x");
  if (plus > 400) return std::string_view::npos;  // or is not there
  const bool rust = text[0] == '<' || text.substr(0, plus).find("::") != std::string_view::npos;
  if (!rust) {
    for (std::size_t i = 0; i < plus; ++i) {
      const char ch = text[i];
      if (!is_letter(ch) && !is_digit(ch) && ch != '.' && ch != '$' && ch != ':' && ch != '-' && ch != '@') {
        return std::string_view::npos;
      }
    }
  }
  return plus;
}

namespace {

// "mm/slab.c:12" or "mm/slab.c:12:3" at the cursor.
bool take_source(Cursor& c, Frame& frame) {
  const std::string_view r = c.rest;
  std::size_t end = 0;
  while (end < r.size() && !is_blank(r[end])) ++end;
  const std::string_view word = r.substr(0, end);
  const std::size_t colon = word.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 >= word.size() ||
      !is_digit(word[colon + 1])) {
    return false;
  }
  const std::string_view file = word.substr(0, colon);
  if (file.find('.') == std::string_view::npos && file.find('/') == std::string_view::npos) return false;
  std::uint32_t line = 0;
  std::from_chars(word.data() + colon + 1, word.data() + word.size(), line);
  frame.file = file;
  frame.line = line;
  c.rest = r.substr(end);
  return true;
}

// What arm64 says of how it came by a frame.
bool take_mark(Cursor& c) { return c.take("(P)") || c.take("(L)") || c.take("(F)") || c.take("(U)"); }

}  // namespace

void take_tail(Cursor& c, Frame& frame) {
  for (int i = 0; i < 6 && !c.done(); ++i) {
    c.skip_blanks();
    if (c.take("[inline]") || c.take("(inline)") || c.take("(inlined)")) {
      frame.inlined = true;
    } else if (c.peek() == '[') {
      const std::size_t close = c.rest.find(']');
      if (close > 80) return;  // or is not there
      std::string_view module = c.rest.substr(1, close - 1);
      module = module.substr(0, module.find(' '));  // "[ext4 0123abcd]": a build id follows
      if (module.find_first_not_of("0123456789abcdef") != std::string_view::npos) frame.module = module;
      c.rest.remove_prefix(close + 1);
    } else if (c.take("(unreliable)") || c.take("(?)")) {
      frame.uncertain = true;
    } else if (!(frame.file.empty() && take_source(c, frame)) && !take_mark(c)) {
      return;
    }
  }
}

bool take_symbol(Cursor& c, Frame& frame) {
  const bool parenthesis = c.peek() == '(' && c.rest.find(')') != std::string_view::npos;
  if (parenthesis) c.rest.remove_prefix(1);
  if (c.peek() == ':') {
    const std::size_t end = c.rest.find(':', 1);
    if (end == std::string_view::npos || end < 2 || end > 60) return false;
    frame.module = c.rest.substr(1, end - 1);
    c.rest.remove_prefix(end + 1);
  }
  // Xen names a static function behind its file: "arch/x86/mm/p2m-ept.c#ept_set_entry+0x1/0x2".
  const std::size_t mark = c.rest.find(".c#");
  if (mark != std::string_view::npos && mark < c.rest.find_first_of(" \t+")) {
    frame.file = c.rest.substr(0, mark + 2);
    c.rest.remove_prefix(mark + 3);
  }
  const std::size_t plus = symbol_with_offset(c.rest);
  if (plus == std::string_view::npos) return false;
  const bool dotted = c.rest[0] == '.' && plus > 1 && is_letter(c.rest[1]);  // PowerPC's entry points
  frame.function = c.rest.substr(dotted ? 1 : 0, plus - (dotted ? 1 : 0));
  if (frame.function.starts_with("_R")) frame.function = demangle_rust(frame.function);
  c.rest.remove_prefix(plus + 1);
  if (!c.take_hex(&frame.offset)) return false;
  if (c.take("/") && !c.take_hex(&frame.size)) return false;
  if (parenthesis) c.take(")");
  if (!c.done() && !is_blank(c.peek()) && c.peek() != '[' && c.peek() != '(' && c.peek() != '>') return false;
  take_tail(c, frame);
  return true;
}

bool take_symbol_with_source(Cursor& c, Frame& frame) {
  if (!is_letter(c.peek()) && c.peek() != '<') return false;
  std::size_t end = 0;
  int angle = 0;
  while (end < c.rest.size() && (angle > 0 || !is_blank(c.rest[end]))) {
    if (c.rest[end] == '<') ++angle;
    if (c.rest[end] == '>') --angle;
    ++end;
  }
  Cursor t{c.rest.substr(end)};
  if (!t.skip_blanks()) return false;
  Frame f = frame;
  f.function = c.rest.substr(0, end);
  if (f.function.back() == ':' || f.function.find_first_of("(){}=,;\"'") != std::string::npos) return false;
  if (!take_source(t, f)) return false;
  take_tail(t, f);
  if (!f.inlined && !t.done()) return false;
  frame = std::move(f);
  c = t;
  return true;
}

namespace {

// The length of "mm/slab.c:12", "mm/slab.c:12:3" or "mm/slab.c:?" at the start of `text`; 0 for anything else.
std::size_t source_length(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && !is_blank(text[end]) && text[end] != ')' && text[end] != '(') ++end;
  const std::string_view word = text.substr(0, end);
  const std::size_t colon = word.find(':');
  if (colon == std::string_view::npos || colon + 1 >= word.size()) return 0;
  if (word.substr(0, colon).find('.') == std::string_view::npos) return 0;
  const std::string_view number = word.substr(colon + 1);
  const bool digits = std::ranges::all_of(number, [](char ch) { return is_digit(ch) || ch == ':'; });
  return digits || number == "?" ? end : 0;
}

// "mm/slab.c:12 include/x.h:3 (discriminator 2)": what addr2line says of one address, the innermost inlined
// function first. The last place is that of the function that the others were inlined into.
bool take_places(Cursor& c, Frame& frame) {
  int places = 0;
  while (const std::size_t n = source_length(c.rest)) {
    Cursor place{c.rest.substr(0, n)};
    frame.file.clear();
    if (!take_source(place, frame)) {  // "mm/slab.c:?"
      frame.file = c.rest.substr(0, c.rest.find(':'));
      frame.line = 0;
    }
    c.rest.remove_prefix(n);
    ++places;
    c.skip_blanks();
    if (c.take("(discriminator ")) {
      while (is_digit(c.peek())) c.rest.remove_prefix(1);
      if (!c.take(")")) return false;
      c.skip_blanks();
    }
  }
  return places > 0;
}

// What names without blanks are made of.
constexpr auto k_of_name = [] {
  std::array<bool, 256> of_name{};
  for (int c = 0; c < 256; ++c)
    of_name[static_cast<std::size_t>(c)] = is_letter(static_cast<char>(c)) || is_digit(static_cast<char>(c));
  for (const char c : std::string_view(".$:<>{}#")) of_name[static_cast<unsigned char>(c)] = true;
  return of_name;
}();

// The length of the function's name at the start of `text` where `mark`, which begins with a blank, follows it; 0
// for none. Only Rust's names have blanks in them, and those begin with "<".
std::size_t name_end(std::string_view text, std::string_view mark) {
  if (text.empty() || (!is_letter(text[0]) && text[0] != '<')) return 0;
  if (text[0] == '<') {
    const std::size_t end = text.substr(0, 400).find(mark);
    return end == std::string_view::npos ? 0 : end;
  }
  std::size_t end = 0;
  while (end < text.size() && k_of_name[static_cast<unsigned char>(text[end])]) ++end;
  return text.substr(end).starts_with(mark) ? end : 0;
}

}  // namespace

// Nothing may follow: other messages name places in parentheses, too.
bool take_decoded(Cursor& c, Frame& frame) {
  const std::size_t open = name_end(c.rest, " (");
  if (open == 0) return false;
  Frame f = frame;
  f.function = c.rest.substr(0, open);
  if (f.function.starts_with("_R")) f.function = demangle_rust(f.function);
  Cursor t{c.rest.substr(open + 2)};
  if (!take_places(t, f) || !t.take(")")) return false;
  t.skip_blanks();
  if (is_letter(t.peek())) {  // the module has lost its brackets
    std::size_t end = 0;
    while (end < t.rest.size() && !is_blank(t.rest[end])) ++end;
    f.module = t.rest.substr(0, end);
    t.rest.remove_prefix(end);
  }
  take_tail(t, f);
  t.skip_blanks();
  if (!t.done()) return false;
  frame = std::move(f);
  c = t;
  return true;
}

bool take_looked_up(Cursor& c, Frame& frame) {
  Cursor t = c;
  t.take("(inlined by) ");
  const std::size_t at = name_end(t.rest, " at ");
  if (at == 0) return false;
  Frame f = frame;
  f.function = t.rest.substr(0, at);
  // "Badness at mm/slab.c:12" is no function.
  if (std::ranges::any_of(f.function, [](char ch) { return ch >= 'A' && ch <= 'Z'; })) return false;
  t.rest.remove_prefix(at + 4);
  if (!take_places(t, f) || !t.done() || f.file.find('/') == std::string::npos) return false;
  f.inlined = f.file.ends_with(".h");
  frame = std::move(f);
  c = t;
  return true;
}

}  // namespace culprit::console
