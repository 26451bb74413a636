// The rules as a machine: finds the lines that may begin a report in any amount of text, and says which rule
// a report's first lines fit.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "console/match/rule.h"
#include "console/text/line.h"

namespace culprit::console {

// A rule and what its expressions captured.
struct Match {
  const Rule* rule = nullptr;
  std::vector<std::string_view> head;    // groups; [0] is the whole match
  std::vector<std::string_view> detail;  // the same of the detail line; empty without one
  std::size_t detail_line = 0;           // its index in the lines given
  std::string_view function;             // group `f`
  std::string_view other_function;       // group `g`
};

// Compiled from rule_tables() once; immutable and safe to share between threads.
class Matcher {
 public:
  static const Matcher& instance();

  // The first rule whose head fits the line, without regard to its detail; nullptr for none. It may be one to
  // ignore. `at` receives where in the line it fits.
  const Rule* head_rule(std::string_view body, std::size_t* at = nullptr) const;

  // The rule that the report starting at lines[0] fits: head and detail.
  Match match(std::span<const Line> lines) const;

 private:
  friend class Scanner;
  Matcher();
  struct Compiled;
  struct Deleter {
    void operator()(Compiled* c) const;
  };
  std::unique_ptr<Compiled, Deleter> m_compiled;
};

// Looks for the rules' literals and for terminal escapes, which may hide one; one for each thread.
class Scanner {
 public:
  Scanner();
  ~Scanner();
  Scanner(const Scanner&) = delete;
  Scanner& operator=(const Scanner&) = delete;

  // Is there any in `text`?
  bool finds(std::string_view text);
  // Appends the offset just behind each occurrence in `text` (below 1 GiB) to `ends`, ascending.
  void find(std::string_view text, std::vector<std::size_t>& ends);

 private:
  struct Scratch;
  std::unique_ptr<Scratch> m_scratch;
};

}  // namespace culprit::console
