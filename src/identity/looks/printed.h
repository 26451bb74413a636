// What failing runs of programs print, compared: the lines that quiet runs do not print, weighed by what they say.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "model/run/printed.h"

namespace culprit::identity {

// Hashes of the lines that runs without a failure print: they say nothing of a failure.
struct QuietLines {
  std::unordered_set<std::string> hashes;
  // Of each distinct line; grows with `hashes`.
  std::size_t version() const { return hashes.size(); }
};

// A line of a failing run, taken apart once.
struct PrintedLine {
  std::string shape;
  std::string hash;
  std::vector<std::string> words;  // sorted, each once, in small letters
  double weight = 1;
};
// The lines of a run that can tell one failure from another: without what test runners and build tools print whatever
// failed.
std::vector<PrintedLine> telling_lines(const std::vector<std::string>& shapes);

struct PrintedLikeness {
  bool known_a = false, known_b = false;  // it has lines that quiet runs do not have
  double share = 0;  // 0 to 1: how much of both is in the other, words exchanged allowed for
  // For people: the line that says most of what both have, or of what only one has.
  std::string both, only_a, only_b;
};
PrintedLikeness compare_printed(const std::vector<PrintedLine>& a, const std::vector<PrintedLine>& b,
                                const QuietLines& quiet);

}  // namespace culprit::identity
