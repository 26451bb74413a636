// Failures that were met on the way and are not the bug.
#pragma once

#include <string>
#include <vector>

#include "output/summary/summary.h"

namespace culprit::output {

struct OtherFailure {
  std::string title;  // "exit code 1: cannot connect to port N"; of a hang "no end within its time"
  std::size_t runs = 0;
  std::vector<std::string> revisions;  // release tags, else short ids, in the order in which they were tested
};

// By title, most frequent first. Of programs only: a kernel's are in the table of what was tested.
std::vector<OtherFailure> other_failures(const Summary& summary);

// "TITLE, at v1.3, 5b5a223eeb63 and 4 more (6 runs)"
std::string line_of(const OtherFailure& failure);

}  // namespace culprit::output
