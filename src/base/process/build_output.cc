#include "base/process/build_output.h"

#include "base/strings.h"

namespace culprit::base {

std::string_view telling_line(std::string_view output) {
  std::string_view best;
  for (const std::string_view line : split_lines(output)) {
    if (trim(line).empty()) continue;
    best = trim(line);
    for (const std::string_view word : {"error", "Error", "undefined reference"})
      if (line.find(word) != std::string_view::npos) return best;
  }
  return best;
}

}  // namespace culprit::base
