#include "identity/looks/printed.h"

#include <gtest/gtest.h>

#include "console/programs/shape.h"
#include "identity/identity.h"
#include "model/run/report.h"
#include "model/run_says.h"
#include "tests/unit/identity/runs.h"

namespace culprit::identity {
namespace {

using namespace testing;
using model::RunRecord;

model::Printed printed(const char* text, bool quiet = false) {
  model::Printed out = console::printed_of(text, quiet);
  if (!quiet) out.ended = "exit code 1";
  return out;
}

RunRecord failing(int where, const char* text) {
  RunRecord run = crash(where, "exit code 1");
  run.printed = printed(text);
  return run;
}

RunRecord passing(int where, const char* text) {
  RunRecord run = ok(where);
  run.printed = printed(text, true);
  return run;
}

double p_at(std::vector<RunRecord> runs, std::size_t run) {
  assess(runs, commit(9));
  return runs[run].p_target;
}

TEST(Shape, HasNothingThatChangesFromRunToRun) {
  EXPECT_EQ(console::shape_of("\x1b[31mrow 17\x1b[0m of 0x7ffd10 at 12:30:01.5"), "row N of H at N:N:N");
  EXPECT_EQ(console::shape_of("10 %\r55 %\rcopied all"), "copied all");
  EXPECT_EQ(console::shape_of("cannot open /tmp/tmp.Xy7Qa9/db"), "cannot open db");
  EXPECT_EQ(console::shape_of("cannot open /tmp/tmpa8k3x9z"), "cannot open TMP");
  EXPECT_EQ(console::shape_of("-----  ====="), "");
}

TEST(Shape, CountsThatAreZeroTellOfNoFailure) {
  EXPECT_TRUE(console::tells_of_failure("N:N:N,N ERROR worker N: row count mismatch"));
  EXPECT_FALSE(console::tells_of_failure("N errors, N warnings"));
  EXPECT_TRUE(console::tells_of_failure("cannot connect to port N"));
}

TEST(Printed, QuietRunsLinesSayNothing) {
  const char* both = "reading table\nfailed to load plugin, going on\n";
  std::vector<RunRecord> runs;
  add(runs, 3, failing(9, "reading table\nfailed to load plugin, going on\nrow 7 is corrupt\n"));
  add(runs, 1, failing(5, "reading table\nfailed to load plugin, going on\nno space on volume 3\n"));
  add(runs, 3, passing(4, both));
  EXPECT_LT(p_at(runs, 3), 0.15);
}

TEST(Printed, AnotherMessageIsAnotherFailureAndARewordedOneIsNot) {
  std::vector<RunRecord> runs;
  add(runs, 3, failing(9, "FATAL: table corrupt at row 12\n"));
  add(runs, 1, failing(6, "FATAL: table is corrupt (row 99)\n"));
  add(runs, 1, failing(5, "cannot connect to port 5432\n"));
  add(runs, 3, passing(4, "all is well\n"));
  EXPECT_GT(p_at(runs, 3), 0.9);
  EXPECT_LT(p_at(runs, 4), 0.15);
}

TEST(Printed, ContextAroundAMessageDoesNotMakeItAnother) {
  std::vector<RunRecord> runs;
  add(runs, 3, failing(9, "error: cannot read index 7, bad checksum 4 in header\n"));
  add(runs, 1, failing(6, "cannot read index 7: bad checksum 4\n"));
  add(runs, 3, passing(4, "all is well\n"));
  EXPECT_GT(p_at(runs, 3), 0.95);
}

// A wrapper prints nine lines with the words of failures around the one that says why.
TEST(Printed, WhatAWrapperPrintsAroundTwoReasonsMakesThemNotOne) {
  const std::string around =
      "ERROR: stage failed\nERROR: the following command failed: ./importer\nFATAL: pipeline aborted\n"
      "error: artifacts of the failed stage are kept\nERROR: job failed\n";
  const auto told = [&](const char* other, int runs_of_other) {
    std::vector<RunRecord> runs;
    add(runs, 3, failing(9, ("importer: row 7 has no key\n" + around).c_str()));
    add(runs, runs_of_other, failing(5, (other + around).c_str()));
    add(runs, 3, passing(4, "stage: ok\n"));
    return p_at(runs, 3);
  };
  EXPECT_LT(told("importer: port 5432 is in use\n", 3), 0.3);
  EXPECT_GT(told("importer: the row 9 has no key\n", 3), 0.9);
  // Seen once, a line may be of the moment.
  EXPECT_GT(told("importer: port 5432 is in use\n", 1), 0.3);
}

RunRecord failing_tests(int where, const std::vector<std::string>& names) {
  std::vector<model::CrashReport> reports;
  std::string text;
  for (const std::string& name : names) {
    model::CrashReport one = report("test failure in " + name);
    one.type = "TEST";
    one.rule = "program/go-test";
    reports.push_back(one);
    text += "--- FAIL: " + name + "\n";
  }
  RunRecord run = reported(where, reports);
  run.printed = printed(text.c_str());
  return run;
}

// A suite that was never green.
TEST(Tests, WhatFailsAtTheGoodEndTooIsNotTheBug) {
  std::vector<RunRecord> runs;
  add(runs, 3, failing_tests(9, {"TestOld", "TestNew"}));
  add(runs, 3, failing_tests(1, {"TestOld"}));
  Context context;
  context.good = {commit(1)};
  assess(runs, commit(9), context);
  EXPECT_GT(runs[0].p_target, 0.9);
  EXPECT_LT(runs[3].p_target, 0.15);
  EXPECT_EQ(model::what_says(runs[3]), model::RunSays::quiet);
}

TEST(Tests, OneThatFailsBesideTheBugHidesNothing) {
  for (const bool both : {false, true}) {
    std::vector<RunRecord> runs;
    add(runs, 3, failing_tests(9, {"TestNew"}));
    add(runs, 2, failing_tests(5, {"TestOld"}));
    if (both) add(runs, 1, failing_tests(7, {"TestOld", "TestNew"}));
    assess(runs, commit(9));
    EXPECT_EQ(model::what_says(runs[3]) == model::RunSays::quiet, both);
  }
}

TEST(SteadyLines, AreInAllFailingRunsOfARevision) {
  SteadyLines steady;
  steady.add("one", {"a", "b"});
  EXPECT_FALSE(steady.has("a"));
  steady.add("one", {"a", "c"});
  EXPECT_TRUE(steady.has("a"));
  EXPECT_FALSE(steady.has("b"));
  steady.add("two", {"a"});
  steady.add("two", {"d"});
  EXPECT_FALSE(steady.has("a"));
}

TEST(Printed, SilentStepsAreToldByWhereTheyStop) {
  std::vector<RunRecord> runs;
  add(runs, 3, failing(9, "unpacking\nsorting\n"));
  add(runs, 1, failing(5, "unpacking\n"));
  add(runs, 3, passing(4, "unpacking\nsorting\ndone\n"));
  EXPECT_LT(p_at(runs, 3), 0.15);
}

TEST(Printed, TheReasonsQuoteTheOutput) {
  std::vector<RunRecord> runs;
  add(runs, 3, failing(9, "FATAL: table corrupt at row 12\n"));
  add(runs, 1, failing(5, "cannot connect to port 5432\n"));
  const Assessment got = assess(runs, commit(9));
  EXPECT_NE(got.explain(3).find("\"cannot connect to port N\""), std::string::npos) << got.explain(3);
}

TEST(Printed, WhatTheUserSaysDecides) {
  std::vector<RunRecord> runs;
  add(runs, 3, failing(9, "table corrupt\n"));
  add(runs, 5, failing(9, "port in use\n"));
  add(runs, 1, failing(5, "table corrupt\n"));
  for (RunRecord& run : runs)
    run.printed.told = run.printed.last == "table corrupt" ? model::Told::bug : model::Told::other;
  EXPECT_GT(p_at(runs, 0), 0.9);
  EXPECT_LT(p_at(runs, 3), 0.05);
  EXPECT_GT(p_at(runs, 8), 0.9);
}

TEST(Shape, HashesAndTemporaryNamesWithinWordsAreTakenOut) {
  const std::string shape =
      console::shape_of("worker 0b7aa0a2-7e57-4f0e-9a1b-06c2fdbe5c11 in /tmp/tmp.EgVqNQyrbl/x");
  EXPECT_EQ(shape, console::shape_of("worker ffe7c1d2-1111-4f0e-8abc-0123456789ab in /tmp/tmp.abcdefghij/x"));
  EXPECT_EQ(shape, "worker H in x");
  EXPECT_EQ(console::shape_of("starts in /tmp/tmp.abcdefghij"), "starts in TMP");
  EXPECT_EQ(console::shape_of("deps/p-0a1b2c3d12 failed"), "p-H failed");
  EXPECT_EQ(console::shape_of("x86_64-linux took 0.01s"), "xN_N-linux took Ns");
}

TEST(Printed, WhereNothingSaysWhyTheFurtherStepTells) {
  std::vector<RunRecord> runs = {failing(9, "checking\nunpacking\nsorting\n"),
                                 failing(5, "checking\nunpacking\n"),
                                 failing(6, "unpacking\nchecking\nsorting\n")};
  EXPECT_LT(p_at(runs, 1), 0.15);
  EXPECT_GT(p_at(runs, 2), 0.5);
}

// The same words, but for what sort of end it was.
TEST(Printed, NoTestNoCommandAndNoMemoryAreNoFailures) {
  const auto titled = [](int where, const char* title, const char* end = "exit code 1") {
    RunRecord run = crash(where, title);
    run.printed = printed("rows differ in table\n");
    run.printed.ended = end;
    return run;
  };
  const std::vector<RunRecord> runs = {titled(9, "exit code 1: rows differ in table"),
                                       titled(8, "exit code 1: rows differ in table"),
                                       titled(7, "no test ran: rows differ in table"),
                                       titled(6, "exit code 127: rows differ in table", "exit code 127"),
                                       titled(5, "exit code 1: Out of memory!"),
                                       titled(4, "command not found: rows differ in table")};
  EXPECT_GT(p_at(runs, 1), 0.5);
  for (const std::size_t other : {2, 3, 4, 5}) EXPECT_LT(p_at(runs, other), 0.15) << other;
}

}  // namespace
}  // namespace culprit::identity
