#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "base/strings.h"
#include "console/console.h"
#include "output/report_json.h"
#include "tests/golden/invariants.h"

namespace culprit::console {
namespace {

std::string warning(std::string_view context, std::string_view function) {
  const std::string p =
      "[    1.000000]" + (context.empty() ? std::string() : "[" + std::string(context) + "]") + " ";
  const std::string f(function);
  return p + "WARNING: CPU: 0 PID: 7 at drivers/misc/ring.c:1 " + f + "+0x1/0x20\n" + p +
         "CPU: 0 PID: 7 Comm: ring-test Not tainted 6.1.92 #7\n" + p + "RIP: 0010:" + f + "+0x1/0x20\n" + p +
         "Call Trace:\n" + p + " " + f + "_caller+0x4/0x30\n";
}

TEST(Reader, FindsNothingInNothing) {
  EXPECT_TRUE(read("").reports.empty());
  EXPECT_TRUE(read("\n\n").reports.empty());
  EXPECT_FALSE(read("ring: ready\n").panicked);
}

TEST(Reader, FindsReportsInOrder) {
  const auto reading = read(warning("", "ring_a") + "[    2.000000] noise\n" + warning("", "ring_b"));
  ASSERT_EQ(reading.reports.size(), 2u);
  EXPECT_EQ(reading.reports[0].title, "WARNING in ring_a");
  EXPECT_EQ(reading.reports[1].title, "WARNING in ring_b");
  EXPECT_LE(reading.reports[0].end, reading.reports[1].start);
}

TEST(Reader, TellsContextsApart) {
  const std::string a = warning("   T7", "ring_a"), b = warning("   T8", "ring_b");
  std::string mixed;
  std::size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    for (const auto& [text, at] : {std::pair{&a, &i}, std::pair{&b, &j}}) {
      const std::size_t end = text->find('\n', *at);
      if (end == std::string::npos) continue;
      mixed += text->substr(*at, end + 1 - *at);
      *at = end + 1;
    }
  }
  const auto reading = read(mixed);
  ASSERT_EQ(reading.reports.size(), 2u);
  EXPECT_EQ(reading.reports[0].title, "WARNING in ring_a");
  EXPECT_EQ(reading.reports[0].context, "T7");
  EXPECT_EQ(reading.reports[1].title, "WARNING in ring_b");
  EXPECT_FALSE(reading.reports[0].corrupted);
}

TEST(Reader, AddsAPanicToTheReportBeforeIt) {
  const auto reading = read(warning("", "ring_a") +
                            "[    1.000000] Kernel panic - not syncing: kernel: panic_on_warn set ...\n");
  ASSERT_EQ(reading.reports.size(), 1u);
  EXPECT_TRUE(reading.reports[0].fatal);
  EXPECT_TRUE(reading.panicked);
}

TEST(Reader, IgnoresDyingProgramsOfAGuest) {
  const std::string program = "Segmentation fault (core dumped)\n";
  EXPECT_EQ(read(program).reports.size(), 1u);
  EXPECT_TRUE(read("[    1.000000] ring: ready\n" + program).reports.empty());
  EXPECT_TRUE(read(program, {.subject = model::Subject::kernel}).reports.empty());
}

// `text` with `prefix` in front of each line.
std::string prefixed(std::string_view prefix, const std::string& text) {
  std::string out;
  for (const std::string_view line : base::split_lines(text)) ((out += prefix) += line) += '\n';
  return out;
}

TEST(Reader, UserSpacesWordsAreNotTheKernels) {
  const std::string report = warning("", "made_up");
  const std::string panic = "[    1.000000] Kernel panic - not syncing: made up\n";
  for (const char* prefix : {"[reproducer] ", "[reproducer] <4>", "<12>", "<11>"}) {
    const auto reading = read(prefixed(prefix, report + panic), {.subject = model::Subject::kernel});
    EXPECT_TRUE(reading.reports.empty()) << prefix;
    EXPECT_FALSE(reading.panicked) << prefix;
  }
  EXPECT_EQ(read(prefixed("<4>", report), {.subject = model::Subject::kernel}).reports.size(), 1U);
}

TEST(Reader, UserSpacesWordsWithinAReportAreNoPartOfIt) {
  const std::string whole = warning("", "ring_a");
  std::string torn;
  for (const std::string_view line : base::split_lines(whole))
    (torn += "<4>") +=
        std::string(line) + "\n[reproducer] BUG: in the middle\n<12>[    1.000000] BUG: of it\n";
  const auto reading = read(torn, {.subject = model::Subject::kernel});
  ASSERT_EQ(reading.reports.size(), 1U);
  EXPECT_EQ(reading.reports[0].title, "WARNING in ring_a");
  EXPECT_FALSE(reading.reports[0].corrupted);
  EXPECT_EQ(reading.reports[0].text.find("middle"), std::string::npos);
  EXPECT_EQ(reading.reports[0].text.find("of it"), std::string::npos);
}

// Lines of other callers are passed over; those of this one are not, however far behind and whatever stands in front
// of them in the same line.
TEST(Reader, ReadsAReportsLinesBehindManyOfOthers) {
  std::string noise;
  for (int i = 0; i < 300; ++i)
    noise += "[    1.000001][   T8] ring: slot " + std::to_string(i) + " is free\n";
  const std::string console =
      "[    1.000000][   T7] BUG: KASAN: use-after-free in ring_get+0x1/0x20\n" + noise +
      "[    1.000002][   T7] Read of size 4 at addr ffff888003a41210 by task a/7\n" + noise +
      "[    1.000003][   T8] ring: [    1.000004][   T7] Call Trace:\n" +
      "[    1.000005][   T7]  ring_get+0x1/0x20\n" + noise + "[    1.000006][   T7]  ring_read+0x1/0x20\n";
  const auto reading = read(console);
  ASSERT_EQ(reading.reports.size(), 1U);
  EXPECT_EQ(reading.reports[0].title, "KASAN: use-after-free Read in ring_get");
  ASSERT_EQ(reading.reports[0].stacks.size(), 1U);
  EXPECT_EQ(reading.reports[0].stacks[0].frames.size(), 2U);
  EXPECT_EQ(reading.reports[0].end, console.size());
  EXPECT_EQ(reading.reports[0].text.find("is free"), std::string::npos);
}

TEST(Reader, JoinsAWrappedMailWhoseLinesNameCallersAndShareAFront) {
  const std::string front = "[   12.000001][   T77] ring: ";
  const std::string console = front + "BUG: KASAN: slab-use-after-free in ring_get+0x1/0x2\n" + front +
                              "Read of size 8 at addr ffff888012345678 by task\nrepro/77\n" + front +
                              "CPU: 0 PID: 77 Comm: repro Not tainted 6.6.0 #1\n" + front + "Call Trace:\n" +
                              front + " ring_get+0x1/0x2\n" + front + " ring_read+0x1/0x2\n";
  const auto reading = read(console);
  ASSERT_EQ(reading.reports.size(), 1U);
  EXPECT_EQ(reading.reports[0].title, "KASAN: slab-use-after-free Read in ring_get");
  EXPECT_EQ(reading.reports[0].task, "repro");
}

TEST(Reader, BoundsWhatAReportMaySpan) {
  std::string console = warning("", "ring_a");
  while (console.size() < 4 * k_max_report) console += "[    1.000000]  ring_deeper+0x4/0x30\n";
  const auto reading = read(console);
  ASSERT_EQ(reading.reports.size(), 1u);
  EXPECT_LE(reading.reports[0].end - reading.reports[0].start, k_max_report);
}

TEST(Reader, SurvivesBytesThatAreNoText) {
  std::string bytes;
  for (int i = 0; i < 1024; ++i) bytes += static_cast<char>(i);
  const std::string console =
      bytes + warning("", "ring_a") + bytes + std::string("BUG: KASAN: \xff\xfe\x80 in \0", 20);
  EXPECT_EQ(broken_invariant(console), std::nullopt);
  EXPECT_NE(output::to_json(read(console), "a\xff.log").find("WARNING in ring_a"), std::string::npos);
}

TEST(Reader, ReadsAMegabyteLine) {
  EXPECT_EQ(broken_invariant(std::string(1 << 20, 'x') + "BUG: spinlock recursion on CPU#0\n"), std::nullopt);
  EXPECT_EQ(read(std::string(1 << 20, '[') + "\n" + warning("", "ring_a")).reports.size(), 1u);
}

// The pieces that consoles are made of, in any order, cut anywhere.
RC_GTEST_PROP(Reader, KeepsItsInvariants, ()) {
  static const std::vector<std::string> pieces = {
      warning("", "ring_a"),
      warning("   T7", "ring_b"),
      warning("    C0", "ring_c"),
      "[    1.000000] Kernel panic - not syncing: Fatal exception\n",
      std::string("[    1.000000][   T7] BUG: KASAN: use-after-free in ring_d+0x1/0x20\n") +
          "[    1.000000][   T7] Read of size 4 at addr ffff888003a41210 by task a/7\n",
      "==================\n",
      "[    1.000000] Oops: 0000 [#1] SMP\n",
      "login: [    1.000000] INFO: task a:7 blocked for more than 143 seconds.\n",
      "Segmentation fault\n",
      "==7==ERROR: AddressSanitizer: SEGV on unknown address\n    #0 0x1 in ring_e /src/ring.c:1\n",
      "** 9 printk messages dropped ** ",
      "\r\n",
      std::string("\0\x1b[0m", 5),
      "[    0.000000] Linux version 6.1.92\n",
      "[    1.000000] NMI backtrace for cpu 1\n",
      "no newline here "};
  std::string console;
  for (const auto i :
       *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, pieces.size())))
    console += pieces[i];
  console.resize(*rc::gen::inRange<std::size_t>(0, console.size() + 1));
  const auto broken = broken_invariant(console);
  RC_ASSERT(broken.value_or("") == "");
}

}  // namespace
}  // namespace culprit::console
