// What the bug does, in the words of who looks for it: a test that fails is no crash.
#pragma once

#include <string>
#include <string_view>

#include "output/summary/summary.h"

namespace culprit::output {

struct Happening {
  enum class Kind {
    crash,    // a report, a signal
    failure,  // the test ended with a code, or a test framework said so
    hang,
    build,   // a compiler or a build tool complained
    spoken,  // by hand: only the person knows
    number,  // a measured number moved
  };
  Kind kind = Kind::crash;
  std::string noun;  // "crash", "failure", "hang", "broken build", "bug", or the user's term: "'big'"
  std::string
      shows;  // of a revision that has it: "crashes", "fails", "hangs", "does not build", "has the bug"
  // What the culprit did: "brought the crash", "is the first commit where `./size.sh` fails", "is the first big
  // commit"; with the goal `fix` the other way round.
  std::string deed;
};

Happening happening_of(const Summary& summary);

// A result's kind for people: "culprit", "not reproduced".
std::string kind_words(model::ResultKind kind);

// "This commit brought the crash", "First commit where `./size.sh` fails": `deed` as a sentence of its own.
std::string sentence_of(const Happening& happening);

}  // namespace culprit::output
