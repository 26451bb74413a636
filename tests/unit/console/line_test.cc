#include "console/text/line.h"

#include <gtest/gtest.h>

namespace culprit::console {
namespace {

struct Parsed {
  std::deque<std::string> arena;
  std::vector<Line> lines;
  std::string text;
};

Parsed parse(std::string text) {
  Parsed p;
  p.text = std::move(text);
  p.lines = split_lines(p.text, p.arena);
  return p;
}

TEST(Line, LosesItsTimeStamp) {
  const Parsed p = parse("[   12.345678] ring: ready\n");
  ASSERT_EQ(p.lines.size(), 1u);
  EXPECT_EQ(p.lines[0].body, "ring: ready");
  EXPECT_TRUE(p.lines[0].stamped);
  EXPECT_EQ(p.lines[0].context, "");
}

TEST(Line, HasItsCallersId) {
  const Parsed p = parse("<3>[   12.345678][ T1234]  ring_put+0x1/0x2\n[12.345678][    C0] x");
  EXPECT_EQ(p.lines[0].context, "T1234");
  EXPECT_EQ(p.lines[0].body, " ring_put+0x1/0x2");
  EXPECT_EQ(p.lines[1].context, "C0");
}

TEST(Line, OfAPhoneNamesItsTask) {
  const Parsed p = parse(
      "[   12.345678]  [4:  system_server: 3344] BUG: x\n[   12.345678]  (1)[1234:syz-executor] y+0x1/0x2\n");
  EXPECT_EQ(p.lines[0].body, "BUG: x");
  EXPECT_EQ(p.lines[0].context, "T3344");
  EXPECT_EQ(p.lines[1].body, "y+0x1/0x2");
  EXPECT_EQ(p.lines[1].context, "T1234");
  for (const char* text : {"[   12.345678] [4: half", "[   12.345678] [ring: 12] x", "[   12.345678] (1) x",
                           "[   12.345678] [12345:a: 1] x"})
    EXPECT_EQ(parse(text).lines[0].context, "") << text;
}

TEST(Line, OfAProgramHasNoStamp) {
  const Parsed p = parse("[ok] started [1.2] of [] things\n");
  EXPECT_FALSE(p.lines[0].stamped);
  EXPECT_EQ(p.lines[0].body, "[ok] started [1.2] of [] things");
}

TEST(Line, IsCutAtEachStamp) {
  const Parsed p = parse("login: [   12.345678] first[   12.345679][   T7] second\n");
  ASSERT_EQ(p.lines.size(), 3u);
  EXPECT_EQ(p.lines[0].body, "login: ");
  EXPECT_EQ(p.lines[1].body, "first");
  EXPECT_EQ(p.lines[2].body, "second");
  EXPECT_EQ(p.lines[2].context, "T7");
  EXPECT_EQ(p.text.substr(p.lines[2].begin, 1), "[");
}

TEST(Line, LosesEscapesControlBytesAndCarriageReturns) {
  const Parsed p = parse(std::string("\x1b[0;31mBUG\x1b[0m: \0x\x01y\tz\r\r\n", 25));
  EXPECT_EQ(p.lines[0].body, "BUG: xy\tz");
}

TEST(Line, IsAtMostSoLong) {
  const Parsed p = parse(std::string(3 * k_max_line + 5, 'x'));
  ASSERT_EQ(p.lines.size(), 4u);
  EXPECT_EQ(p.lines[3].begin, 3 * k_max_line);
  EXPECT_EQ(p.lines[3].end, 3 * k_max_line + 5);
}

TEST(Line, OfUserSpaceIsNone) {
  for (const char* line : {"[reproducer] BUG: cannot open /dev/x", "[reproducer] <4>[    1.000000] WARNING",
                           "<12>[    1.000000] BUG: made up", "<9>[    1.000000] BUG[    1.000001] BUG",
                           "<30>[    1.000000] systemd[1]: BUG", "<191>[    1.000000] BUG"}) {
    EXPECT_TRUE(is_user_spaces(line)) << line;
    EXPECT_TRUE(parse(line).lines.empty()) << line;
  }
  for (const char* line :
       {"<4>[    1.000000] BUG", "<0>[    1.000000] BUG", "<12> BUG", "<1234>[    1.000000] BUG",
        "<>[    1.000000] BUG", "[    1.000000] [reproducer] BUG", "reproducer] BUG", "<12", ""})
    EXPECT_FALSE(is_user_spaces(line)) << line;
}

TEST(Line, MayBeEmptyOrUnterminated) {
  const Parsed p = parse("\n\nlast");
  ASSERT_EQ(p.lines.size(), 3u);
  EXPECT_EQ(p.lines[2].body, "last");
}

}  // namespace
}  // namespace culprit::console
