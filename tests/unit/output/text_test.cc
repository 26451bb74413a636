#include "output/words/text.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <unistd.h>

#include "output/words/duration.h"
#include "output/words/style.h"

namespace culprit::output {
namespace {

TEST(Text, ControlCharactersBecomeCaretsAndLineBreaksBlanks) {
  EXPECT_EQ(one_line("a\x1b[31mred\x1b[0m\a\x7f"), "a^[[31mred^[[0m^G^?");
  EXPECT_EQ(one_line("two\nlines\r\nand\ta tab"), "two lines and a tab");
  EXPECT_EQ(one_line(std::string_view("nul\0nul", 7)), "nul^@nul");
}

TEST(Text, CharactersWithoutAGlyphVanish) {
  EXPECT_EQ(one_line("a\u202Eb\u200Dc\uFE0Fd\u0085e\u2028f"), "abcdef");
}

TEST(Text, InvalidBytesAreReplacedNotPassedOn) {
  EXPECT_EQ(one_line("a\xffz"), "a\uFFFDz");
  EXPECT_EQ(one_line("a\xffz\xc3", false), "a?z?");
  EXPECT_EQ(valid_utf8("\xe2\x82"), "\uFFFD\uFFFD");
  EXPECT_EQ(valid_utf8("grün"), "grün");
}

TEST(Text, WithoutUnicodeEverythingIsAscii) {
  EXPECT_EQ(one_line("für 表", false), "f?r ?");
  EXPECT_EQ(cut("a long title", 8, false), "a lon...");
}

TEST(Text, WideCharactersTakeTwoColumnsAndCombiningOnesNone) {
  EXPECT_EQ(width("表を"), 4u);
  EXPECT_EQ(width("e\u0301"), 1u);
  EXPECT_EQ(cut("表を広げる", 6), "表を…");
  EXPECT_EQ(width(cut("表を広げる", 6)), 5u);
}

TEST(Text, CutKeepsWhatFits) {
  EXPECT_EQ(cut("exactly", 7), "exactly");
  EXPECT_EQ(cut("too long", 7), "too lo…");
  EXPECT_EQ(cut("x", 0), "");
  EXPECT_EQ(cut("xy", 1), "…");
  EXPECT_EQ(cut("abcdef", 2, false), "..");
}

TEST(Text, HarmlessKeepsLinesAndExpandsTabs) {
  EXPECT_EQ(harmless("a\tb\r\n\x1b[2Jc\n"), "a       b\n^[[2Jc\n");
  EXPECT_EQ(harmless("no end"), "no end");
  EXPECT_EQ(harmless(""), "");
}

TEST(Text, WrapBreaksAtBlanksOnly) {
  EXPECT_EQ(wrap("aa bb  cc\ndd", 5), (std::vector<std::string>{"aa bb", "cc", "dd"}));
  EXPECT_EQ(wrap("a verylongword b", 6), (std::vector<std::string>{"a", "verylongword", "b"}));
}

TEST(Text, BoundedEndsAtALine) {
  EXPECT_EQ(bounded("one\ntwo\nthree\n", 9), "one\ntwo\n");
  EXPECT_EQ(bounded("one\n", 9), "one\n");
  EXPECT_EQ(bounded("without a line", 7), "without");
}

TEST(Text, CertaintyIsNeverRoundedUp) {
  EXPECT_EQ(percent(0.9961), "99.6%");
  EXPECT_EQ(percent(0.99999), ">99.9%");
  EXPECT_EQ(percent(1), ">99.9%");
  EXPECT_EQ(percent(0.0001), "<0.1%");
  EXPECT_EQ(percent(0), "0%");
}

TEST(Text, NoBytesGetAControlCharacterOnALine) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    for (const bool unicode : {true, false}) {
      const std::string line = one_line(bytes, unicode);
      for (const char c : line) RC_ASSERT(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
      RC_ASSERT(valid_utf8(line) == line);
      const std::size_t columns = *rc::gen::inRange<std::size_t>(0, 12);
      RC_ASSERT(width(cut(line, columns, unicode)) <= columns);
    }
  }));
}

