// A dress that no table knows, learned from what the lines behind a head have in common with it.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace culprit::console {

// What the lines of a log have in front: the text of one of them, which others resemble but for numbers,
// levels and the width of blanks.
class Front {
 public:
  // None.
  Front() = default;
  // The longest front of `head`, at most `most` bytes, that most of the lines behind it have too.
  Front(std::string_view head, std::size_t most, std::span<const std::string_view> behind);

  bool empty() const { return m_text.empty(); }
  // Is it more than what sets a text in or marks a comment?
  bool is_a_logs() const;
  // The length of what `line` has in front; npos where it does not have it.
  std::size_t length_in(std::string_view line) const;

 private:
  std::string m_text;
};

}  // namespace culprit::console
