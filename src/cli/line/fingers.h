// What fingers type that know git: turned into culprit's own words before anything is parsed.
#pragma once

#include <string>
#include <vector>

namespace culprit::cli {

struct Typed {
  std::vector<std::string> arguments;  // for CommandLine, the command first
  std::vector<std::string> command;    // behind the first "--"
};

// - "-C DIR", "--repo DIR" and "--state DIR" before the command go behind it;
// - what follows the first "--", and all that follows `run`, is the user's command, never ours to read;
// - other words for a command (k_aliases) become it, and so does what git's `bisect` has before it;
// - where a command follows "--" and none of ours stands before it, it is `bisect`: "BAD GOOD -- ./test.sh".
Typed typed(std::vector<std::string> words);

}  // namespace culprit::cli