TEST(Duration, ReadsLikeGo) {
  EXPECT_EQ(go_duration(7347.21), "2h2m27.21s");
  EXPECT_EQ(go_duration(3600), "1h0m0s");
  EXPECT_EQ(go_duration(60.5), "1m0.5s");
  EXPECT_EQ(go_duration(0.345), "345ms");
  EXPECT_EQ(go_duration(0), "0s");
  EXPECT_EQ(go_duration(-3), "0s");
}

TEST(Duration, ParsesWhatGoPrintsAndNothingElse) {
  EXPECT_DOUBLE_EQ(*parse_go_duration("1h3m22.398807485s"), 3802.398807485);
  EXPECT_DOUBLE_EQ(*parse_go_duration("1.5µs"), 1.5e-6);
  EXPECT_DOUBLE_EQ(*parse_go_duration("12ms"), 0.012);
  for (const char* wrong : {"", "s", "1", "1x", "1h2", "1..2s", "-1s"})
    EXPECT_FALSE(parse_go_duration(wrong)) << wrong;
}

TEST(Duration, RoundTripsToTheMillisecond) {
  EXPECT_TRUE(rc::check([] {
    const double seconds = static_cast<double>(*rc::gen::inRange<std::int64_t>(0, 400000000)) / 1000;
    RC_ASSERT(std::abs(*parse_go_duration(go_duration(seconds)) - seconds) < 1e-6);
  }));
}

TEST(Duration, PeopleSeeTwoUnitsAtMost) {
  EXPECT_EQ(short_duration(4.21), "4.2s");
  EXPECT_EQ(short_duration(59.6), "1m00s");
  EXPECT_EQ(short_duration(185), "3m05s");
  EXPECT_EQ(short_duration(7440), "2h04m");
  EXPECT_EQ(short_duration(280000), "3d5h");
}

TEST(StyledLine, NeverGrowsBeyondItsLimit) {
  StyledLine line(Style{}, 10);
  line.put("12345").put("6789012").put("dropped");
  EXPECT_EQ(line.str(), "123456789…");
  EXPECT_EQ(line.width(), 10u);
}

TEST(StyledLine, ColoursTakeNoColumns) {
  Style style;
  style.color = true;
  StyledLine line(style, 20);
  line.put("bad", Ink::red).go_to(6).put("x");
  EXPECT_EQ(line.str(), "\x1b[31mbad\x1b[0m   x");
  EXPECT_EQ(line.width(), 7u);
}

TEST(StyledLine, BarsShowShares) {
  const auto bar = [](double share, bool unicode) {
    Style style;
    style.unicode = unicode;
    return StyledLine(style).put_bar(share, 4).put("|").str();
  };
  EXPECT_EQ(bar(0.5, true), "██  |");
  EXPECT_EQ(bar(0.0001, true), "▏   |");
  EXPECT_EQ(bar(2, true), "████|");
  EXPECT_EQ(bar(0.5, false), "##  |");
  EXPECT_EQ(bar(0, true), "    |");
}

std::function<const char*(const char*)> environment_of(
    std::vector<std::pair<std::string, std::string>> values) {
  return [values = std::move(values)](const char* name) -> const char* {
    for (const auto& [key, value] : values)
      if (key == name) return value.c_str();
    return nullptr;
  };
}

TEST(Style, APipeIsNeitherLiveNorColoured) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const Style style =
      detect_style(ends[1], environment_of({{"TERM", "xterm"}, {"LANG", "de_DE.UTF-8"}, {"COLUMNS", "132"}}));
  EXPECT_FALSE(style.live);
  EXPECT_FALSE(style.color);
  EXPECT_TRUE(style.unicode);
  EXPECT_EQ(style.columns, 132u);
  close(ends[0]);
  close(ends[1]);
}

TEST(Style, TheFirstSetLocaleVariableDecides) {
  EXPECT_FALSE(detect_style(-1, environment_of({{"LC_ALL", "C"}, {"LANG", "en_US.UTF-8"}})).unicode);
  EXPECT_TRUE(detect_style(-1, environment_of({{"LC_ALL", ""}, {"LC_CTYPE", "C.utf8"}})).unicode);
  EXPECT_FALSE(detect_style(-1, environment_of({})).unicode);
}

}  // namespace
}  // namespace culprit::output
