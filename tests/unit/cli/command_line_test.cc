#include "cli/line/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culprit::cli {
namespace {

using testing::ElementsAre;
using testing::internal::CaptureStderr;
using testing::internal::GetCapturedStderr;

struct Values {
  bool quiet = false;
  bool verify = true;
  std::vector<std::string> good;
  std::optional<double> timeout;
  int runs = 0;
};

// A command line with one command, `try`.
struct Tried {
  CommandLine line{"about", "1.0", "footer"};
  Values values;
  Options command = line.add("try", "try it");
  int called = 0;

  Tried() {
    command.flag("-q,--quiet", values.quiet, "quiet");
    command.flag("--verify,!--no-verify", values.verify, "verify");
    command.texts("--good,--old", values.good, "good");
    command.number("--timeout", values.timeout, 0.01, 100, "timeout");
    command.integer("--runs", values.runs, 1, 10, "runs");
    command.run([this] { return ++called, 7; });
  }
  int operator()(std::vector<std::string> arguments, std::vector<std::string> behind = {}) {
    return line.run(std::move(arguments), std::move(behind), "try");
  }
};

TEST(CommandLine, RunsTheCommandWithItsOptions) {
  Tried run;
  EXPECT_EQ(run({"try", "-q", "--good", "a", "--old=b", "--timeout", "2.5"}, {"./test.sh", "x"}), 7);
  EXPECT_EQ(run.called, 1);
  EXPECT_TRUE(run.values.quiet);
  EXPECT_THAT(run.values.good, ElementsAre("a", "b"));
  EXPECT_EQ(run.values.timeout, 2.5);
  EXPECT_THAT(run.line.behind_dashes(), ElementsAre("./test.sh", "x"));
}

TEST(CommandLine, KnowsWhatWasGiven) {
  Tried run;
  EXPECT_EQ(run({"try", "--no-verify", "--old", "a"}), 7);
  EXPECT_FALSE(run.values.verify);
  EXPECT_TRUE(run.command.given("--good"));
  EXPECT_FALSE(run.command.given("--verify"));  // turned off: it asks for nothing
  EXPECT_FALSE(run.command.given("--runs"));
  EXPECT_THAT(run.command.names(), ElementsAre("--quiet", "--verify", "--good", "--timeout", "--runs"));
}

TEST(CommandLine, TellsWhatIsWrongAndRunsNothing) {
  Tried run;
  CaptureStderr();
  EXPECT_EQ(run({"try", "--bogus"}), 2);
  EXPECT_EQ(
      GetCapturedStderr(),
      "culprit: error: The following argument was not expected: --bogus\nhint: see `culprit try --help`\n");
  Tried other;
  CaptureStderr();
  EXPECT_EQ(other({"try", "--runs", "11"}), 2);
  EXPECT_EQ(GetCapturedStderr(),
            "culprit: error: --runs: Value 11 not in range 1 to 10\nhint: see `culprit try --help`\n");
  EXPECT_EQ(run.called + other.called, 0);
}

TEST(CommandLine, OneCommandTakesACommand) {
  CommandLine line("about", "1.0", "footer");
  line.add("other", "it takes none").run([] { return 0; });
  CaptureStderr();
  EXPECT_EQ(line.run({"other"}, {"./test.sh"}, "try"), 2);
  EXPECT_EQ(GetCapturedStderr(), "culprit: error: only `culprit try` takes a command after --\n");
}

}  // namespace
}  // namespace culprit::cli
