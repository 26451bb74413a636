// `git bisect log` as a value, for whoever began with git and wants to go on with culprit.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/verdict.h"

namespace culprit::replay {

// One revision that somebody judged. Logs name commits by id; what a person edited may hold any revision, and
// a skipped one may be a range A..B.
struct BisectStep {
  // good: the old state, bad: the new one, whatever terms the log has for them
  model::UserVerdict verdict = model::UserVerdict::skip;
  std::string revision;
  std::string title;     // from the comment that git writes; may be empty
  std::size_t line = 0;  // 1-based
};

struct BisectLog {
  std::string term_old = "good";
  std::string term_new = "bad";
  bool first_parent = false;
  std::vector<std::string> paths;        // the bisection was limited to these
  std::vector<BisectStep> steps;         // the endpoints too, in the order of the log
  std::optional<std::string> first_new;  // "first bad commit", where the log ends with one
  std::vector<std::string> candidates;   // "possible first bad commit", where skipped ones are in the way
};

// Understands what `git bisect log` prints and `git bisect replay` reads, of any version, with any terms and
// line ends. ErrorKind::usage with the line number for anything else.
base::Result<BisectLog> read_bisect_log(std::string_view text);

}  // namespace culprit::replay
