// Text as people see it: made harmless, measured in terminal columns, cut, padded and wrapped.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace culprit::output {

// The same text with every byte that is not part of valid UTF-8 replaced by U+FFFD.
std::string valid_utf8(std::string_view text);

// One line that no terminal takes for a command: line breaks and tabs become spaces, other control characters
// carets ("^["), characters that change the writing direction or have no glyph of their own vanish, invalid
// bytes become U+FFFD. With `unicode` false everything beyond ASCII becomes "?".
std::string one_line(std::string_view text, bool unicode = true);

// The same for many lines: line feeds stay, tabs become spaces up to the next multiple of eight.
std::string harmless(std::string_view text, bool unicode = true);

// Columns that a terminal gives to `text`, which holds no control characters: 2 for wide characters, 0 for
// combining ones.
std::size_t width(std::string_view text);

// The longest beginning of `text` that fits `columns`; where something was cut, it ends in an ellipsis.
std::string cut(std::string_view text, std::size_t columns, bool unicode = true);

// `text` broken at spaces into lines of at most `columns`; a longer word stands alone and is not broken.
std::vector<std::string> wrap(std::string_view text, std::size_t columns);

// The whole lines at the beginning of `text` that fit `limit` bytes; of a first line that alone is longer,
// its beginning.
std::string_view bounded(std::string_view text, std::size_t limit);

// "1 run", "7 runs": a regular noun and its number.
std::string counted(std::size_t number, std::string_view noun);

// In percent with one decimal; what rounds to 100% is ">99.9%", what rounds to 0% but is not 0 is "<0.1%".
std::string percent(double probability);

}  // namespace culprit::output
