// What the reader's screen can show, and lines made for it.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace culprit::output {

struct Style {
  std::size_t columns = 80;
  std::size_t rows = 24;
  bool live = false;    // the cursor can be moved: a block can be drawn again in place
  bool color = false;   // SGR sequences are welcome
  bool unicode = true;  // the terminal shows UTF-8
};

using Environment = std::function<const char*(const char* name)>;

// The style for what is written to `fd`: its size (80 x 24 where it has none), TERM, NO_COLOR, and the locale
// of LC_ALL, LC_CTYPE or LANG. A file or a pipe is neither live nor coloured; a dumb terminal is neither too.
Style detect_style(int fd, const Environment& environment);

enum class Ink { plain, bold, dim, red, green, yellow, cyan };

// One line for a screen, built from left to right and never wider than its limit. Text that is put is made
// harmless; what does not fit is cut with an ellipsis and all that follows is dropped.
class StyledLine {
 public:
  StyledLine(const Style& style, std::size_t limit) : m_style(style), m_limit(limit) {}
  explicit StyledLine(const Style& style) : StyledLine(style, style.columns) {}

  StyledLine& put(std::string_view text, Ink ink = Ink::plain);
  // Cut to, or padded on the right to, exactly `columns`.
  StyledLine& put_padded(std::string_view text, std::size_t columns, Ink ink = Ink::plain);
  // Padded on the left.
  StyledLine& put_right(std::string_view text, std::size_t columns, Ink ink = Ink::plain);
  // Blanks up to column `column` (0-based); at least none.
  StyledLine& go_to(std::size_t column);
  // A horizontal bar of at most `columns` for `share` in [0, 1]; the rest is blank.
  StyledLine& put_bar(double share, std::size_t columns, Ink ink = Ink::plain);

  std::size_t width() const { return m_width; }
  std::size_t left() const { return m_limit - m_width; }
  // Without trailing blanks.
  std::string str() const;

 private:
  StyledLine& add(const std::string& harmless_text, Ink ink);

  Style m_style;
  std::size_t m_limit;
  std::size_t m_width = 0;
  bool m_full = false;
  std::string m_text;
};

// A rule across `columns`.
std::string rule(const Style& style, std::size_t columns);

}  // namespace culprit::output
