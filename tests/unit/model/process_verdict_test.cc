#include "model/run/process_verdict.h"

#include <gtest/gtest.h>

#include <csignal>

namespace culprit::model {
namespace {

RawRun exited(int code) {
  RawRun run;
  run.end = RawRun::End::exited;
  run.exit_code = code;
  return run;
}

std::string verdict(const RawRun& run) {
  const auto outcome = process_verdict(run);
  if (!outcome) return "abort";
  const std::string_view text = text_of(*outcome);
  return std::string(name_of(kind_of(*outcome))) + (text.empty() ? "" : ": ") + std::string(text);
}

TEST(ProcessVerdict, ExitCodesMeanWhatTheyMeanToGitBisectRun) {
  EXPECT_EQ(verdict(exited(0)), "ok");
  EXPECT_EQ(verdict(exited(1)), "crashed: exit code 1");
  EXPECT_EQ(verdict(exited(124)), "crashed: exit code 124");
  EXPECT_EQ(verdict(exited(125)), "test_failed: the command answered skip (exit code 125)");
  EXPECT_EQ(verdict(exited(126)), "crashed: exit code 126");
  EXPECT_EQ(verdict(exited(127)), "crashed: exit code 127");
  for (const int code : {128, 160, 200, 255}) EXPECT_EQ(verdict(exited(code)), "abort") << code;
}

TEST(ProcessVerdict, ItsOwnTitlesAreDeaths) {
  EXPECT_TRUE(is_process_death(text_of(*process_verdict(exited(3)))));
  EXPECT_TRUE(is_process_death(text_of(*process_verdict(exited(128 + SIGSEGV)))));
  EXPECT_FALSE(is_process_death("KASAN: use-after-free Read in ring_poll"));
}

TEST(ProcessVerdict, ATestThatWasNeverStartedSaysWhy) {
  RawRun run = exited(-1);
  run.test_started = false;
  run.console = "this revision has no folder absent";
  EXPECT_EQ(verdict(run), "test_failed: this revision has no folder absent");
}

TEST(ProcessVerdict, SignalsAreCrashesWhoeverReportsThem) {
  EXPECT_EQ(verdict(exited(128 + SIGSEGV)), "crashed: SIGSEGV");
  EXPECT_EQ(verdict(exited(128 + 31)), "crashed: SIGSYS");
  RawRun run;
  run.end = RawRun::End::signaled;
  run.signal = SIGABRT;
  EXPECT_EQ(verdict(run), "crashed: SIGABRT");
  run.signal = SIGRTMIN + 3;
  EXPECT_EQ(verdict(run), "crashed: SIGRTMIN+3");
  EXPECT_EQ(signal_name(SIGRTMIN), "SIGRTMIN");
  EXPECT_EQ(signal_name(77), "signal 77");
}

TEST(ProcessVerdict, CodeThatEndsTheBisectionIsAUsageErrorThatSaysWhatToDo) {
  const auto outcome = process_verdict(exited(255));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, base::ErrorKind::usage);
  EXPECT_EQ(base::render(outcome.error()),
            "culprit: error: the command ended with exit code 255, which ends a bisection\n"
            "hint: let it end with 0 for good, 1-124, 126 or 127 for bad, 125 for a revision that cannot be "
            "tested, or by the signal it dies of (128+N from a shell)\n");
}

TEST(ProcessVerdict, DeadlineAndMachineryAreNoCrashes) {
  RawRun run;
  run.end = RawRun::End::timed_out;
  EXPECT_EQ(verdict(run), "timed_out");
  run.end = RawRun::End::infra;
  run.infra_text = "no memory";
  EXPECT_EQ(verdict(run), "infra: no memory");
}

}  // namespace
}  // namespace culprit::model
