// What programs say, beside each other: verdicts take back, repetitions are folded, nothing is lost or reordered.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "console/console.h"

namespace culprit::console {
namespace {

constexpr std::string_view k_traceback =
    "Traceback (most recent call last):\n  File \"/srv/a.py\", line 3, in load\n    x\nKeyError: 'a'\n";

std::vector<std::string> titles(const std::string& console, const ReadOptions& options = {}) {
  std::vector<std::string> out;
  for (const model::CrashReport& r : read(console, options).reports) out.push_back(r.title);
  return out;
}

using Titles = std::vector<std::string>;

TEST(ProgramReports, AVerdictTakesBackWhatCameSinceTheLastOne) {
  const std::string traceback(k_traceback);
  const std::string passed = "Ran 3 tests in 0.001s\n\nOK\n";
  EXPECT_EQ(titles(traceback), Titles{"KeyError in load"});
  EXPECT_EQ(titles(traceback + passed), Titles{});
  EXPECT_EQ(titles(passed + traceback), Titles{"KeyError in load"});
  EXPECT_EQ(titles(traceback + passed + traceback + passed), Titles{});
}

TEST(ProgramReports, NoVerdictTakesBackASanitizer) {
  EXPECT_EQ(titles("a.c:3:5: runtime error: division by zero\ntest result: ok. 2 passed\n"),
            Titles{"UndefinedBehaviorSanitizer: division by zero in a.c"});
}

TEST(ProgramReports, ProgramsInAKernelsConsoleAreTheGuestsAffair) {
  EXPECT_EQ(titles(std::string(k_traceback), {.subject = model::Subject::kernel}), Titles{});
  EXPECT_EQ(titles("[    1.000000] Linux version 6.1\n" + std::string(k_traceback)), Titles{});
}

TEST(ProgramReports, EachOfManyFailingTestsIsOneReportInOrder) {
  std::string console;
  Titles expected;
  for (int i = 0; i < 700; ++i) {
    console += fmt::format("--- FAIL: Test{} (0.00s)\n    a_test.go:{}: no\n", i, i + 1);
    expected.push_back(fmt::format("test failure in Test{}", i));
  }
  EXPECT_EQ(titles(console + "FAIL\texample.com/a\t0.1s\n"), expected);
}

TEST(ProgramReports, AFailureThatIsNamedAgainIsOne) {
  EXPECT_EQ(
      titles("[ RUN      ] Ring.Puts\nring.cc:3: Failure\nExpected: 1\nring.cc:4: Failure\nExpected: 2\n"
             "[  FAILED  ] Ring.Puts (0 ms)\n[  FAILED  ] 1 test, listed below:\n[  FAILED  ] Ring.Puts\n"),
      Titles{"test failure in Ring.Puts"});
}

TEST(ProgramReports, TheFirstErrorOfAFileStandsForTheOthers) {
  EXPECT_EQ(
      titles("a.c:3:5: error: 'x' undeclared\na.c:4:1: error: expected ';'\nb.c:1:1: error: expected ';'\n"
             "collect2: error: ld returned 1 exit status\nmake: *** [Makefile:3: a] Error 1\n"),
      (Titles{"error: 'x' undeclared in a.c", "error: expected ';' in b.c"}));
}

TEST(ProgramReports, ATitleHasNoNumbersAndNoPlacesOfOneMachine) {
  EXPECT_EQ(titles("/tmp/build-1234/a.c:3:5: error: unknown type name ‘slot’ at 0x7f12ab34\n"),
            Titles{"error: unknown type name 'slot' at ADDR in a.c"});
}

}  // namespace
}  // namespace culprit::console
