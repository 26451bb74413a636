// Stack lines differ by architecture and by decade, but each is a sequence of the same few pieces: addresses
// in brackets, a "?" for what was merely found on the stack, a symbol with "+offset/size", a module in
// brackets, "file:line", "[inline]". So there is one scanner for the pieces and no pattern for each shape; a
// regular expression for this costs ten times as much, and a report of a stall has thousands of these lines.
#include "console/stack/frame.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "console/text/rust_names.h"

namespace culprit::console {
namespace {

using model::Frame;

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

struct Cursor {
  std::string_view rest;

  bool done() const { return rest.empty(); }
  char peek() const { return rest.empty() ? '\0' : rest.front(); }
  bool skip_blanks() {
    const std::size_t before = rest.size();
    while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
    return rest.size() != before;
  }
  bool take(std::string_view word) {
    if (!rest.starts_with(word)) return false;
    rest.remove_prefix(word.size());
    return true;
  }
  // Hexadecimal digits, with or without 0x; false where there are none.
  bool take_hex(std::uint64_t* value) {
    std::string_view r = rest;
    if (r.starts_with("0x")) r.remove_prefix(2);
    std::size_t n = 0;
    std::uint64_t v = 0;
    while (n < r.size() && is_hex(r[n])) {
      const char c = r[n];
      v = (v << 4) | static_cast<std::uint64_t>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
      ++n;
    }
    if (n == 0) return false;
    *value = v;
    rest = r.substr(n);
    return true;
  }
};

// "[<ffffffff81234567>]" or "[ffffffff81234567]", blanks behind it included.
bool take_bracketed_address(Cursor& c, std::uint64_t* address) {
  Cursor t = c;
  if (!t.take("[")) return false;
  const bool angle = t.take("<");
  while (t.peek() == ' ') t.rest.remove_prefix(1);
  const std::size_t before = t.rest.size();
  if (!t.take_hex(address)) return false;
  if (!angle && before - t.rest.size() < 8) return false;  // "[12]" is no address
  if (angle && !t.take(">")) return false;
  if (!t.take("]")) return false;
  t.skip_blanks();
  c = t;
  return true;
}

// The end of the symbol that starts at `text`'s begin, if "+0x1/0x2" or the like follows it; npos if none
// does. Rust symbols contain blanks and brackets, so the end is found by the offset, not by the characters.
std::size_t symbol_with_offset(std::string_view text) {
  if (text.empty() ||
      !(is_letter(text[0]) || text[0] == '<' || text[0] == '.' || text[0] == '$' || text[0] == '(')) {
    return std::string_view::npos;
  }
  const std::size_t plus = text.find("+0x");
  if (plus == std::string_view::npos || plus > 400) return std::string_view::npos;
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

// Source place, "[inline]" and module, in any order.
void take_tail(Cursor& c, Frame& frame) {
  for (int i = 0; i < 6 && !c.done(); ++i) {
    c.skip_blanks();
    if (c.take("[inline]") || c.take("(inline)") || c.take("(inlined)")) {
      frame.inlined = true;
    } else if (c.peek() == '[') {
      const std::size_t close = c.rest.find(']');
      if (close == std::string_view::npos || close > 80) return;
      std::string_view module = c.rest.substr(1, close - 1);
      module = module.substr(0, module.find(' '));  // "[ext4 0123abcd]": a build id follows
      if (!module.empty() && !is_hex(module[0]))
        frame.module = module;
      else if (!module.empty() && module.find_first_not_of("0123456789abcdef") != std::string_view::npos)
        frame.module = module;
      c.rest.remove_prefix(close + 1);
    } else if (frame.file.empty() && take_source(c, frame)) {
      continue;
    } else if (c.take("(unreliable)") || c.take("(?)")) {
      frame.uncertain = true;
    } else if (c.take("(P)") || c.take("(L)") || c.take("(F)") || c.take("(U)")) {
      continue;
    } else {
      return;
    }
  }
}

// "func+0x1/0x2 tail" at the cursor. Linux 2.6.18 to 2.6.24 named the module in front: ":ext3:func+0x1/0x2".
bool take_symbol(Cursor& c, Frame& frame) {
  const bool parenthesis = c.peek() == '(' && c.rest.find(')') != std::string_view::npos;
  if (parenthesis) c.rest.remove_prefix(1);
  if (c.peek() == ':') {
    const std::size_t end = c.rest.find(':', 1);
    if (end == std::string_view::npos || end < 2 || end > 60) return false;
    frame.module = c.rest.substr(1, end - 1);
    c.rest.remove_prefix(end + 1);
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

// The length of "mm/slab.c:12", "mm/slab.c:12:3" or "mm/slab.c:?" at the start of `text`; 0 for anything else.
std::size_t source_length(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && !is_blank(text[end]) && text[end] != ')' && text[end] != '(') ++end;
  const std::string_view word = text.substr(0, end);
  const std::size_t colon = word.find(':');
  if (colon == std::string_view::npos || colon + 1 >= word.size()) return 0;
  if (word.substr(0, colon).find('.') == std::string_view::npos) return 0;
  const std::string_view number = word.substr(colon + 1);
  const bool digits =
      std::all_of(number.begin(), number.end(), [](char ch) { return is_digit(ch) || ch == ':'; });
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

bool is_name(std::string_view text) {
  if (text.empty() || !(is_letter(text[0]) || text[0] == '<')) return false;
  if (text[0] == '<' || text.find("::") != std::string_view::npos) return true;  // Rust
  return std::all_of(text.begin(), text.end(),
                     [](char ch) { return is_letter(ch) || is_digit(ch) || ch == '.' || ch == '$'; });
}

// scripts/decode_stacktrace.sh: "func (mm/slab.c:12 include/x.h:3 (discriminator 2)) module (P)". Nothing may
// follow: other messages name places in parentheses, too.
bool take_decoded(Cursor& c, Frame& frame) {
  const std::size_t open = c.rest.find(" (");
  if (open == std::string_view::npos || open > 400 || !is_name(c.rest.substr(0, open))) return false;
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

// scripts/faddr2line: "func at mm/slab.c:12 (discriminator 2)", " (inlined by) func at mm/slab.c:20".
bool take_looked_up(Cursor& c, Frame& frame) {
  Cursor t = c;
  t.take("(inlined by) ");
  const std::size_t at = t.rest.find(" at ");
  if (at == std::string_view::npos || at > 200 || !is_name(t.rest.substr(0, at))) return false;
  Frame f = frame;
  f.function = t.rest.substr(0, at);
  // "Badness at mm/slab.c:12" is no function.
  if (std::any_of(f.function.begin(), f.function.end(), [](char ch) { return ch >= 'A' && ch <= 'Z'; }))
    return false;
  t.rest.remove_prefix(at + 4);
  if (!take_places(t, f) || !t.done() || f.file.find('/') == std::string::npos) return false;
  f.inlined = f.file.ends_with(".h");
  frame = std::move(f);
  c = t;
  return true;
}

// x86-64 before 2.6.18: "<ffffffff8012e3a4>{func+190}<ffffffff80130000>{:ext3:func+33}", in decimal.
std::size_t parse_braced(std::string_view body, std::vector<Frame>& frames) {
  std::size_t added = 0;
  Cursor c{body};
  while (true) {
    c.skip_blanks();
    Frame frame;
    if (!c.take("<") || !c.take_hex(&frame.address) || !c.take(">{")) return added;
    const std::size_t close = c.rest.find('}');
    if (close == std::string_view::npos || close > 200) return added;
    std::string_view inside = c.rest.substr(0, close);
    c.rest.remove_prefix(close + 1);
    if (inside.starts_with(':')) {
      const std::size_t end = std::min(inside.find(':', 1), inside.size());
      frame.module = inside.substr(1, end - 1);
      inside.remove_prefix(std::min(end + 1, inside.size()));
    }
    const std::size_t plus = inside.find('+');
    if (plus == std::string_view::npos) return added;
    frame.function = inside.substr(0, plus);
    std::from_chars(inside.data() + plus + 1, inside.data() + inside.size(), frame.offset);
    frames.push_back(std::move(frame));
    ++added;
  }
}

// FreeBSD: "#5 0xffffffff80aada97 at vpanic+0x186", "vpanic() at vpanic+0x13c/frame 0xfffffe0098765430".
std::size_t parse_bsd(std::string_view body, std::vector<Frame>& frames) {
  const std::size_t at = body.find(" at ");
  if (at == std::string_view::npos || at > 100) return 0;
  Cursor c{body.substr(0, at)};
  Frame frame;
  if (c.take("#")) {
    while (is_digit(c.peek())) c.rest.remove_prefix(1);
    if (!c.skip_blanks() || !c.rest.starts_with("0x") || !c.take_hex(&frame.address) || !c.done()) return 0;
  } else if (!c.rest.ends_with("()")) {
    return 0;
  }
  Cursor symbol{body.substr(at + 4)};
  const std::size_t plus = symbol_with_offset(symbol.rest);
  if (plus == std::string_view::npos) return 0;
  frame.function = symbol.rest.substr(0, plus);
  symbol.rest.remove_prefix(plus + 1);
  if (!symbol.take_hex(&frame.offset) || !(symbol.done() || symbol.rest.starts_with("/frame 0x"))) return 0;
  frames.push_back(std::move(frame));
  return 1;
}

// What a stack is on, in front of a frame: "<IRQ>", "<<EOE>>", "<#DF>".
void skip_stack_marks(Cursor& c) {
  while (c.peek() == '<') {
    std::size_t end = 1;
    while (end < c.rest.size() && ((c.rest[end] >= 'A' && c.rest[end] <= 'Z') || c.rest[end] == '_' ||
                                   c.rest[end] == '#' || c.rest[end] == '<'))
      ++end;
    if (end < 3 || end >= c.rest.size() || c.rest[end] != '>') return;
    while (end < c.rest.size() && c.rest[end] == '>') ++end;
    c.rest.remove_prefix(end);
    c.skip_blanks();
  }
}

// What debuggers and old architectures print in front of a symbol, behind the stack's address or without it:
// "[link register   ] c00000000009f6d8 func+0x1/0x2", "Caller[00000000004a]: func+0x1/0x2", "[f0012345 : ".
bool take_caller(Cursor& c, std::uint64_t* address) {
  Cursor t = c;
  if (t.take("[link register") || t.take("Caller[")) {
    const std::size_t close = t.rest.find(']');
    if (close == std::string_view::npos) return false;
    t.rest.remove_prefix(close + 1);
    t.take(":");
    t.skip_blanks();
    c = t;
    return true;
  }
  if (!t.take("[") || !t.take_hex(address) || !t.take(" : ")) return false;
  c = t;
  return true;
}

// "c00000000009f6d8 func+0x1/0x2": the address of a frame whose stack pointer stands in brackets.
void skip_plain_address(Cursor& c, std::uint64_t* address) {
  Cursor t = c;
  const std::size_t before = t.rest.size();
  std::uint64_t value = 0;
  if (!t.take_hex(&value) || before - t.rest.size() < 8 || !t.skip_blanks() || t.done()) return;
  *address = value;
  c = t;
}

// "func mm/file.c:3 [inline]": a symbol without an offset counts only with its source place.
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

// 32-bit ARM: "[<pc>] (callee) from [<lr>] (caller+0x1/0x2)", without addresses since 6.0: "callee from
// caller+0x1/0x2". The caller is the frame with an offset; the callee is one of its own where it is not the
// caller of the line before.
std::size_t parse_arm(std::string_view body, std::vector<Frame>& frames) {
  const std::size_t from = body.find(" from ");
  if (from == std::string_view::npos || from > 300) return 0;
  Frame callee, caller;
  Cursor left{body.substr(0, from)};
  left.skip_blanks();
  const bool bracketed = take_bracketed_address(left, &callee.address);
  const bool parenthesis = left.take("(");
  std::size_t end = 0;
  while (end < left.rest.size() && !is_blank(left.rest[end]) && left.rest[end] != ')' &&
         left.rest[end] != '+')
    ++end;
  callee.function = left.rest.substr(0, end);
  if (callee.function.empty() || !is_letter(callee.function[0]) || bracketed != parenthesis) return 0;
  left.rest.remove_prefix(end);
  if (left.take("+")) {
    if (!left.take_hex(&callee.offset)) return 0;
    if (left.take("/")) left.take_hex(&callee.size);
  }
  take_tail(left, callee);
  if (!parenthesis && left.rest.find_first_not_of(" \t") != std::string_view::npos) return 0;
  Cursor right{body.substr(from + 6)};
  right.skip_blanks();
  take_bracketed_address(right, &caller.address);
  std::size_t added = 0;
  if (frames.empty() || frames.back().function != callee.function) {
    frames.push_back(std::move(callee));
    ++added;
  }
  if (take_symbol(right, caller)) {
    frames.push_back(std::move(caller));
    ++added;
  }
  return added > 0 || parenthesis ? std::max<std::size_t>(added, 1) : 0;
}

}  // namespace

std::size_t parse_kernel_frame(std::string_view body, std::vector<Frame>& frames) {
  if (body.size() < 4) return 0;
  Cursor c{body};
  const bool indented = c.skip_blanks();
  if (c.done()) return 0;
  Frame frame;
  skip_stack_marks(c);
  if (!indented) {
    if (const std::size_t n = parse_bsd(body, frames); n > 0) return n;
  }
  if (c.peek() == '<') {
    if (const std::size_t n = parse_braced(c.rest, frames); n > 0) return n;
  }
  bool addressed = take_caller(c, &frame.address);
  if (c.rest.starts_with("([") && c.take("(")) {  // s390 marks the first frame: "([<addr>] func+0x1/0x2)"
    addressed = take_bracketed_address(c, &frame.address);
    if (!addressed) return 0;
  }
  int addresses = addressed ? 1 : 0;
  while (addresses < 3 && take_bracketed_address(c, &frame.address)) ++addresses;
  addressed = addresses > 0;
  if (c.take("? ")) {
    frame.uncertain = true;
    c.skip_blanks();
    if (take_bracketed_address(c, &frame.address)) addressed = true;
  }
  if (addressed) skip_plain_address(c, &frame.address);
  if (take_decoded(c, frame) || take_looked_up(c, frame)) {
    frames.push_back(std::move(frame));
    return 1;
  }
  if (!indented && !addressed && !frame.uncertain) {
    // Consoles that lost their indentation: only what can be nothing else.
    if (symbol_with_offset(c.rest) == std::string_view::npos) return 0;
  }
  Frame symbol = frame;
  Cursor s = c;
  if (take_symbol(s, symbol)) {
    s.skip_blanks();
    if (s.rest.starts_with("from ") || s.rest.starts_with(") from")) return parse_arm(body, frames);
    const bool closed = s.done() || s.rest == ")" || s.rest == "]";
    if (!indented && !addressed && !closed) return 0;
    frames.push_back(std::move(symbol));
    return 1;
  }
  if (body.find(" from ") != std::string_view::npos) {
    if (const std::size_t n = parse_arm(body, frames); n > 0) return n;
  }
  if (take_symbol_with_source(c, frame)) {
    frames.push_back(std::move(frame));
    return 1;
  }
  if ((indented || addressed) && c.rest.starts_with("0x")) {
    std::uint64_t address = 0;
    Cursor t = c;
    if (t.take_hex(&address) && (t.done() || is_blank(t.peek()) || t.peek() == ')')) {
      t.skip_blanks();
      if (!t.done() && t.peek() != '(' && t.peek() != '[' && t.peek() != ')') return 0;
      frame.address = address;
      frames.push_back(std::move(frame));
      return 1;
    }
  }
  return 0;
}

namespace {

constexpr std::array<std::string_view, 20> k_program_counters = {
    "RIP: ", "EIP: ", "IP: ", "PC is at ", "pc : ", "NIP ",
    "epc : ", "Krnl PSW : ", "ERA: ", "epc   : ", "pc: ", "PC: <",
    // i386, alpha, ia64, SPARC, PA-RISC, ARC
    "EIP is at ", "pc is at ", "ip is at ", "TPC: <", "PC: ", "IAOQ[0]: ", "[ERET  ]: ", "RIP is at "};

std::optional<std::string_view> after_program_counter(std::string_view body) {
  std::size_t i = 0;
  while (i < body.size() && is_blank(body[i])) ++i;
  body.remove_prefix(i);
  for (const std::string_view name : k_program_counters) {
    if (body.starts_with(name)) return body.substr(name.size());
  }
  if (body.starts_with("--- interrupt: ")) {  // PowerPC: "--- interrupt: 700 at func+0x1/0x2"
    const std::size_t at = body.find(" at ");
    if (at != std::string_view::npos) return body.substr(at + 4);
  }
  return std::nullopt;
}

}  // namespace

bool is_user_program_counter(std::string_view body) {
  const auto rest = after_program_counter(body);
  if (!rest || !(body.find("RIP: ") < 4 || body.find("EIP: ") < 4)) return false;
  return rest->starts_with("0033:") || rest->starts_with("0023:") || rest->starts_with("002b:") ||
         rest->starts_with("0073:");
}

std::optional<Frame> parse_program_counter(std::string_view body) {
  const auto rest = after_program_counter(body);
  if (!rest || is_user_program_counter(body)) return std::nullopt;
  Cursor c{*rest};
  Frame frame;
  c.skip_blanks();
  if (body.find("Krnl PSW : ") < 4) {  // "Krnl PSW : 0704c001 00000000 (func+0x1/0x2)"
    const std::size_t open = c.rest.find('(');
    if (open == std::string_view::npos) return std::nullopt;
    c.rest.remove_prefix(open);
    if (!take_symbol(c, frame)) return std::nullopt;
    return frame;
  }
  std::uint64_t ignored = 0;
  Cursor t = c;
  if (t.take_hex(&ignored) && t.take(":")) c = t;  // the code segment: "0010:"
  while (c.skip_blanks() || take_bracketed_address(c, &frame.address)) {
  }
  t = c;
  if (t.take_hex(&ignored) && t.skip_blanks() && !t.done()) {  // MIPS: "epc   : 80105a98 func+0x1/0x2"
    Frame f = frame;
    f.address = ignored;
    if (take_symbol(t, f)) return f;
  }
  if (take_symbol(c, frame)) return frame;
  if (take_decoded(c, frame)) return frame;
  if (take_symbol_with_source(c, frame)) return frame;
  std::vector<Frame> braced;
  if (parse_braced(c.rest, braced) > 0) return braced.front();
  return std::nullopt;
}

std::string_view base_name(std::string_view function) {
  if (function.find("::") != std::string_view::npos || function.starts_with('<')) return function;  // Rust
  const std::size_t dot = function.find('.', 1);
  return dot == std::string_view::npos ? function : function.substr(0, dot);
}

}  // namespace culprit::console
