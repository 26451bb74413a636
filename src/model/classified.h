// What kind of change a named commit is, beyond "it brought the bug".
#pragma once

#include <string>

namespace culprit::model {

// `kind` is a word of the JSON contract (output/json.cc lists them), `why` a sentence with the ground for it.
struct Classified {
  std::string kind;
  std::string why;
  friend bool operator==(const Classified&, const Classified&) = default;
};

}  // namespace culprit::model
