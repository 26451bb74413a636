#include "cli/session/printing.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace culprit::cli {

output::Style style_of_output() {
  return output::detect_style(STDOUT_FILENO,
                              [](const char* name) -> const char* { return std::getenv(name); });
}

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

}  // namespace culprit::cli
