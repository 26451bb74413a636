// What is found out about a crash whose console does not say where it was.
#pragma once

#include <string>

namespace culprit::run {

// More about a run that had ended before it was asked for.
struct Explanation {
  std::string text;       // whole lines for the run's console; may be empty
  bool found = false;     // they say where it crashed
  std::string why_not{};  // where nothing is found: the reason, for people
  std::string hint{};     // where no other run would find anything either: what to do about it
};

}  // namespace culprit::run
