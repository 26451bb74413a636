// Which function a report is blamed on.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "console/match/rule.h"
#include "console/stack/stack.h"

namespace culprit::console {

struct Blamed {
  std::string function;          // without compiler suffixes; empty where nothing explains the report
  bool has_stack = false;        // the report has the kind of stack that the rule looks at
  std::size_t stack = SIZE_MAX;  // index of the stack that decided; SIZE_MAX for none
};

// What a report's head says beside its kind.
enum class Circumstance {
  none,
  in_header,  // what failed is an assertion in a header, that is in an inline function
  overflow,   // a program's stack ran over
};

// `head_function` is group `f` of the rule's head or detail line, or empty.
Blamed blame(const Rule& rule, std::span<const WalkedStack> stacks, std::string_view head_function,
             Circumstance circumstance = Circumstance::none);

// Other names under which the function is known in titles, the preferred one first: "sys_rmdir" for
// "__x64_sys_rmdir". None for most.
std::vector<std::string> common_names(std::string_view function);

}  // namespace culprit::console
