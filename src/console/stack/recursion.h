// Where a stack that ran over recurs.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "model/run/report.h"

namespace culprit::console {

// Does a report's head say that a stack ran over? "stack-overflow on address", "StackOverflowError", "RecursionError".
bool says_overflow(std::string_view head);

// The frame whose function stands for the recursion of `frames`: of the functions that `explains` accepts and that
// stand on the stack most often, and three times at least, the first by name. nullptr where nothing recurs.
const model::Frame* recursing(std::span<const model::Frame> frames,
                              const std::function<bool(const model::Frame&)>& explains);

}  // namespace culprit::console
