// Titles: a template and what fills it, with what differs from run to run taken out.
#pragma once

#include <string>
#include <string_view>

#include "console/match/matcher.h"

namespace culprit::console {

// Addresses become ADDR, numbers NUM, "func+0x1/0x2" func; trailing blanks and dots go.
std::string sanitize(std::string_view s);

// Fills in {1}, as it is.
std::string expand_as_is(std::string_view pattern, const Match& match);

// Fills in {1}, {d1}, {U1} (in upper case), {frame}, {access}, {ACCESS}.
std::string expand(std::string_view pattern, const Match& match, std::string_view frame);

}  // namespace culprit::console
