// The families of rules for programs, each in the file of its name. They are not looked for in a kernel's
// console, where a dying program is the guest's affair.
#pragma once

#include <span>

#include "console/match/rule.h"
#include "console/programs/interpreters.h"

namespace culprit::console::rules {

std::span<const Rule> program_sanitizers();
std::span<const Rule> program_assertions();
std::span<const Rule> program_languages();
std::span<const Rule> program_other_languages();
std::span<const Rule> program_tests();
std::span<const Rule> program_builds();
std::span<const Rule> program_signals();

}  // namespace culprit::console::rules
