// Whether what was to run did run, in the words of runners of tests, shells and interpreters; and what became of one test.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace culprit::console {

// A runner of tests that ran none.
struct NoTest {
  std::string line;     // by which it says so; empty: tests ran, or no runner speaks
  bool last = false;    // nothing behind that line says that anything else failed
  bool absent = false;  // it is what the reports of the run are about
};
NoTest no_test_ran(std::string_view console);

// Does a line say that there is nothing of that name to run: of a shell, make, npm, an interpreter?
bool tells_of_no_command(std::string_view line);
// Is that all that a run says went wrong?
bool says_that_nothing_was_there(std::string_view console);
// What a run is called that failed so, unless its exit code says it (126, 127).
inline constexpr std::string_view k_no_command = "command not found";

// Does a title or a line say that memory ran out?
bool tells_of_no_memory(std::string_view text);

// As people say a test: "test_b" for T.test_b, "parse" for suite/parse and pkg::parse; nothing that stands within a word.
bool names_test(std::string_view text, std::string_view name);

// What became of tests that are not among those that failed.
enum class Fate {
  unknown,  // the runner does not list what passed
  passed,   // all of them
  unrun,    // it lists others, or says that they were skipped
};
Fate fate_of_tests(std::string_view console, const std::vector<std::string>& tests);

// Did a suite that failed go on to its end, and did some of its tests pass?
bool ran_to_its_end(std::string_view console);

}  // namespace culprit::console
