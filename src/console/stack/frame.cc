// Each shape of a stack's line is a sequence of a few pieces (pieces.h). Here is what is a line, and of which
// shape: those of the architectures, of debuggers, and of kernels of two decades.
#include "console/stack/frame.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "console/stack/pieces.h"

namespace culprit::console {
namespace {

using model::Frame;

// x86-64 before 2.6.18: "<ffffffff8012e3a4>{func+190}<ffffffff80130000>{:ext3:func+33}", in decimal.
std::size_t parse_braced(std::string_view body, std::vector<Frame>& frames) {
  std::size_t added = 0;
  Cursor c{body};
  while (true) {
    c.skip_blanks();
    Frame frame;
    if (!c.take("<") || !c.take_hex(&frame.address) || !c.take(">{")) return added;
    const std::size_t close = c.rest.find('}');
    if (close > 200) return added;  // or is not there
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
  const std::size_t words = body[0] == '#' ? 2 : 1;  // in front of " at "
  std::size_t at = 0;
  for (std::size_t i = 0; i < words && at != std::string_view::npos; ++i) at = body.find(' ', at + 1);
  if (at == std::string_view::npos || !body.substr(at).starts_with(" at ")) return 0;
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

// Hexagon, behind the frame pointer in brackets: "0xc004a1b0: func + 0x30 [module] ".
bool take_spaced_offset(Cursor& c, Frame& frame) {
  Cursor t = c;
  Frame f = frame;
  if (!t.rest.starts_with("0x") || !t.take_hex(&f.address) || !t.take(": ")) return false;
  const std::size_t end = t.rest.find(" + 0x");
  if (end == 0 || end > 127) return false;  // or is not there; what the kernel keeps of a name
  f.function = t.rest.substr(0, end);
  if (!std::ranges::all_of(f.function, [](char ch) { return is_letter(ch) || is_digit(ch) || ch == '.'; }))
    return false;
  t.rest.remove_prefix(end + 3);
  if (!t.take_hex(&f.offset)) return false;
  take_tail(t, f);
  frame = std::move(f);
  c = t;
  return true;
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
  if (c.peek() != '[' && c.peek() != 'C') return false;
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

// 32-bit ARM: "[<pc>] (callee) from [<lr>] (caller+0x1/0x2)", without addresses since 6.0: "callee from
// caller+0x1/0x2". The caller is the frame with an offset; the callee is one of its own where it is not the
// caller of the line before.
std::size_t parse_arm(std::string_view body, std::vector<Frame>& frames) {
  const std::size_t from = body.find(" from ");
  if (from > 300) return 0;  // or is not there
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
  body = without_hypervisor(body);
  if (body.size() < 4) return 0;
  Cursor c{body};
  const bool indented = c.skip_blanks();
  if (c.done()) return 0;
  Frame frame;
  skip_stack_marks(c);
  if (!indented && (c.peek() == '#' || is_letter(c.peek()))) {
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
  if (addressed) {
    skip_plain_address(c, &frame.address);
    if (!c.take("R ")) c.take("F ");  // Xen: a return address, or one that a frame pointer led to
  }
  if ((addressed && take_spaced_offset(c, frame)) || take_decoded(c, frame) || take_looked_up(c, frame)) {
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

std::string_view without_hypervisor(std::string_view body) {
  return body.starts_with("(XEN) ") ? body.substr(6) : body;
}

namespace {

constexpr std::array<std::string_view, 20> k_program_counters = {
    "RIP: ", "EIP: ", "IP: ", "PC is at ", "pc : ", "NIP ",
    "epc : ", "Krnl PSW : ", "ERA: ", "epc   : ", "pc: ", "PC: <",
    // i386, alpha, ia64, SPARC, PA-RISC, ARC
    "EIP is at ", "pc is at ", "ip is at ", "TPC: <", "PC: ", "IAOQ[0]: ", "[ERET  ]: ", "RIP is at "};

// What they and "--- interrupt" begin with: most lines do not.
constexpr std::string_view k_program_counter_starts = "REIPpNeKTi[-";

std::optional<std::string_view> after_program_counter(std::string_view body) {
  body = without_hypervisor(body);
  std::size_t i = 0;
  while (i < body.size() && is_blank(body[i])) ++i;
  body.remove_prefix(i);
  if (body.empty() || k_program_counter_starts.find(body[0]) == std::string_view::npos) return std::nullopt;
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
  if (!rest || (body.find("RIP: ") >= 4 && body.find("EIP: ") >= 4)) return false;
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

namespace {

constexpr std::uint64_t k_null_page = 4096;

}  // namespace

bool is_null_counter(std::string_view body) {
  const auto rest = after_program_counter(body);
  if (!rest) return false;
  Cursor c{*rest};
  c.skip_blanks();
  std::uint64_t address = 0;
  take_bracketed_address(c, &address);
  if (c.take_hex(&address)) c.skip_blanks();  // MIPS, LoongArch: the address, and it again for a name
  if (c.rest.starts_with("0x") && c.take_hex(&address)) c.skip_blanks();
  return c.done() && address < k_null_page;
}

std::optional<Frame> parse_link_register(std::string_view body) {
  Cursor c{without_hypervisor(body)};
  c.skip_blanks();
  if (c.peek() != 'l' && c.peek() != 'L' && c.peek() != 'r') return std::nullopt;
  if (!c.take("lr : ") && !c.take("LR is at ") && !c.take("ra : ") && !c.take("ra    : ") &&
      !c.take("ra: ") && !c.rest.starts_with("LR ["))
    return std::nullopt;
  c.take("LR ");
  Frame frame;
  if (!take_bracketed_address(c, &frame.address) && !c.rest.starts_with("0x")) {
    Cursor t = c;
    if (t.take_hex(&frame.address) && t.skip_blanks())
      c = t;
    else
      frame.address = 0;
  }
  if (!take_symbol(c, frame)) return std::nullopt;
  return frame;
}

std::string_view base_name(std::string_view function) {
  if (function.find("::") != std::string_view::npos || function.starts_with('<')) return function;  // Rust
  const std::size_t dot = function.find('.', 1);
  return dot == std::string_view::npos ? function : function.substr(0, dot);
}

}  // namespace culprit::console
