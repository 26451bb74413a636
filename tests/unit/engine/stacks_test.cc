// Which crashes a stack is looked for, and how often.
#include "engine/stacks.h"

#include <gtest/gtest.h>

#include <csignal>

#include "console/console.h"
#include "model/evidence.h"
#include "model/run/report.h"

namespace culprit::engine {
namespace {

using model::RawRun;
using model::Subject;

const model::CommitId k_commit = *model::CommitId::from_hex("0123456789abcdef0123456789abcdef01234567");
const StackKey k_key{k_commit, "", "SIGSEGV"};
constexpr const char* k_lines =
    "[culprit] stack of ring[12], which died of SIGSEGV at address 0x0:\n"
    "#0 0x401136 in ring_get /src/ring.c:12 (/src/ring+0x1136)\n";

RawRun died(int signal, std::string console = {}) {
  RawRun raw;
  raw.end = RawRun::End::signaled;
  raw.signal = signal;
  raw.console = std::move(console);
  return raw;
}
RawRun exited(int code, std::string console = {}) {
  RawRun raw;
  raw.end = RawRun::End::exited;
  raw.exit_code = code;
  raw.console = std::move(console);
  return raw;
}

std::string missing(const RawRun& raw, Subject subject = Subject::program) {
  const model::ConsoleReading console = console::read(raw.console);
  const auto found = missing_stack(subject, raw, console, classify(subject, raw, console).value());
  return found ? found->ended + "/" + std::to_string(found->signal) : "nothing";
}

TEST(MissingStack, IsThatOfWhatDiedOfASignal) {
  EXPECT_EQ(missing(died(SIGSEGV)), "SIGSEGV/11");
  EXPECT_EQ(missing(exited(128 + SIGABRT, "Aborted (core dumped)\n")), "SIGABRT/6");
  EXPECT_EQ(missing(exited(2, "make: *** [Makefile:2: test] Segmentation fault (core dumped)\n")),
            "exit code 2/0");
  EXPECT_EQ(missing(exited(1, "caught signal 11\n")), "exit code 1/0");
}

TEST(MissingStack, IsNoneWhereNobodyCrashed) {
  EXPECT_EQ(missing(exited(0, "Segmentation fault\n")), "nothing");
  EXPECT_EQ(missing(exited(1, "expected 3, got 4\n")), "nothing");
  EXPECT_EQ(missing(died(SIGTERM)), "nothing");
  EXPECT_EQ(missing(died(SIGSEGV), Subject::kernel), "nothing");
}

TEST(MissingStack, IsNoneWhereAReportSaysWhere) {
  EXPECT_EQ(missing(died(SIGABRT, "ring: ring.c:12: ring_get: Assertion `p' failed.\nAborted\n")), "nothing");
  EXPECT_EQ(missing(died(SIGSEGV, std::string("Segmentation fault\n") + k_lines)), "nothing");
}

class StacksTest : public ::testing::Test {
 protected:
  std::string ask(Stacks& stacks, const StackKey& key = k_key) {
    return *stacks.ask(key, [this] { return look(); }, m_cancel);
  }
  base::Result<run::Explanation> look() {
    ++m_looks;
    return m_found;
  }

  base::CancelToken m_cancel;
  run::Explanation m_found{.text = k_lines, .found = true};
  int m_looks = 0;
};

TEST_F(StacksTest, OneLookStandsForAllThatEndAlike) {
  Stacks stacks({}, {});
  const std::string lines = ask(stacks);
  EXPECT_EQ(lines,
            std::string(k_lines) + "[culprit] stands for crashes of this revision that end with SIGSEGV\n");
  EXPECT_EQ(ask(stacks), lines);
  EXPECT_EQ(m_looks, 1);
  ask(stacks, {k_commit, "", "SIGABRT"});
  ask(stacks, {k_commit, "variant", "SIGSEGV"});
  EXPECT_EQ(m_looks, 3);
}

TEST_F(StacksTest, WhatIsOnRecordIsNotLookedForAgain) {
  Stacks first({}, {});
  model::RunRecord run;
  run.commit = k_commit;
  run.reports = console::read("Segmentation fault\n" + ask(first)).reports;
  ASSERT_EQ(run.reports.size(), 1u);
  EXPECT_EQ(run.reports.front().title, "SIGSEGV in ring_get");
  Stacks resumed(stacks_in(run), {});
  EXPECT_EQ(console::read(ask(resumed)).reports.front().title, "SIGSEGV in ring_get");
  EXPECT_EQ(m_looks, 1);
}

TEST_F(StacksTest, ACrashThatDoesNotShowAgainIsSaidAndLeftAlone) {
  m_found = {.text = "[culprit] no stack\n", .why_not = "the command did not crash in 3 traced runs"};
  Stacks stacks({}, {});
  EXPECT_EQ(ask(stacks), "[culprit] no stack\n");
  const std::vector<std::string> notes = stacks.take_notes();
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(
      notes[0],
      "the crash of 0123456789ab that ends with SIGSEGV did not show again when it was traced: it stays "
      "without a stack");
  Stacks resumed({}, {notes[0]});
  EXPECT_EQ(ask(resumed), "");
  EXPECT_EQ(m_looks, 1);
}

TEST_F(StacksTest, AfterThreeInVainNobodyLooks) {
  m_found = {.why_not = "the command did not crash in 3 traced runs"};
  Stacks stacks({}, {});
  for (const char* ended : {"SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL"})
    ask(stacks, {k_commit, "", ended});
  EXPECT_EQ(m_looks, 3);
}

TEST_F(StacksTest, WhereNobodyMayTraceThatIsSaidOnce) {
  m_found = {.why_not = "tracing is not permitted", .hint = "ask for it"};
  Stacks stacks({}, {});
  ask(stacks);
  ask(stacks, {k_commit, "", "SIGABRT"});
  EXPECT_EQ(m_looks, 1);
  EXPECT_EQ(stacks.take_notes(),
            std::vector<std::string>{"crashes get no stacks: tracing is not permitted (ask for it)"});
}

}  // namespace
}  // namespace culprit::engine
