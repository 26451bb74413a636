// Titles and consoles come from the subject under test, so they hold anything: escape sequences, half
// characters, right-to-left overrides. They are made harmless once, here, before they are measured or cut,
// because an escape sequence has no width and a cut one swallows what follows. Widths are utf8proc's (Unicode
// East Asian Width); the C library's wcwidth would do as well but depends on the process's locale.
//
// Joiners and variation selectors are dropped rather than measured: terminals disagree on the width of the
// sequences they form, and a disagreement of one column breaks a redrawn block.
#include "output/words/text.h"
#include "base/strings.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <cstdint>

namespace culprit::output {
namespace {

constexpr std::string_view k_replacement = "\xEF\xBF\xBD";

struct Character {
  std::int32_t code = -1;  // -1: an invalid byte
  std::size_t size = 1;    // bytes
};

Character next_character(std::string_view text) {
  std::int32_t code = -1;
  const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                     static_cast<utf8proc_ssize_t>(text.size()), &code);
  if (size <= 0 || code < 0) return {};
  return {.code = code, .size = static_cast<std::size_t>(size)};
}

std::size_t width_of(std::int32_t code) {
  if (code >= 0x20 && code < 0x7f) return 1;
  return static_cast<std::size_t>(std::max(0, utf8proc_charwidth(code)));
}

bool has_no_glyph(std::int32_t code) {
  if (code >= 0xFE00 && code <= 0xFE0F) return true;  // variation selectors
  const auto category = utf8proc_category(code);
  return category == UTF8PROC_CATEGORY_CF || category == UTF8PROC_CATEGORY_ZL ||
         category == UTF8PROC_CATEGORY_ZP || category == UTF8PROC_CATEGORY_CC;
}

void put_harmless(std::string& out, std::string_view bytes, Character c, bool unicode) {
  if (c.code < 0)
    out += unicode ? k_replacement : "?";
  else if (c.code < 0x20 || c.code == 0x7f)
    (out += '^') += static_cast<char>(c.code ^ 0x40);
  else if (c.code < 0x7f)
    out += static_cast<char>(c.code);
  else if (has_no_glyph(c.code))
    return;
  else if (unicode)
    out += bytes;
  else if (width_of(c.code) > 0)
    out += '?';
}

}  // namespace

std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character c = next_character(text);
    out += c.code < 0 ? k_replacement : text.substr(0, c.size);
    text.remove_prefix(c.size);
  }
  return out;
}

std::string one_line(std::string_view text, bool unicode) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character c = next_character(text);
    if (c.code == '\r' && text.size() > 1 && text[1] == '\n')
      ;  // the line feed stands for both
    else if (c.code == '\n' || c.code == '\r' || c.code == '\t')
      out += ' ';
    else
      put_harmless(out, text.substr(0, c.size), c, unicode);
    text.remove_prefix(c.size);
  }
  return out;
}

std::string harmless(std::string_view text, bool unicode) {
  std::string out;
  for (const std::string_view raw : base::split_lines(text)) {
    const std::size_t start = out.size();
    for (std::string_view line = raw; !line.empty();) {
      const Character c = next_character(line);
      if (c.code == '\t')
        out.append(8 - width(std::string_view(out).substr(start)) % 8, ' ');
      else
        put_harmless(out, line.substr(0, c.size), c, unicode);
      line.remove_prefix(c.size);
    }
    out += '\n';
  }
  if (!out.empty() && text.back() != '\n') out.pop_back();
  return out;
}

std::size_t width(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const Character c = next_character(text);
    columns += c.code < 0 ? 1 : width_of(c.code);
    text.remove_prefix(c.size);
  }
  return columns;
}

std::string cut(std::string_view text, std::size_t columns, bool unicode) {
  if (width(text) <= columns) return std::string(text);
  const std::string_view ellipsis = unicode ? "…" : "...";
  const std::size_t tail = width(ellipsis);
  if (columns <= tail)
    return std::string(unicode ? ellipsis : ellipsis.substr(0, columns))
        .substr(0, columns ? std::string::npos : 0);
  std::size_t used = 0;
  std::size_t end = 0;
  while (end < text.size()) {
    const Character c = next_character(text.substr(end));
    const std::size_t w = c.code < 0 ? 1 : width_of(c.code);
    if (used + w > columns - tail) break;
    used += w;
    end += c.size;
  }
  return std::string(text.substr(0, end)) + std::string(ellipsis);
}

std::vector<std::string> wrap(std::string_view text, std::size_t columns) {
  std::vector<std::string> out;
  for (const std::string_view paragraph : base::split_lines(text)) {
    std::string line;
    std::string_view rest = paragraph;
    while (true) {
      rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
      if (rest.empty()) break;
      const std::string_view word = rest.substr(0, rest.find(' '));
      if (!line.empty() && width(line) + 1 + width(word) > columns) {
        out.push_back(std::move(line));
        line.clear();
      }
      if (!line.empty()) line += ' ';
      line += word;
      rest.remove_prefix(word.size());
    }
    out.push_back(std::move(line));
  }
  return out;
}

std::string_view bounded(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  const std::size_t end = text.substr(0, limit).rfind('\n');
  return text.substr(0, end == std::string_view::npos ? limit : end + 1);
}

std::string counted(std::size_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

std::string percent(double probability) {
  if (!(probability > 0)) return "0%";
  if (probability < 0.0005) return "<0.1%";
  if (probability > 0.9995) return ">99.9%";
  return fmt::format("{:.1f}%", probability * 100);
}

}  // namespace culprit::output
