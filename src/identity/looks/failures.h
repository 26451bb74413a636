// Failures of programs that are no crashes: exceptions, tests, builds, exit codes, hangs.
#pragma once

#include "identity/looks/likeness.h"

namespace culprit::identity {

// Both are a program's, and at least one has no stack to be known by.
bool are_failures(const Face& a, const Face& b);

// Both are tests of a suite, under names of which neither may be the other's old one.
bool are_other_tests(const Face& a, const Face& b);

// How alike they are: by what the user said of them, by the sort of end, by what they name, by what was printed. The
// reasons quote the output.
Likeness likeness_of_failures(const Face& a, const Face& b, const QuietLines& quiet,
                              const SteadyLines& steady);

}  // namespace culprit::identity
