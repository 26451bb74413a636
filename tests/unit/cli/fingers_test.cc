#include "cli/line/fingers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culprit::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Fingers, LeaveWhatIsCulpritsOwnAsItIs) {
  const Typed t = typed({"bisect", "--good", "v1", "--", "./test.sh", "--", "x"});
  EXPECT_THAT(t.arguments, ElementsAre("bisect", "--good", "v1"));
  EXPECT_THAT(t.command, ElementsAre("./test.sh", "--", "x"));
  EXPECT_THAT(typed({"show"}).arguments, ElementsAre("show"));
  EXPECT_THAT(typed({}).arguments, IsEmpty());
  EXPECT_THAT(typed({"--help"}).arguments, ElementsAre("--help"));
}

TEST(Fingers, PutThePlaceBehindTheCommand) {
  EXPECT_THAT(typed({"-C", "x", "--state=s", "show", "--crash"}).arguments,
              ElementsAre("show", "-C", "x", "--state=s", "--crash"));
  EXPECT_THAT(typed({"-Cx", "status"}).arguments, ElementsAre("status", "-Cx"));
  EXPECT_THAT(typed({"-C"}).arguments, ElementsAre("-C"));  // said by the parser
  EXPECT_THAT(typed({"-C", "x", "v2", "v1", "--", "t"}).arguments,
              ElementsAre("bisect", "-C", "x", "v2", "v1"));
}

TEST(Fingers, MeanBisectWhereACommandFollows) {
  EXPECT_THAT(typed({"v2", "v1", "--", "t"}).arguments, ElementsAre("bisect", "v2", "v1"));
  EXPECT_THAT(typed({"--good", "v1", "--", "t"}).arguments, ElementsAre("bisect", "--good", "v1"));
  EXPECT_THAT(typed({"v2", "v1"}).arguments, ElementsAre("v2", "v1"));
}

TEST(Fingers, OfRunTakeAllThatFollows) {
  const Typed t = typed({"run", "sh", "-c", "x", "--", "-y"});
  EXPECT_THAT(t.arguments, ElementsAre("run"));
  EXPECT_THAT(t.command, ElementsAre("sh", "-c", "x", "--", "-y"));
  EXPECT_THAT(typed({"run", "--", "t"}).command, ElementsAre("t"));
  EXPECT_THAT(typed({"run", "--help"}).arguments, ElementsAre("run", "--help"));
  EXPECT_THAT(typed({"run"}).command, IsEmpty());
}

TEST(Fingers, KnowGitsWords) {
  EXPECT_THAT(typed({"visualize", "--why", "x"}).arguments, ElementsAre("show", "--why", "x"));
  EXPECT_THAT(typed({"view"}).arguments, ElementsAre("show"));
}

TEST(Fingers, MayBeUsedToGitsTwoWords) {
  EXPECT_THAT(typed({"bisect", "good", "HEAD~3"}).arguments, ElementsAre("good", "HEAD~3"));
  EXPECT_THAT(typed({"bisect", "start", "v2", "v1", "--", "src"}).arguments,
              ElementsAre("start", "v2", "v1"));
  EXPECT_THAT(typed({"bisect", "run", "./t", "--", "-x"}).command, ElementsAre("./t", "--", "-x"));
  EXPECT_THAT(typed({"bisect", "help"}).arguments, ElementsAre("help", "bisect"));
  EXPECT_THAT(typed({"bisect", "replay", "log"}).arguments,
              ElementsAre("import", "--fresh", "--checkout", "log"));
  EXPECT_THAT(typed({"-C", "x", "bisect", "view"}).arguments, ElementsAre("show", "-C", "x"));
  // A branch called "good" is an end where a command follows.
  EXPECT_THAT(typed({"bisect", "bad", "good", "--", "t"}).arguments, ElementsAre("bisect", "bad", "good"));
  EXPECT_THAT(typed({"-v"}).arguments, ElementsAre("--version"));
  EXPECT_THAT(typed({"version"}).arguments, ElementsAre("--version"));
}

}  // namespace
}  // namespace culprit::cli
