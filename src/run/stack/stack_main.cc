// culprit-stack: the parent of a command that is run once more, to see where it dies. `culprit-stack REPORT SIGNAL
// PROGRAM ARGUMENT...`; SIGNAL and REPORT are TraceOptions'. A program of its own, since only the thread that seized
// a process may look at it, since waitpid must see children of any kind, and since a debug format that a library
// does not survive ends this and not culprit.
#include <cstdio>
#include <cstdlib>

#include "run/stack/tracer.h"

namespace {

// No code of a command that ran: process_verdict.cc ends a bisection at it, and nobody dies of that.
constexpr int k_not_traced = 254;

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fputs("culprit-stack: culprit starts this program by itself\n", stderr);
    return 2;
  }
  const auto ended = culprit::run::trace(argv + 3, {.signal = std::atoi(argv[2]), .report = argv[1]});
  if (!ended) {
    std::fprintf(stderr, "\nculprit-stack: %s\n", ended.error().what.c_str());
    return k_not_traced;
  }
  return *ended;
}
