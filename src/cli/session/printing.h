// What commands print on standard output.
#pragma once

#include <string_view>

#include "output/words/style.h"

namespace culprit::cli {

// What standard output and the environment allow: width, colours.
output::Style style_of_output();
void print(std::string_view text);

}  // namespace culprit::cli
