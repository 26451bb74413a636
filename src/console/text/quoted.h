// Texts that tell of a report without being one.
#pragma once

#include <span>
#include <string_view>

#include "console/text/line.h"

namespace culprit::console {

// Does the line `head` stand in a quotation, as the lines in front of it show: in the message of a commit as git
// prints it, in a hunk of a patch, in a literal block of reStructuredText?
bool is_quoted(std::span<const Line> before, std::string_view head);

// Could it? Whatever stands in front of it.
bool may_be_quoted(std::string_view head);

}  // namespace culprit::console
