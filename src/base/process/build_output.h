// What the output of a failed command says.
#pragma once

#include <string_view>

namespace culprit::base {

// The line that says why: the first that names an error ("error", "undefined reference"), else the last that
// is not blank; empty where all are.
std::string_view telling_line(std::string_view output);

}  // namespace culprit::base
