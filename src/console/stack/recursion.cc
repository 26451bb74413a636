// A stack runs over wherever the last call happened to be: in any function of the loop of calls, or in a leaf that
// each of them calls. What is the same in all runs are the functions of the loop. They stand equally often on the
// stack, up to one where it begins or is cut within the loop; which of them was entered first is seldom shown, as
// tools print no more than some hundred frames. So the name that comes first in the alphabet stands for all.
#include "console/stack/recursion.h"

#include <algorithm>
#include <unordered_map>

namespace culprit::console {
namespace {

using model::Frame;

constexpr std::size_t k_recurs = 3;  // two may be a function that calls itself for another object, once

}  // namespace

bool says_overflow(std::string_view head) {
  static constexpr std::string_view k_words[] = {"stack-overflow", "tack overflow",  "StackOverflow",
                                                 "RecursionError", "stack exceeds ", "SystemStackError"};
  return std::ranges::any_of(k_words, [&](std::string_view word) { return head.contains(word); });
}

const Frame* recursing(std::span<const Frame> frames, const std::function<bool(const Frame&)>& explains) {
  std::unordered_map<std::string_view, std::size_t> times;
  std::size_t most = 0;
  for (const Frame& f : frames) {
    if (!f.function.empty() && explains(f)) most = std::max(most, ++times[f.function]);
  }
  if (most < k_recurs) return nullptr;
  const Frame* first = nullptr;
  for (const Frame& f : frames) {
    const auto it = times.find(f.function);
    if (it == times.end() || it->second + 1 < most || !explains(f)) continue;
    if (first == nullptr || f.function < first->function) first = &f;
  }
  return first;
}

}  // namespace culprit::console
