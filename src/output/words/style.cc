#include "output/words/style.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "output/words/text.h"

namespace culprit::output {
namespace {

std::string_view sgr_of(Ink ink) {
  switch (ink) {
    case Ink::plain:
      return "";
    case Ink::bold:
      return "\x1b[1m";
    case Ink::dim:
      return "\x1b[2m";
    case Ink::red:
      return "\x1b[31m";
    case Ink::green:
      return "\x1b[32m";
    case Ink::yellow:
      return "\x1b[33m";
    case Ink::cyan:
      return "\x1b[36m";
  }
  return "";
}

bool locale_is_utf8(const Environment& environment) {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = environment(name);
    if (value == nullptr || *value == '\0') continue;
    std::string lower;
    for (const char c : std::string_view(value))
      if (c != '-') lower += (c >= 'A' && c <= 'Z') ? static_cast<char>(c + 32) : c;
    return lower.find("utf8") != std::string::npos;
  }
  return false;
}

bool is_set(const Environment& environment, const char* name) {
  const char* value = environment(name);
  return value != nullptr && *value != '\0';
}

}  // namespace

Style detect_style(int fd, const Environment& environment) {
  Style style;
  style.unicode = locale_is_utf8(environment);
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
    style.columns = size.ws_col;
    style.rows = size.ws_row;
  } else if (const char* columns = environment("COLUMNS")) {
    const long value = std::strtol(columns, nullptr, 10);
    if (value > 0 && value < 10000) style.columns = static_cast<std::size_t>(value);
  }
  const char* term = environment("TERM");
  style.live = isatty(fd) == 1 && term != nullptr && *term != '\0' && std::string_view(term) != "dumb";
  style.color = style.live && !is_set(environment, "NO_COLOR");
  return style;
}

StyledLine& StyledLine::add(const std::string& harmless_text, Ink ink) {
  if (harmless_text.empty()) return *this;
  const std::string_view sgr = m_style.color ? sgr_of(ink) : std::string_view();
  m_text += sgr;
  m_text += harmless_text;
  if (!sgr.empty()) m_text += "\x1b[0m";
  m_width += output::width(harmless_text);
  return *this;
}

StyledLine& StyledLine::put(std::string_view text, Ink ink) {
  if (m_full) return *this;
  const std::string clean = one_line(text, m_style.unicode);
  m_full = output::width(clean) > left();
  return add(cut(clean, left(), m_style.unicode), ink);
}

StyledLine& StyledLine::put_padded(std::string_view text, std::size_t columns, Ink ink) {
  const std::size_t end = m_width + columns;
  put(cut(one_line(text, m_style.unicode), columns, m_style.unicode), ink);
  return go_to(end);
}

StyledLine& StyledLine::put_right(std::string_view text, std::size_t columns, Ink ink) {
  const std::string clean = cut(one_line(text, m_style.unicode), columns, m_style.unicode);
  go_to(m_width + columns - output::width(clean));
  return put(clean, ink);
}

StyledLine& StyledLine::go_to(std::size_t column) {
  if (m_full || column <= m_width) return *this;
  return add(std::string(std::min(column, m_limit) - m_width, ' '), Ink::plain);
}

StyledLine& StyledLine::put_bar(double share, std::size_t columns, Ink ink) {
  static constexpr std::string_view k_eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const std::size_t end = m_width + columns;
  const double part = std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0;
  const double exact = part * static_cast<double>(columns) * 8;
  const auto steps = static_cast<std::size_t>(exact > 0 && exact < 1 ? 1 : std::lround(exact));
  std::string bar;
  if (m_style.unicode) {
    for (std::size_t i = 0; i < steps / 8; ++i) bar += "█";
    bar += k_eighths[steps % 8];
  } else {
    bar.assign((steps + 4) / 8, '#');
  }
  put(bar, ink);
  return go_to(end);
}

std::string StyledLine::str() const {
  const std::size_t end = m_text.find_last_not_of(' ');
  return end == std::string::npos ? std::string() : m_text.substr(0, end + 1);
}

std::string rule(const Style& style, std::size_t columns) {
  std::string out;
  for (std::size_t i = 0; i < columns; ++i) out += style.unicode ? "─" : "-";
  return out;
}

}  // namespace culprit::output
