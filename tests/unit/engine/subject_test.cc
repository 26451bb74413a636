// What a run amounts to depends on what was run: the console reader and the classifier are told the same
// subject.

#include "model/subject.h"

#include <gtest/gtest.h>

#include "console/console.h"
#include "engine/classify.h"

namespace culprit::engine {
namespace {

using model::RawRun;
using model::Subject;

// As the engine reads a run.
RunReading read_run(Subject subject, const RawRun& raw) {
  auto reading = classify(subject, raw, console::read(raw.console, {.subject = subject}));
  EXPECT_TRUE(reading);
  return reading ? std::move(*reading) : RunReading{};
}

RawRun printed(std::string console, int exit_code) {
  return {.end = RawRun::End::exited, .exit_code = exit_code, .console = std::move(console)};
}

TEST(Subject, SegmentationFaultOfAGuestsProgramIsNoCrashOfAKernelWithoutTimeStamps) {
  const RawRun raw = printed("Linux version 6.1.0 (gcc)\nrepro: started\nSegmentation fault\n", 139);
  const RunReading reading = read_run(Subject::kernel, raw);
  EXPECT_EQ(kind_of(reading.outcome), model::OutcomeKind::ok);
  EXPECT_TRUE(reading.reports.empty());
  EXPECT_TRUE(reading.boot_reports.empty());
  EXPECT_TRUE(reading.completed);
}

TEST(Subject, AKernelsReportCountsWithoutTimeStamps) {
  const RawRun raw = printed(
      "repro: started\nSegmentation fault\nBUG: kernel NULL pointer dereference, address: 0000000000000008\n"
      "RIP: 0010:ring_read+0x10/0x20\n",
      139);
  const RunReading reading = read_run(Subject::kernel, raw);
  EXPECT_EQ(kind_of(reading.outcome), model::OutcomeKind::crashed);
  ASSERT_EQ(reading.reports.size(), 1u);
  EXPECT_NE(reading.reports[0].title.find("ring_read"), std::string::npos);
}

TEST(Subject, SegmentationFaultOfAProgramIsItsCrash) {
  const RunReading reading = read_run(Subject::program, printed("tally: started\nSegmentation fault\n", 139));
  EXPECT_EQ(kind_of(reading.outcome), model::OutcomeKind::crashed);
  ASSERT_EQ(reading.reports.size(), 1u);
}

TEST(Subject, BehindTheFirstTimeStampOfAKernelThatACommandDrivesItsProgramsAreNot) {
  const RunReading reading =
      read_run(Subject::program, printed("[    1.000000] ring: ready\nSegmentation fault\n", 1));
  EXPECT_EQ(kind_of(reading.outcome), model::OutcomeKind::crashed);
  EXPECT_TRUE(reading.reports.empty());  // the exit code is all there is
}

TEST(Subject, ItsNamesAreThoseInTheStore) {
  EXPECT_EQ(name_of(Subject::program), "command");
  EXPECT_EQ(name_of(Subject::kernel), "kernel");
  EXPECT_EQ(name_of(Subject::by_hand), "manual");
  for (const Subject subject : {Subject::program, Subject::kernel, Subject::by_hand})
    EXPECT_EQ(model::subject_from_name(name_of(subject)), subject);
  EXPECT_EQ(model::subject_from_name("start"), std::nullopt);
}

}  // namespace
}  // namespace culprit::engine
