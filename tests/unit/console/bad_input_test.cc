// Consoles as bad as they come: each keeps its reports, and the invariants of re-reading.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "console/console.h"
#include "output/report_json.h"
#include "tests/golden/invariants.h"

namespace culprit::console {
namespace {

std::string stamp(std::string_view context) {
  return "[   12.345678]" + (context.empty() ? std::string() : "[" + std::string(context) + "]") + " ";
}

// A use-after-free as KASAN prints it, every line with a time stamp.
std::string use_after_free(std::string_view context = "") {
  std::string out;
  for (const char* body :
       {"==================================================================",
        "BUG: KASAN: use-after-free in ring_poll+0x9d/0xb0",
        "Read of size 8 at addr ffff888003a41130 by task ring-test/412", "",
        "CPU: 0 PID: 412 Comm: ring-test Not tainted 6.1.92 #7", "Call Trace:", " <TASK>",
        " dump_stack_lvl+0x49/0x5c", " kasan_report+0xbb/0xf0", " ring_poll+0x9d/0xb0",
        " do_sys_poll+0x2fa/0x5b0", " </TASK>", "", "Allocated by task 412:", " kasan_save_stack+0x1e/0x40",
        " ring_open+0x2c/0x80", "=================================================================="}) {
    out += stamp(context) + body + "\n";
  }
  return out;
}

constexpr std::string_view k_title = "KASAN: use-after-free Read in ring_poll";

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

// The only report, whose reading must keep the invariants.
model::CrashReport only_report(const std::string& console) {
  EXPECT_EQ(broken_invariant(console).value_or(""), "");
  const model::ConsoleReading reading = read(console);
  EXPECT_EQ(reading.reports.size(), 1u);
  return reading.reports.empty() ? model::CrashReport{} : reading.reports[0];
}

void expect_the_report(const std::string& console) {
  const model::CrashReport report = only_report(console);
  EXPECT_EQ(report.title, k_title);
  EXPECT_FALSE(report.corrupted) << report.corrupted_reason;
}

TEST(BadInput, CarriageReturnsChangeNothing) {
  expect_the_report(replaced(use_after_free(), "\n", "\r\n"));
  expect_the_report(replaced(use_after_free(), "\n", "\r\r\n"));
}

TEST(BadInput, NulsBetweenLinesChangeNothing) {
  expect_the_report(replaced(use_after_free(), "\n", std::string_view("\n\0\0\0", 4)));
}

TEST(BadInput, BytesThatAreNoUtf8AreReplacedInJson) {
  const std::string console = replaced(use_after_free(), "ring-test", "ring-\xff\xc3");
  expect_the_report(console);
  EXPECT_NE(output::to_json(read(console), "").find("ring-\xef\xbf\xbd"), std::string::npos);
}

TEST(BadInput, ColoursOfATerminalChangeNothing) {
  expect_the_report(replaced(use_after_free(), "BUG:", "\x1b[1;31mBUG:\x1b[0m"));
  expect_the_report(replaced(use_after_free(), "[   12", "\x1b[32m[   12"));
}

TEST(BadInput, ABootLoaderMaySpeakFirst) {
  expect_the_report(
      "\x1b"
      "c\x1b[?7l\x1b[2J\x1b[0mSeaBIOS (version 1.16.2-debian-1.16.2-1)\r\n\r\n\r\niPXE "
      "(http://ipxe.org) 00:03.0 CA00 PCI2.10 PnP PMM\r\nBooting from ROM..\x1b"
      "c\x1b[?7l\x1b[2J" +
      use_after_free());
}

TEST(BadInput, ALineOfAMegabyteMayStandBeforeAndBehindIt) {
  const std::string wide(std::size_t{1} << 20, 'x');
  expect_the_report(wide + "\n" + use_after_free());
  expect_the_report(use_after_free() + wide);
}

TEST(BadInput, ALineOfSomeKilobytesMayStandInIt) {
  const std::string wide(100000, 'x');
  expect_the_report(replaced(use_after_free(), " <TASK>\n", " <TASK>\n" + wide + "\n"));
}

TEST(BadInput, WhatIsPrintedAgainCountsOnce) {
  std::string again;
  const std::string console = use_after_free();
  for (std::size_t at = 0; at < console.size();) {
    const std::size_t next = console.find('\n', at) + 1;
    const std::string line = console.substr(at, next - at);
    again += line.substr(0, std::min(line.size() / 2 + 10, line.size() - 1)) +
             "\n** replaying previous printk message **\n" + line;
    at = next;
  }
  const model::CrashReport report = only_report(again);
  EXPECT_EQ(report.title, k_title);
  ASSERT_EQ(report.stacks.size(), 2u);
  EXPECT_EQ(report.stacks[0].frames.size(), 4u);
}

TEST(BadInput, WhatIsPrintedAgainUnderAnotherCallersIdCountsOnce) {
  const std::string whole = use_after_free("  T412");
  const std::string from_head = whole.substr(whole.find('\n') + 1);
  expect_the_report("[   12.345678][  T112] BUG: KASAN: use\n** replaying previous printk message **" +
                    from_head);
}

TEST(BadInput, AProgramPanicsWithinAKernelsReport) {
  const std::string console =
      "[    3.530000] \nBUG: soft lockup\nthread '' panicked at src/main.rs:1:5\nring_spin+0x1/0x20\n";
  EXPECT_EQ(broken_invariant(console).value_or(""), "");
}

TEST(BadInput, DroppedMessagesDoNotHideTheNext) {
  expect_the_report("** 1234 printk messages dropped ** " + use_after_free());
}

TEST(BadInput, AConsoleMayBeCutAnywhere) {
  const std::string console = use_after_free("  T412") + use_after_free("  T413");
  for (std::size_t size = 0; size <= console.size(); ++size) {
    const std::string head = console.substr(0, size), tail = console.substr(size);
    if (size % 16 == 0) {
      ASSERT_EQ(broken_invariant(head).value_or(""), "") << size;
      ASSERT_EQ(broken_invariant(tail).value_or(""), "") << size;
    }
    const std::size_t found = read(head).reports.size() + read(tail).reports.size();
    ASSERT_LE(found, 3u) << size;
    ASSERT_GE(found, size % (console.size() / 2) == 0 ? 2u : 1u) << size;
  }
}

TEST(BadInput, AReportInsideAReportIsOneOfItsOwn) {
  const std::string warning =
      stamp("") + "WARNING: CPU: 0 PID: 412 at drivers/misc/ring.c:1 ring_put+0x1/0x20\n" + stamp("") +
      "CPU: 0 PID: 412 Comm: ring-test Not tainted 6.1.92 #7\n" + stamp("") +
      "RIP: 0010:ring_put+0x1/0x20\n" + stamp("") + "Call Trace:\n" + stamp("") + " ring_close+0x4/0x30\n";
  const std::string console =
      replaced(use_after_free(), stamp("") + "Allocated by", warning + stamp("") + "Allocated by");
  EXPECT_EQ(broken_invariant(console).value_or(""), "");
  const model::ConsoleReading reading = read(console);
  ASSERT_EQ(reading.reports.size(), 2u);
  EXPECT_EQ(reading.reports[0].title, k_title);
  EXPECT_EQ(reading.reports[1].title, "WARNING in ring_put");
}

TEST(BadInput, TwoCpusWithoutCallerIdsAreNotTrusted) {
  // Line by line in turn, as two CPUs print at once.
  const std::string a = use_after_free(), b = replaced(use_after_free(), "ring_poll", "buoy_read");
  std::string mixed;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const std::size_t next_a = a.find('\n', i) + 1, next_b = b.find('\n', j) + 1;
    mixed += a.substr(i, next_a - i) + b.substr(j, next_b - j);
    i = next_a;
    j = next_b;
  }
  EXPECT_EQ(broken_invariant(mixed).value_or(""), "");
  const model::ConsoleReading reading = read(mixed);
  ASSERT_FALSE(reading.reports.empty());
  EXPECT_TRUE(reading.reports[0].corrupted);
}

TEST(BadInput, ManyReportsOfManyCpusStayApart) {
  std::string console;
  for (int i = 0; i < 200; ++i) console += use_after_free(i % 2 == 0 ? "    T1" : "    C0");
  const model::ConsoleReading reading = read(console);
  ASSERT_EQ(reading.reports.size(), 200u);
  for (const model::CrashReport& report : reading.reports) ASSERT_EQ(report.title, k_title);
}

// Two writers share the first line, so that nothing joins it with the stack and the end of its report.
TEST(BadInput, APanicThatIsTornFromItsEndIsFoundOnce) {
  const std::string console =
      "[   31.500000[    1.000000][    T1] ] Kernel panic - not syncing: stack-protector: Kernel stack is "
      "corrupted in: ffffffff819e2a31\n"
      "[   31.500852]  <TASK>\n"
      "[   31.501278]  panic+0x3b8/0x460\n"
      "[   31.501704]  ring_parse+0x16a/0x270\n"
      "[   31.502130]  </TASK>\n"
      "[   31.502556] ---[ end Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: "
      "ffffffff819e2a31 ]---\n";
  EXPECT_EQ(broken_invariant(console).value_or(""), "");
  EXPECT_EQ(read(console).reports.size(), 1u);
}

}  // namespace
}  // namespace culprit::console
