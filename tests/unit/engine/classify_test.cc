// What a run amounts to: every way in which a runner can end, with every kind of console.
#include "engine/classify.h"
#include "model/run/report.h"
#include "model/subject.h"
#include "run/oom.h"

#include <gtest/gtest.h>

namespace culprit::engine {
namespace {

using model::ConsoleReading;
using model::CrashReport;
using model::OutcomeKind;
using model::RawRun;

// The two places that know how the subject is named.
base::Result<RunReading> of_command(const RawRun& raw, const ConsoleReading& console = {}) {
  return classify(model::Subject::program, raw, console);
}
RunReading of_kernel(const RawRun& raw, const ConsoleReading& console = {}) {
  return classify(model::Subject::kernel, raw, console).value();
}

RawRun exited(int code) {
  RawRun raw;
  raw.end = RawRun::End::exited;
  raw.exit_code = code;
  return raw;
}
RawRun ended(RawRun::End end) {
  RawRun raw;
  raw.end = end;
  return raw;
}
// A guest with 1,000 bytes of console, of which the first 400 are its boot.
RawRun guest(RawRun::End end) {
  RawRun raw = ended(end);
  raw.exit_code = 0;
  raw.console = std::string(1000, '.');
  raw.test_start = 400;
  return raw;
}

CrashReport report(std::string title, std::size_t start = 0) {
  CrashReport out;
  out.title = std::move(title);
  out.start = start;
  out.end = start + 100;
  out.text = "its lines";
  return out;
}
CrashReport noise(std::size_t start = 0) {
  CrashReport out = report("out of memory: Killed process", start);
  out.suppressed = true;
  return out;
}

std::string said(const RunReading& reading) {
  return std::string(name_of(kind_of(reading.outcome))) + ": " + std::string(text_of(reading.outcome));
}
std::string said(const base::Result<RunReading>& reading) {
  return reading ? said(*reading) : "error: " + reading.error().what;
}

TEST(ClassifyCommand, TheExitCodeDecides) {
  EXPECT_EQ(said(of_command(exited(0))), "ok: ");
  EXPECT_EQ(said(of_command(exited(1))), "crashed: exit code 1");
  EXPECT_EQ(said(of_command(exited(124))), "crashed: exit code 124");
  EXPECT_EQ(said(of_command(exited(125))), "test_failed: the command answered skip (exit code 125)");
  EXPECT_EQ(said(of_command(exited(126))), "crashed: exit code 126");
  EXPECT_EQ(said(of_command(exited(127))), "crashed: exit code 127");
  EXPECT_EQ(said(of_command(exited(128 + 11))), "crashed: SIGSEGV");
  EXPECT_EQ(said(of_command(exited(128))),
            "error: the command ended with exit code 128, which ends a bisection");
  EXPECT_EQ(said(of_command(exited(255))),
            "error: the command ended with exit code 255, which ends a bisection");
  EXPECT_EQ(of_command(exited(255)).error().kind, base::ErrorKind::usage);
}

TEST(ClassifyCommand, AProgramThatSaysThatItDiedDoesNotEndTheBisectionByItsCode) {
  RawRun died = exited(255);
  died.console = "1..2\nrow 3 is wrong at lib/rows.pl line 41.\n";
  EXPECT_TRUE(said(of_command(died)).starts_with("crashed: exit code 255"));
  died.console = "no such row at lib/rows.pl line 41, <STDIN> line 3.\n";
  EXPECT_TRUE(said(of_command(died)).starts_with("crashed: exit code 255"));
  died.console = "PHP Fatal error: ...\n";
  EXPECT_EQ(said(of_command(died, {.reports = {report("Error in a.php")}})), "crashed: Error in a.php");
  died.console = "ssh: connect to host db port 22: Connection refused\n";
  EXPECT_TRUE(said(of_command(died)).starts_with("error: "));
}

TEST(ClassifyCommand, OtherEnds) {
  RawRun killed = ended(RawRun::End::signaled);
  killed.signal = 6;
  EXPECT_EQ(said(of_command(killed)), "crashed: SIGABRT");
  EXPECT_EQ(said(of_command(ended(RawRun::End::timed_out))), "timed_out: ");
  EXPECT_EQ(said(of_command(ended(RawRun::End::died))), "infra: the run ended without saying how");
  RawRun lost = ended(RawRun::End::infra);
  lost.infra_text = "fork: no memory";
  EXPECT_EQ(said(of_command(lost)), "infra: fork: no memory");
  RawRun not_started = exited(0);
  not_started.test_started = false;
  not_started.console = "no artifact";
  EXPECT_EQ(said(of_command(not_started)), "test_failed: no artifact");
}

TEST(ClassifyCommand, OnlyARunWithoutFaultRanItsCourse) {
  EXPECT_TRUE(of_command(exited(0))->completed);
  for (const int code : {1, 125, 139}) EXPECT_FALSE(of_command(exited(code))->completed) << code;
  EXPECT_FALSE(of_command(ended(RawRun::End::timed_out))->completed);
  EXPECT_FALSE(of_command(ended(RawRun::End::infra))->completed);
}

TEST(ClassifyCommand, TheConsoleSaysWhatAFailureWas) {
  const auto reading = of_command(exited(1), {.reports = {noise(), report("heap-buffer-overflow in parse"),
                                                          report("SEGV in main", 200)}});
  EXPECT_EQ(said(reading), "crashed: heap-buffer-overflow in parse");
  ASSERT_EQ(reading->reports.size(), 2U);
  EXPECT_EQ(reading->reports[0].title, "heap-buffer-overflow in parse");
  EXPECT_EQ(reading->reports[0].text, "its lines");
  EXPECT_TRUE(reading->boot_reports.empty());
}

TEST(ClassifyCommand, AReportOfARunThatExitsWellIsNotHeld) {
  const auto reading = of_command(exited(0), {.reports = {report("WARNING in probe")}});
  EXPECT_EQ(said(reading), "ok: ");
  EXPECT_TRUE(reading->reports.empty());
  EXPECT_TRUE(of_command(exited(125), {.reports = {report("WARNING in probe")}})->reports.empty());
}

RawRun printing(int code, const char* console) {
  RawRun run = exited(code);
  run.console = console;
  return run;
}

TEST(ClassifyCommand, WhatPassesBecauseNothingRanIsUntested) {
  EXPECT_EQ(said(of_command(printing(0, "[  PASSED  ] 0 tests.\n"))),
            "test_failed: no test ran: [  PASSED  ] 0 tests.");
  EXPECT_EQ(said(of_command(printing(0, "[  PASSED  ] 3 tests.\n"))), "ok: ");
  EXPECT_EQ(said(of_command(printing(5, "== no tests ran in 0.01s ==\n"))),
            "crashed: no test ran: no tests ran");
  EXPECT_EQ(said(of_command(printing(1, "Ran 0 tests in 0.0s\n\nOK\nrows differ\n"))),
            "crashed: exit code 1: rows differ");
  const RawRun none = printing(0, "Ran 0 tests in 0.0s\n\nOK\n");
  EXPECT_EQ(said(classify(model::Subject::program, none, {}, {}, false)), "ok: ");
}

TEST(ClassifyCommand, ATestThatTheUserNamesPassedOrDidNotRun) {
  const Sought rows = Sought::create({}, {}, {"test_rows"}).value();
  model::CrashReport other = report("AssertionError in T.test_other");
  other.type = "TEST";
  const auto read = [&](int code, const char* console) {
    return classify(model::Subject::program, printing(code, console), {.reports = {other}}, rows).value();
  };
  EXPECT_TRUE(read(1, "test_rows (t.T) ... ok\ntest_other (t.T) ... FAIL\n").completed);
  EXPECT_FALSE(read(1, "test_cols (t.T) ... ok\ntest_other (t.T) ... FAIL\n").completed);
  EXPECT_TRUE(read(1, "F..\n====\nRan 3 tests in 0.1s\n\nFAILED (failures=1)\n").completed);
  EXPECT_FALSE(read(1, "killed\n").completed);
  EXPECT_EQ(kind_of(read(0, "test_cols (t.T) ... ok\n").outcome), model::OutcomeKind::test_failed);
}

TEST(ClassifyCommand, WhatTheKernelKillsForMemoryIsToldApart) {
  RawRun killed = ended(RawRun::End::signaled);
  killed.signal = 9;
  EXPECT_EQ(said(of_command(killed)), "crashed: SIGKILL");
  killed.console = std::string(run::k_oom_line) + "\n";
  EXPECT_EQ(said(of_command(killed)), "crashed: SIGKILL: out of memory");
}

TEST(ClassifyCommand, NoiseIsNoTitle) {
  const auto reading = of_command(exited(1), {.reports = {noise()}});
  EXPECT_EQ(said(reading), "crashed: exit code 1");
  EXPECT_TRUE(reading->reports.empty());
}

TEST(ClassifyKernel, AQuietRunIsOkWhateverTheReproducerReturns) {
  for (const int code : {0, 1, 125, 255}) {
    RawRun raw = guest(RawRun::End::exited);
    raw.exit_code = code;
    const RunReading reading = of_kernel(raw);
    EXPECT_EQ(said(reading), "ok: ") << code;
    EXPECT_TRUE(reading.completed);
  }
}

TEST(ClassifyKernel, AReportAfterTheStartIsACrash) {
  const ConsoleReading console{.reports = {report("WARNING in probe", 399),
                                           report("KASAN: use-after-free", 400),
                                           report("WARNING in late", 700)}};
  const RunReading reading = of_kernel(guest(RawRun::End::died), console);
  EXPECT_EQ(said(reading), "crashed: KASAN: use-after-free");
  EXPECT_FALSE(reading.completed);
  ASSERT_EQ(reading.reports.size(), 2U);
  EXPECT_EQ(reading.reports[1].title, "WARNING in late");
  EXPECT_EQ(reading.reports[0].text, "its lines");
  ASSERT_EQ(reading.boot_reports.size(), 1U);
  EXPECT_EQ(reading.boot_reports[0].title, "WARNING in probe");
  EXPECT_EQ(reading.boot_reports[0].text, "") << "its text is in the console";
}

TEST(ClassifyKernel, AReproducerThatGoesOnAfterAReportRanItsCourse) {
  const RunReading reading =
      of_kernel(guest(RawRun::End::exited), {.reports = {report("WARNING in hsr_xmit", 500)}});
  EXPECT_EQ(said(reading), "crashed: WARNING in hsr_xmit");
  EXPECT_TRUE(reading.completed);
}

TEST(ClassifyKernel, AReportOfTheBootAloneIsNoCrash) {
  const RunReading reading =
      of_kernel(guest(RawRun::End::exited), {.reports = {report("WARNING in probe", 10)}});
  EXPECT_EQ(said(reading), "ok: ");
  EXPECT_TRUE(reading.completed);
  EXPECT_EQ(reading.boot_reports.size(), 1U);
}

TEST(ClassifyKernel, ASilentDeathIsACrash) {
  const RunReading reading = of_kernel(guest(RawRun::End::died), {.reports = {noise(500)}});
  EXPECT_EQ(said(reading), "crashed: lost connection to test machine");
  EXPECT_TRUE(reading.reports.empty());
  EXPECT_FALSE(reading.completed);
}

TEST(ClassifyKernel, ADeadlineIsATimeoutUnlessThereWasAReport) {
  EXPECT_EQ(said(of_kernel(guest(RawRun::End::timed_out))), "timed_out: ");
  const RunReading hung =
      of_kernel(guest(RawRun::End::timed_out), {.reports = {report("INFO: hung task", 500)}});
  EXPECT_EQ(said(hung), "crashed: INFO: hung task");
  EXPECT_FALSE(hung.completed);
}

TEST(ClassifyKernel, WhatDoesNotComeUpFailedToBoot) {
  RawRun raw = guest(RawRun::End::died);
  raw.booted = raw.test_started = false;
  EXPECT_EQ(said(of_kernel(raw)), "boot_failed: ended before the ready mark");
  raw.end = RawRun::End::timed_out;
  EXPECT_EQ(said(of_kernel(raw)), "boot_failed: no ready mark in time");
  const RunReading reading =
      of_kernel(raw, {.reports = {noise(), report("panic: VFS: Unable to mount root", 1000)}});
  EXPECT_EQ(said(reading), "boot_failed: panic: VFS: Unable to mount root");
  EXPECT_TRUE(reading.reports.empty());
  ASSERT_EQ(reading.boot_reports.size(), 1U) << "a report at the very end of the console too";
  EXPECT_EQ(reading.boot_reports[0].text, "");
  EXPECT_FALSE(reading.completed);
}

TEST(ClassifyKernel, TheRunnersReasonIsTold) {
  RawRun raw = guest(RawRun::End::timed_out);
  raw.booted = raw.test_started = false;
  raw.reason = "boot_timeout of 300 ms is over";
  EXPECT_EQ(said(of_kernel(raw)), "boot_failed: boot_timeout of 300 ms is over");
  raw.reason = "16 MB are too few to boot";
  EXPECT_EQ(said(of_kernel(raw, {.reports = {report("kernel panic: no init", 10)}})),
            "boot_failed: kernel panic: no init (16 MB are too few to boot)");
  raw.booted = true;
  raw.reason = "the guest has 2 of 4 CPUs";
  EXPECT_EQ(said(of_kernel(raw)), "test_failed: the guest has 2 of 4 CPUs");
}

TEST(ClassifyKernel, WhatWasLostWithoutAReportIsTheMachinesFault) {
  RawRun lost = guest(RawRun::End::died);
  lost.lost = true;
  lost.infra_text = "the machine does not answer";
  EXPECT_EQ(said(of_kernel(lost)), "infra: the machine does not answer");
  EXPECT_EQ(said(of_kernel(lost, {.reports = {report("WARNING in boot", 10)}})),
            "infra: the machine does not answer");
  EXPECT_EQ(said(of_kernel(lost, {.reports = {report("BUG in f", 500)}})), "crashed: BUG in f");
  lost.booted = false;
  EXPECT_EQ(said(of_kernel(lost)), "infra: the machine does not answer");
  EXPECT_EQ(said(of_kernel(lost, {.reports = {report("BUG in boot", 10)}})), "boot_failed: BUG in boot");
}

TEST(ClassifyKernel, TheReproducersEndIsKept) {
  RawRun raw = guest(RawRun::End::exited);
  raw.exit_code = 3;
  EXPECT_EQ(of_kernel(raw).end, "exit code 3");
  raw.end = RawRun::End::signaled;
  raw.signal = 11;
  EXPECT_EQ(of_kernel(raw).end, "SIGSEGV");
  EXPECT_FALSE(of_kernel(raw).completed) << "the start's runs tell whether that is its end";
  raw.end = RawRun::End::timed_out;
  raw.signal = 9;
  EXPECT_EQ(of_kernel(raw).end, "time limit");
  raw.signal = 0;
  EXPECT_EQ(of_kernel(raw).end, "") << "the guest hung, not the reproducer";
  EXPECT_EQ(of_kernel(guest(RawRun::End::died)).end, "");
}

TEST(ClassifyKernel, WhatComesUpAndNeverStartsTheReproducerFailedItsTest) {
  RawRun raw = guest(RawRun::End::exited);
  raw.test_started = false;
  const RunReading reading = of_kernel(raw);
  EXPECT_EQ(said(reading), "test_failed: the check before the reproducer did not end");
  EXPECT_FALSE(reading.completed);
  EXPECT_EQ(said(of_kernel(raw, {.reports = {report("BUG in init", 700)}})), "test_failed: BUG in init");
  EXPECT_EQ(of_kernel(raw, {.reports = {report("BUG in init", 700)}}).boot_reports.size(), 1U);
}

TEST(ClassifyKernel, TheMachinesFaultComesBeforeAllElse) {
  RawRun raw = guest(RawRun::End::infra);
  raw.infra_text = "qemu: could not set up host forwarding";
  raw.booted = false;
  const RunReading reading = of_kernel(raw, {.reports = {report("BUG in init", 700)}});
  EXPECT_EQ(said(reading), "infra: qemu: could not set up host forwarding");
  EXPECT_FALSE(reading.completed);
  EXPECT_TRUE(reading.reports.empty() && reading.boot_reports.empty());
}

}  // namespace
}  // namespace culprit::engine
