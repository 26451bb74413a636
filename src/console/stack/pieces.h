// The pieces that the lines of stacks are made of, each taken off the front of a line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "model/run/report.h"

namespace culprit::console {

constexpr bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

// What is left of a line. Each function below takes one piece off its front, or takes nothing and says no.
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
bool take_bracketed_address(Cursor& c, std::uint64_t* address);

// The end of the symbol that starts at `text`'s begin, if "+0x1/0x2" or the like follows it; npos if none does.
std::size_t symbol_with_offset(std::string_view text);

// Source place, "[inline]" and module, in any order.
void take_tail(Cursor& c, model::Frame& frame);

// "func+0x1/0x2 tail". Linux 2.6.18 to 2.6.24 named the module in front: ":ext3:func+0x1/0x2".
bool take_symbol(Cursor& c, model::Frame& frame);

// "func mm/file.c:3 [inline]": a symbol without an offset counts only with its source place.
bool take_symbol_with_source(Cursor& c, model::Frame& frame);

// scripts/decode_stacktrace.sh: "func (mm/slab.c:12 include/x.h:3 (discriminator 2)) module (P)".
bool take_decoded(Cursor& c, model::Frame& frame);

// scripts/faddr2line: "func at mm/slab.c:12 (discriminator 2)", " (inlined by) func at mm/slab.c:20".
bool take_looked_up(Cursor& c, model::Frame& frame);

}  // namespace culprit::console
