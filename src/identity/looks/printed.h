// What failing runs of programs print, compared: the lines that quiet runs do not print, weighed by what they say.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
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

// Lines that belong to a failure and not to the moment: all failing runs of what was built under one title print them, of which there are
// two at least of one build.
class SteadyLines {
 public:
  // One failing run; `where`: what was built, and its title.
  void add(const std::string& where, const std::vector<std::string>& shapes);
  bool has(const std::string& shape) const { return m_steady.contains(shape); }
  std::size_t version() const { return m_version; }  // grows with each change

 private:
  struct Place {
    int runs = 0;
    std::unordered_map<std::string, int> lines;
  };
  bool is_steady(const std::string& shape) const;

  std::map<std::string, Place> m_places;
  std::unordered_set<std::string> m_steady;
  std::size_t m_version = 0;
};

// A line of a failing run, taken apart once.
struct PrintedLine {
  std::string shape;
  std::string hash;
  std::vector<std::string> words;  // sorted, each once, in small letters
  double weight = 1;
  bool is_code = false;  // a frame, or the source that a traceback quotes
};
// The lines of a run that can tell one failure from another: without what test runners and build tools print whatever
// failed.
std::vector<PrintedLine> telling_lines(const std::vector<std::string>& shapes);

struct PrintedLikeness {
  bool known_a = false, known_b = false;  // it has lines that quiet runs do not have
  double share = 0;  // 0 to 1: how much of both is in the other, words exchanged allowed for
  // For people: the line that says most of what both have, or of what only one has.
  std::string both, only_a, only_b;
  // Each has a steady line of which the other has nothing: two reasons, whatever a runner prints around them. only_a and only_b
  // are such lines.
  bool apart = false;
};
PrintedLikeness compare_printed(const std::vector<PrintedLine>& a, const std::vector<PrintedLine>& b,
                                const QuietLines& quiet, const SteadyLines& steady = {});

}  // namespace culprit::identity
