#include "console/programs/ran.h"

#include <gtest/gtest.h>

namespace culprit::console {
namespace {

std::string none(std::string_view console) { return no_test_ran(console).line; }

TEST(Ran, RunnersSayThatTheyRanNothing) {
  for (const char* said : {
           "collected 0 items\n\n============ no tests ran in 0.01s ============\n",
           "collected 3 items / 3 deselected\n\n====== 3 deselected in 0.02s ======\n",
           "ss\n======= 2 skipped in 0.01s =======\n",
           "\n----------------------------------------------------------------------\nRan 0 tests in "
           "0.000s\n\nOK\n",
           "s\n----\nRan 1 test in 0.000s\n\nOK (skipped=1)\n",
           "ok  \texample.org/x\t0.003s [no tests to run]\n?   \texample.org/x/y\t[no test files]\n",
           "running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 5 filtered out; "
           "finished in "
           "0.00s\n",
           "Note: Google Test filter = Foo.*\n[==========] Running 0 tests from 0 test suites.\n[==========] "
           "0 tests from 0 "
           "test suites ran. (0 ms total)\n[  PASSED  ] 0 tests.\n",
           "Test project /src/build\nNo tests were found!!!\n",
           "No tests found, exiting with code 1\nRun with `--passWithNoTests` to exit with code 0\n",
           "Test Suites: 1 skipped, 0 of 1 total\nTests:       3 skipped, 3 total\nSnapshots:   0 total\n",
           "\n\n  0 passing (1ms)\n\n",
           "TAP version 13\n1..0\n# tests 0\n# pass 0\n# fail 0\n",
           "Files=1, Tests=0,  0 wallclock secs\nResult: NOTESTS\n",
           "0 examples, 0 failures\n",
           "0 runs, 0 assertions, 0 failures, 0 errors, 0 skips\n",
       })
    EXPECT_NE(none(said), "") << said;
}

TEST(Ran, OneTestIsEnough) {
  for (const char* said : {
           "all is well\n",
           "===== 12 passed, 3 skipped in 0.10s =====\n",
           "===== 1 failed, 2 passed, 1 deselected in 0.10s =====\n",
           "..s\n----\nRan 3 tests in 0.000s\n\nOK (skipped=1)\n",
           "ok  \texample.org/x\t0.003s\n?   \texample.org/x/y\t[no test files]\n",
           "ok  \texample.org/x\t0.003s\tcoverage: 50.0% of statements\n?   \texample.org/x/y\t[no test "
           "files]\n",
           "ok  \texample.org/x\t(cached)\n?   \texample.org/x/y\t[no test files]\n",
           "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 5 filtered out; finished in 0.00s\n"
           "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 4 filtered out; finished in 0.00s\n",
           "[==========] Running 2 tests from 1 test suite.\n[  PASSED  ] 2 tests.\n",
           "100% tests passed, 0 tests failed out of 3\n",
           "Tests:       1 skipped, 2 passed, 3 total\n",
           "ok 1 - rows\n1..1\n# tests 1\n# pass 1\n",
       })
    EXPECT_EQ(none(said), "") << said;
}

TEST(Ran, TheLineIsToldWithoutRuleAndTime) {
  EXPECT_EQ(none("=== no tests ran in 0.01s ===\n"), "no tests ran");
  EXPECT_EQ(none("ok  \tx\t0.003s [no tests to run]\n"), "ok   x [no tests to run]");
}

TEST(Ran, WhatFailsBehindItIsAnotherMatter) {
  const std::string quiet = "Ran 0 tests in 0.000s\n\nOK\n";
  EXPECT_TRUE(no_test_ran(quiet).last);
  EXPECT_TRUE(no_test_ran(quiet + "make: *** [Makefile:2: test] Error 5\n").last);
  EXPECT_FALSE(no_test_ran(quiet + "FATAL: table is corrupt\n").last);
}

TEST(Ran, UnittestFailsATestThatIsNotThereInItsLoadersName) {
  const std::string absent =
      "E\n======\nERROR: test_gone (unittest.loader._FailedTest.test_gone)\n-----\n"
      "AttributeError: type object 'T' has no attribute 'test_gone'\n\n-----\nRan 1 test in 0.000s\n\nFAILED "
      "(errors=1)\n";
  EXPECT_EQ(none(absent), "AttributeError: type object 'T' has no attribute 'test_gone'");
  EXPECT_TRUE(no_test_ran(absent).absent);
  const std::string broken =
      "E\n======\nERROR: test_m (unittest.loader._FailedTest.test_m)\n-----\nImportError: Failed to import "
      "test module: "
      "test_m\nModuleNotFoundError: No module named 'yaml'\n\n-----\nRan 1 test in 0.000s\n\nFAILED "
      "(errors=1)\n";
  EXPECT_EQ(none(broken), "");
}

TEST(Ran, WhatIsNotThereToRun) {
  for (const char* line :
       {"sh: 1: pytest: not found", "t.sh: line 3: jq: command not found",
        "make: *** No rule to make target 'test'.  Stop.", "make: *** [Makefile:2: test] Error 127",
        "python3: can't open file '/w/t.py': [Errno 2] No such file or directory",
        "sh: 0: cannot open t.sh: No such file"})
    EXPECT_TRUE(tells_of_no_command(line)) << line;
  for (const char* line : {"error: key x: not found", "cat: data: No such file or directory",
                           "make: *** No rule to make target 'a.h', needed by 'a.o'.  Stop.",
                           "make: *** [Makefile:2: test] Error 1"})
    EXPECT_FALSE(tells_of_no_command(line)) << line;
  EXPECT_TRUE(says_that_nothing_was_there("checking\nsh: 1: pytest: not found\n"));
  EXPECT_FALSE(says_that_nothing_was_there("FATAL: table is corrupt\nsh: 1: gdb: not found\n"));
}

TEST(Ran, WantOfMemoryIsToldInManyWords) {
  for (const char* text :
       {"MemoryError in load", "uncaught exception std::bad_alloc",
        "java.lang.OutOfMemoryError in Store.grow", "exit code 1: Out of memory!",
        "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
        "memory allocation of 99 bytes failed", "SIGKILL: out of memory"})
    EXPECT_TRUE(tells_of_no_memory(text)) << text;
  EXPECT_FALSE(tells_of_no_memory("LeakSanitizer: memory leak in load"));
}

TEST(Ran, WhatBecameOfATest) {
  const std::string listed = "test_m.py::test_a PASSED [ 50%]\ntest_m.py::test_b FAILED [100%]\n";
  EXPECT_EQ(fate_of_tests(listed, {"test_a"}), Fate::passed);
  EXPECT_EQ(fate_of_tests(listed, {"test_c"}), Fate::unrun);
  EXPECT_EQ(fate_of_tests(".F\n1 failed, 1 passed in 0.01s\n", {"test_a"}), Fate::unknown);
  EXPECT_EQ(
      fate_of_tests("test_a (m.T.test_a) ... ok\ntest_b (m.T.test_b) ... skipped 'no net'\n", {"test_b"}),
      Fate::unrun);
  EXPECT_EQ(fate_of_tests("--- PASS: TestRows (0.00s)\n", {"TestRows"}), Fate::passed);
  EXPECT_EQ(fate_of_tests("--- PASS: TestRowsOfMany (0.00s)\n", {"TestRows"}), Fate::unrun);
}

TEST(Ran, ASuiteThatStopsAtItsFirstFailureDidNotRunToItsEnd) {
  EXPECT_TRUE(ran_to_its_end("==== 1 failed, 4 passed in 0.10s ====\n"));
  EXPECT_FALSE(
      ran_to_its_end("!!!! stopping after 1 failures !!!!\n==== 1 failed, 4 passed in 0.10s ====\n"));
  EXPECT_FALSE(ran_to_its_end("==== 1 failed in 0.10s ====\n"));
  EXPECT_TRUE(ran_to_its_end("F..\n======\nRan 3 tests in 0.001s\n\nFAILED (failures=1)\n"));
}

}  // namespace
}  // namespace culprit::console
