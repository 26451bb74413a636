// The families of console rules, each in the file of its name.
#pragma once

#include <span>

#include "console/match/rule.h"

namespace culprit::console::rules {

std::span<const Rule> kasan();
std::span<const Rule> sanitizers();
std::span<const Rule> lockdep();
std::span<const Rule> hangs();
std::span<const Rule> warnings();
std::span<const Rule> oopses();
std::span<const Rule> bugs();
std::span<const Rule> complaints();
std::span<const Rule> panics();
std::span<const Rule> guests();

}  // namespace culprit::console::rules
