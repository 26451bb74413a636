#include "run/qemu/qemu_guest.h"

#include <gmock/gmock.h>

namespace culprit::run {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string k_console =
    "[    0.1] Linux version\n"
    "[    1.0] culprit:feed:ready 2 CPUs\n"
    "[    1.1] culprit:feed:start\n"
    "hello\n"
    "[    1.2] culprit:feed:exit 3\n";

Marks marks_after(std::string_view console) {
  Marks marks("feed");
  marks.see(console);
  return marks;
}

TEST(Marks, FollowARunToItsEnd) {
  const Marks marks = marks_after(k_console);
  EXPECT_TRUE(marks.ready());
  EXPECT_TRUE(marks.started());
  EXPECT_TRUE(marks.ended());
  EXPECT_EQ(marks.exit_code(), 3);
  EXPECT_FALSE(marks.panicked());
  EXPECT_EQ(k_console.substr(marks.test_start(k_console, false)), "hello\n[    1.2] culprit:feed:exit 3\n");
}

TEST(Marks, AreFoundHoweverTheConsoleIsCut) {
  for (std::size_t piece = 1; piece < 20; piece++) {
    Marks marks("feed");
    for (std::size_t at = 0; at < k_console.size(); at += piece) marks.see(k_console.substr(at, piece));
    EXPECT_TRUE(marks.started()) << piece;
    EXPECT_EQ(marks.exit_code(), 3) << piece;
  }
}

TEST(Marks, OfAnotherTokenAreNone) {
  const Marks marks =
      marks_after("culprit:beef:ready\nculprit::start\nculprit:exit 0\nculprit:beef:exit 0\n");
  EXPECT_FALSE(marks.ready());
  EXPECT_FALSE(marks.started());
  EXPECT_FALSE(marks.ended());
}

TEST(Marks, StandAlsoBehindOutputWithoutANewline) {
  EXPECT_EQ(marks_after("reproducer says[    1.2] culprit:feed:exit 0\r\n").exit_code(), 0);
}

TEST(Marks, AMarkThatIsCutShortIsNone) {
  EXPECT_FALSE(marks_after("culprit:feed:start\nculprit:feed:exit ").ended());
  EXPECT_FALSE(marks_after("culprit:feed:exit x\n").ended());
}

TEST(Marks, SurviveALineWithoutEnd) {
  Marks marks("feed");
  for (int i = 0; i < 1000; i++) marks.see(std::string(1000, 'x'));
  marks.see("culprit:feed:ready\n");
  EXPECT_TRUE(marks.ready());
}

TEST(Marks, KeepWhatFailedBeforeTheReproducer) {
  const Marks marks =
      marks_after("culprit:feed:ready 1 CPUs\nculprit:feed:check-failed the guest has 1 of 2 CPUs\n");
  EXPECT_TRUE(marks.ended());
  EXPECT_FALSE(marks.started());
  EXPECT_EQ(marks.failed_check(), "the guest has 1 of 2 CPUs");
}

TEST(Marks, SeeAPanicsEnd) {
  EXPECT_TRUE(
      marks_after("[    1.2] ---[ end Kernel panic - not syncing: Fatal exception ]---\n").panicked());
}

TEST(Marks, APanicThatUserSpaceWritesIsNone) {
  EXPECT_FALSE(marks_after("<12>[    1.2] ---[ end Kernel panic - not syncing: made up ]---\n").panicked());
  EXPECT_TRUE(marks_after("<0>[    1.2] ---[ end Kernel panic - not syncing: Fatal ]---\n").panicked());
}

TEST(Marks, WhereTheStartMarkWasDroppedTheTestBeginsBehindTheGap) {
  const Marks marks = marks_after(k_console);
  const std::string kept = "[    0.1] Linux version\n[culprit: 99 bytes dropped here]\ntail\n";
  EXPECT_EQ(kept.substr(marks.test_start(kept, true)), "tail\n");
}

TEST(Marks, WithoutAStartMarkAllIsBoot) {
  const std::string console = "[    0.1] Linux version\nKernel panic\n";
  EXPECT_EQ(marks_after(console).test_start(console, false), console.size());
  EXPECT_EQ(marks_after("").test_start("", false), 0U);
}

TEST(InitScript, RunsTheReproducerWithItsArgumentsQuoted) {
  const std::string script = init_script({.token = "feed", .sysctls = {}, .argv = {"/repro", "a b", "it's"}});
  EXPECT_THAT(script, HasSubstr("setsid /repro 'a b' 'it'\\''s' < /dev/null > $out 2>&1 9>&- &"));
  EXPECT_THAT(script, HasSubstr("culprit:feed:"));
}

TEST(InitScript, RoundsTheTimeLimitUp) {
  EXPECT_THAT(init_script({.token = "t", .sysctls = {}, .argv = {"/repro"}, .timeout_s = 1.2}),
              HasSubstr("\n  sleep 2\n"));
}

TEST(InitScript, SetsSysctlsBeforeTheStartMark) {
  const std::string script =
      init_script({.token = "t", .sysctls = {{"kernel.hung_task_timeout_secs", "5"}}, .argv = {"/repro"}});
  const std::size_t set = script.find("/proc/sys/kernel/hung_task_timeout_secs");
  ASSERT_NE(set, std::string::npos);
  EXPECT_LT(set, script.find("say start"));
  EXPECT_THAT(script, HasSubstr("finish check-failed 'no such sysctl: kernel.hung_task_timeout_secs'"));
  EXPECT_THAT(script, HasSubstr("'the sysctl kernel.hung_task_timeout_secs cannot be set to 5'"));
}

TEST(InitScript, GivesTheReproducerAPortOfItsOwn) {
  const std::string script = init_script({.token = "feed", .sysctls = {}, .argv = {"/repro"}});
  EXPECT_THAT(script, HasSubstr("echo culprit:feed:output > /dev/ttyS1"));
  EXPECT_THAT(script, HasSubstr("mount -o bind /dev/ttyS1 /dev/console"));
}

TEST(InitScript, WaitsForTheHostWhereItIsToAndBeforeWhatCannotBeSaved) {
  GuestPlan plan{.token = "feed", .argv = {"/repro"}};
  EXPECT_THAT(init_script(plan), Not(HasSubstr("say hold")));
  plan.holds = true;
  const auto before = [&plan](std::string_view first, std::string_view second) {
    const std::string script = init_script(plan);
    EXPECT_THAT(script, HasSubstr(first));
    return script.find(first) < script.find(second);
  };
  EXPECT_TRUE(before("say hold", "say start"));
  plan.root = RootKind::squashfs;
  EXPECT_TRUE(before("mount -t squashfs", "say hold"));
  plan.root = RootKind::image;
  EXPECT_TRUE(before("say hold", "mount \"$disk\""));
  plan.root = RootKind::host;
  EXPECT_TRUE(before("say hold", "mount -t 9p"));
}

TEST(GoLine, HasOtherRandomNumbersEachTime) {
  const std::string line = go_line("feed", false);
  EXPECT_THAT(line, testing::StartsWith("\n\nfeedgo "));
  EXPECT_THAT(line, testing::EndsWith(" restored\n"));
  EXPECT_NE(line, go_line("feed", false));
  EXPECT_EQ(line.find(' ', line.find("go ") + 3) - (line.find("go ") + 3), 64U);  // the seed
}

TEST(InitScript, ChecksTheNumberOfCpusOnlyWhenAsked) {
  EXPECT_THAT(init_script({.token = "t", .sysctls = {}, .argv = {"/repro"}}), Not(HasSubstr("-ge")));
  EXPECT_THAT(init_script({.token = "t", .sysctls = {}, .argv = {"/repro"}, .required_cpus = 4}),
              HasSubstr("[ \"$cpus\" -ge 4 ] || finish check-failed the guest has $cpus of 4 CPUs"));
}

}  // namespace
}  // namespace culprit::run
