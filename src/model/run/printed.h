// What a run of a program printed and how it ended, cut down to what two runs can be compared by.
#pragma once

#include <string>
#include <vector>

namespace culprit::model {

// What the user's own words (--message, --ignore, --test) make of a failure.
enum class Told {
  nothing,  // they were not asked, or do not apply
  bug,      // it is what they describe
  other,    // it is not
};

struct Printed {
  std::string ended;  // "exit code 1", "SIGSEGV", "time limit"; empty where it is not known
  std::string
      digest;  // of all lines in their order, as shapes: equal digests, equal outputs; empty: not known
  // The lines as shapes (console::shape_of), each once, in their order, the last ones where there are many. Of a run
  // that is OK their hashes (console::hash_of_shape): they are only looked up.
  std::vector<std::string> lines{};
  std::string last{};  // the last line's shape
  Told told = Told::nothing;
};

}  // namespace culprit::model
