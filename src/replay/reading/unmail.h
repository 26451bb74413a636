// Takes a log out of the mail it was sent, quoted or forwarded in.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace culprit::replay {

struct TextLine {
  std::size_t number = 0;  // 1-based, in the file; of a joined line the first
  std::string text;        // without line end and quote marks
};

// The lines of `text`: mail headers dropped, quote marks ("> ", also several) and a common indentation
// removed, quoted-printable decoded, carriage returns and a byte order mark gone. `is_log_line` tells the
// lines by which the quoting is recognised. A text that is no mail comes back line by line.
std::vector<TextLine> unmail(std::string_view text, const std::function<bool(std::string_view)>& is_log_line);

}  // namespace culprit::replay
