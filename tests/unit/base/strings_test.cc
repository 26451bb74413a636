#include "base/strings.h"

#include <gmock/gmock.h>
#include <rapidcheck.h>

#include <array>

#include "base/process/bounded_output.h"

namespace culprit::base {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Strings, SplitKeepsEmptyPartsAndLinesKeepNoEnds) {
  EXPECT_THAT(split("a,,b,", ','), ElementsAre("a", "", "b", ""));
  EXPECT_THAT(split("", ','), ElementsAre(""));
  EXPECT_THAT(split_lines("one\r\ntwo\n\nthree"), ElementsAre("one", "two", "", "three"));
  EXPECT_THAT(split_lines("one\n"), ElementsAre("one"));
  EXPECT_THAT(split_lines(""), IsEmpty());
}

TEST(Strings, LastLinesAreTheEndOfAText) {
  EXPECT_EQ(last_lines("a\nb\nc\n", 2), "b\nc");
  EXPECT_EQ(last_lines("a\nb\nc", 3), "a\nb\nc");
  EXPECT_EQ(last_lines("a\nb\nc", 9), "a\nb\nc");
  EXPECT_EQ(last_lines("\na\n", 2), "\na");
  EXPECT_EQ(last_lines("\n\n\n", 2), "\n");
  EXPECT_EQ(last_lines("a", 0), "");
  EXPECT_EQ(last_lines("", 3), "");
}

TEST(Strings, TrimJoinAndStrip) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(join(std::vector<std::string>{"a", "", "b"}, ", "), "a, , b");
  EXPECT_EQ(strip_prefix("v1.0", "v"), "1.0");
  EXPECT_EQ(strip_prefix("1.0", "v"), std::nullopt);
  EXPECT_EQ(strip_suffix("map.c", ".c"), "map");
}

TEST(Strings, NumbersAreWholeTextsInRange) {
  EXPECT_EQ(parse_number<int>("-12"), -12);
  EXPECT_EQ(parse_number<int>("12 "), std::nullopt);
  EXPECT_EQ(parse_number<int>(""), std::nullopt);
  EXPECT_EQ(parse_number<std::uint8_t>("256"), std::nullopt);
  EXPECT_EQ(parse_number<double>("0.25"), 0.25);
}

TEST(Strings, NearestNamesAreThoseThatAPersonMayHaveMeant) {
  const std::vector<std::string> keys = {"timeout", "output", "toolchain", "memory", "time_limit"};
  EXPECT_THAT(nearest_names("timeuot", keys), ElementsAre("timeout"));
  EXPECT_THAT(nearest_names("Memroy", keys), ElementsAre("memory"));
  EXPECT_THAT(nearest_names("architecture", keys), IsEmpty());
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("ab", "ba"), 1u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
}

TEST(Strings, DurationsPrintAsGoPrintsThem) {
  EXPECT_EQ(format_duration_go(2 * 3600 + 2 * 60 + 27.2), "2h2m27.2s");
  EXPECT_EQ(format_duration_go(60.5), "1m0.5s");
  EXPECT_EQ(format_duration_go(3600), "1h0m0s");
  EXPECT_EQ(format_duration_go(0.35), "350ms");
  EXPECT_EQ(format_duration_go(0.0015), "1.5ms");
  EXPECT_EQ(format_duration_go(0.0000015), "1.5µs");
  EXPECT_EQ(format_duration_go(42e-9), "42ns");
  EXPECT_EQ(format_duration_go(0), "0s");
  EXPECT_EQ(format_duration_go(-1.5), "-1.5s");
  EXPECT_EQ(format_duration_go(1.000000001), "1.000000001s");
  EXPECT_EQ(format_duration_go(100 * 3600), "100h0m0s");
}

TEST(Strings, DurationsForPeopleHaveTwoUnitsAtMost) {
  EXPECT_EQ(format_duration(0.035), "35 ms");
  EXPECT_EQ(format_duration(0.9996), "1.0 s");
  EXPECT_EQ(format_duration(9.96), "10 s");
  EXPECT_EQ(format_duration(59.7), "1m 00s");
  EXPECT_EQ(format_duration(200), "3m 20s");
  EXPECT_EQ(format_duration(7347), "2h 02m");
  EXPECT_EQ(format_duration(3 * 86400 + 5 * 3600), "3d 05h");
}

