// What transports put around lines, and that a report is the same without it.
#include <gtest/gtest.h>

#include <string>

#include "base/strings.h"
#include "console/console.h"
#include "console/dress/coding.h"
#include "console/dress/form.h"
#include "console/dress/inferred.h"
#include "console/dress/transport.h"
#include "console/dress/wide.h"
#include "tests/golden/invariants.h"

namespace culprit::console {
namespace {

// A report without time stamps, a front for each line.
std::string report(std::string_view front, std::string_view end = "\n") {
  std::string out;
  for (const char* body :
       {"BUG: KASAN: use-after-free in ring_poll+0x9d/0xb0",
        "Read of size 8 at addr ffff888003a41130 by task ring-test/412",
        "CPU: 0 PID: 412 Comm: ring-test Not tainted 6.1.92 #7", "Call Trace:", " <TASK>",
        " kasan_report+0xbb/0xf0", " ring_poll+0x9d/0xb0", " do_sys_poll+0x2fa/0x5b0", " </TASK>"})
    ((out += front) += body) += end;
  return out;
}

std::string_view id_of(std::string_view line) {
  std::vector<Layer> layers;
  undress(line, &layers);
  return layers.empty() ? "" : layers.back().transport->id;
}

TEST(Form, IsReadFromLeftToRight) {
  FormMatch match;
  EXPECT_TRUE(match_form("%b %e %T ?(%h ){%p} ", "Sep  2 10:11:45 host1 sshd[12]: text", &match));
  EXPECT_EQ(match.writer, "sshd[12]:");
  EXPECT_EQ(match.length, std::string_view("Sep  2 10:11:45 host1 sshd[12]: ").size());
  EXPECT_FALSE(match_form("%b %e %T ?(%h ){%p} ", "Sep  2 10:11 host1 sshd[12]: text", &match));
}

TEST(Form, MayLoseItsLastBlank) {
  FormMatch match;
  EXPECT_TRUE(match_form("{%c}%s| ", "ring-1  |", &match));
  EXPECT_EQ(match.length, 9u);
  EXPECT_FALSE(match_form("{%c}%s| ", "ring-1  |x", &match));
}

TEST(Transport, SaysWhoSpeaks) {
  EXPECT_EQ(undress("Sep 02 10:11:45 host1 kernel: x", nullptr).voice, Voice::kernel);
  EXPECT_EQ(undress("Sep 02 10:11:45 host1 ringd[7]: x", nullptr).voice, Voice::program);
  EXPECT_EQ(undress("09-02 10:11:45.123     0     0 W         : x", nullptr).voice, Voice::kernel);
  EXPECT_EQ(undress("ring-1  | x", nullptr).voice, Voice::unknown);
  EXPECT_TRUE(undress("12,1,2,-;x", nullptr).user_space);
  EXPECT_EQ(undress("4,1,2,-,caller=T12;x", nullptr).caller, "T12");
}

TEST(Transport, OfPlainLinesIsNone) {
  for (const char* line :
       {"[   12.345678] ring: ready", "BUG: KASAN: use-after-free in f+0x1/0x2", "", " <TASK>", "10 | x",
        "<TASK>", "ring: a | b", "I/O error, dev sda", "==7==ERROR: AddressSanitizer: SEGV"})
    EXPECT_EQ(id_of(line), "") << line;
}

TEST(Dress, IsNoPartOfTheReport) {
  const model::CrashReport plain = read(report("[    1.000000] ")).reports.at(0);
  for (const char* front :
       {"Sep 02 10:11:45 host1 kernel: ", "ring-1  | ", "> ", "[Mon Sep  2 10:11:45 2024] ",
        "2024-09-02T10:11:45.1234567Z ", "runner 7 INFO ", "4,1,2,-;"}) {
    const std::string console = report(front);
    EXPECT_EQ(broken_invariant(console), std::nullopt) << front;
    const auto reading = read(console);
    ASSERT_EQ(reading.reports.size(), 1u) << front;
    EXPECT_EQ(reading.reports[0].title, plain.title) << front;
    EXPECT_EQ(reading.reports[0].text, plain.text) << front;
    EXPECT_EQ(reading.reports[0].start, 0u) << front;
    EXPECT_EQ(reading.reports[0].end, console.size()) << front;
  }
}

TEST(Dress, OfAnotherWriterIsNoPartEither) {
  const std::string alone = report("Sep 02 10:11:45 host1 kernel: ");
  std::string console;
  for (const std::string_view line : base::split_lines(alone))
    (console += line) += "\nSep 02 10:11:45 host1 ringd[7]: other_function+0x1/0x2\n";
  const auto reading = read(console);
  ASSERT_EQ(reading.reports.size(), 1u);
  EXPECT_EQ(reading.reports[0].text.find("other_function"), std::string::npos);
}

TEST(Dress, OfAProgramMakesNoKernelsReport) {
  EXPECT_TRUE(read(report("Sep 02 10:11:45 host1 ringd[7]: ")).reports.empty());
  EXPECT_TRUE(read(report("12,1,2,-;")).reports.empty());
  EXPECT_TRUE(read("Sep 02 10:11:45 host1 kernel: Segmentation fault\n").reports.empty());
}

TEST(Dress, OfOffsetsCountsBytesOfTheStream) {
  const std::string text = "ready\n" + report("[    1.000000] ");
  std::string wide = "\xff\xfe";
  for (const char c : text) (wide += c) += '\0';
  const auto reading = read(wide);
  ASSERT_EQ(reading.reports.size(), 1u);
  EXPECT_EQ(reading.reports[0].start, 2 + 2 * std::string_view("ready\n").size());
  EXPECT_EQ(reading.reports[0].end, wide.size());
}

TEST(Dress, OfOneStringHoldsManyLines) {
  const std::string text = "\"ready\\n" + report("[    1.000000] ", "\\n") + "\"\n";
  const auto reading = read(text);
  ASSERT_EQ(reading.reports.size(), 1u);
  EXPECT_EQ(reading.reports[0].title, "KASAN: use-after-free Read in ring_poll");
  EXPECT_EQ(reading.reports[0].start, std::string_view("\"ready\\n").size());
}

TEST(Coding, IsSeenInALine) {
  EXPECT_EQ(coding_of(R"({"log":"x\n","stream":"stdout"})").key, "log");
  EXPECT_EQ(coding_of(R"(- {dt: '2024-09-02T10:11:45', lvl: target, msg: 'it''s'})").key, "msg");
  EXPECT_EQ(coding_of(R"(  "x",)").coding, Coding::string);
  EXPECT_EQ(coding_of("x &lt;TASK&gt;").coding, Coding::html);
  for (const char* line :
       {"[    1.000000]  <TASK>", "(&lt->lock){+.+.}", "printf(\"x\\n\");", "{ 1, 2 }", "\"x\" is y"})
    EXPECT_EQ(coding_of(line).coding, Coding::none) << line;
}

TEST(Coding, IsDecoded) {
  std::string writer;
  const auto pieces = decode(coding_of(R"({"log":"a\tb\u003c\nc"})"), R"({"log":"a\tb\u003c\nc"})", &writer);
  ASSERT_EQ(pieces.size(), 2u);
  EXPECT_EQ(pieces[0].text, "a\tb<");
  EXPECT_EQ(pieces[1].text, "c");
}

TEST(Front, IsWhatMostLinesShare) {
  const std::vector<std::string_view> behind = {"vm 8> a", "vm 10> b", "vm 11>", "other", "vm 12>  c"};
  const Front front("vm 7> BUG: x", 6, behind);
  EXPECT_EQ(front.length_in("vm 123>  y"), 8u);
  EXPECT_EQ(front.length_in("vm x> y"), std::string_view::npos);
  EXPECT_TRUE(Front("watchdog: BUG: x", 10, behind).empty());
  EXPECT_TRUE(Front("==12== BUG: x", 7, std::vector<std::string_view>(5, "==12== y")).empty());
}

TEST(WideText, IsDecidedByItsFirstBytes) {
  const auto text = [](const std::string& bytes) {
    std::string out;
    WideText wide;
    const auto add = [&](std::string_view s) { out += s; };
    for (const char c : bytes) wide.feed(std::string_view(&c, 1), add);
    wide.finish(add);
    return out;
  };
  EXPECT_EQ(text(std::string("\xfe\xff\0B\0U\0G", 8)), "BUG");
  EXPECT_EQ(text(std::string("\xff\xfe"
                             "B\0\xe9\0G\0",
                             8)),
            "B\xc3\xa9G");
  EXPECT_EQ(text(std::string("B\0U\0", 4)), std::string("B\0U\0", 4));
  EXPECT_EQ(text(std::string(100, '\0')), std::string(100, '\0'));
}

}  // namespace
}  // namespace culprit::console