TEST(Strings, BytesForPeople) {
  EXPECT_EQ(format_bytes(512), "512 B");
  EXPECT_EQ(format_bytes(1536), "1.5 KiB");
  EXPECT_EQ(format_bytes(1048575), "1.0 MiB");
  EXPECT_EQ(format_bytes(std::uint64_t{5} << 30), "5.0 GiB");
}

TEST(Strings, QuotedWordsMeanThemselvesToAShell) {
  EXPECT_EQ(shell_quote("./test.sh"), "./test.sh");
  EXPECT_EQ(shell_quote(""), "''");
  EXPECT_EQ(shell_quote("it's $HOME"), "'it'\\''s $HOME'");
  EXPECT_EQ(shell_quote(std::vector<std::string>{"sh", "-c", "a b"}), "sh -c 'a b'");
}

TEST(Strings, PrintableTextHoldsNoEscapesAndNoInvalidBytes) {
  EXPECT_EQ(printable("a\tb\r\nc\n"), "a\tb\nc\n");
  EXPECT_EQ(printable("\x1b[31mred\r"), "\\x1b[31mred\\x0d");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(printable("grün 漢 😀"), "grün 漢 😀");
  EXPECT_EQ(printable("\xff\xc3"), "\ufffd\ufffd");
  EXPECT_EQ(printable("\xc0\xaf\xed\xa0\x80"), "\ufffd\ufffd\ufffd\ufffd\ufffd");  // overlong, a surrogate
  EXPECT_EQ(printable("\u202e\u0085"), "\\u202e\\x85");
}

TEST(Strings, PrintableJsonSaysTheSame) {
  EXPECT_EQ(printable_json("{\"a\":\"\u009b31m \u202e \x7f grün\"}\n"),
            "{\"a\":\"\\u009b31m \\u202e \\u007f grün\"}\n");
  EXPECT_EQ(printable_json("\"\xff\""), "\"\ufffd\"");
}

TEST(Strings, TextOfAnyEditorIsDecoded) {
  EXPECT_EQ(decoded_text("\xef\xbb\xbfgit\r\n"), "git\r\n");
  EXPECT_EQ(decoded_text("plain \xff\xfe"), "plain \xff\xfe");
  EXPECT_EQ(decoded_text(std::string("\xff\xfeg\0\xfc\0\n\0", 8)), "gü\n");
  EXPECT_EQ(decoded_text(std::string("\xfe\xff\0g\x6f\x22\xd8\x3d\xde\x00", 10)), "g漢😀");
  EXPECT_EQ(decoded_text(std::string("\xff\xfe\0\xd8g", 5)), "\ufffd");  // half a pair, half a character
}

TEST(Strings, PrintableOfPrintableIsItself) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    const std::string once = printable(text);
    RC_ASSERT(printable(once) == once);
  }));
}

TEST(BoundedOutput, HoldsHeadAndTailHoweverItIsCutIntoChunks) {
  EXPECT_TRUE(rc::check([](const std::vector<std::string>& chunks) {
    const auto limit = *rc::gen::inRange<std::size_t>(0, 40);
    BoundedOutput kept(limit);
    std::string all;
    for (const std::string& chunk : chunks) {
      kept.append(chunk);
      all += chunk;
    }
    if (all.size() <= limit) {
      RC_ASSERT(kept.text() == all);
      RC_ASSERT(!kept.truncated());
      return;
    }
    const std::size_t tail = limit / 2, head = limit - tail;
    RC_ASSERT(kept.dropped() == all.size() - limit);
    RC_ASSERT(kept.text().starts_with(all.substr(0, head)));
    RC_ASSERT(kept.text().ends_with("bytes dropped here]\n" + all.substr(all.size() - tail)));
  }));
}

}  // namespace
}  // namespace culprit::base
