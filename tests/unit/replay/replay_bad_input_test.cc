// Logs that were cut, sent around by mail, or are none.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "replay/reading/syzbot_reader.h"
#include "tests/unit/replay/logs.h"

namespace culprit::replay {
namespace {

using testing::Judged;
using testing::LogText;

std::string whole_log() {
  return LogText()
      .start("7 possible deadlock in shmem_fallocate + 3 OK")
      .release("v5.7", "6 possible deadlock in shmem_fallocate + 1 BUG: MAX_LOCKDEP_ENTRIES too low! + 3 OK")
      .failed_release("v5.6", "failed to create VM pool: googleapi: Error 400")
      .release("v5.5", "8 OK + 1 general protection fault in batadv_iv_ogm_queue_add + 1 infra: gone", "one")
      .release("v5.4", "10 OK", "two")
      .bisect("v5.5", "v5.4")
      .step("A", "2 boot: can't ssh into the instance + 8 OK", "good", 3, "two")
      .step("B", "9 OK + 1 WARNING in sysfs_warn_dup", "bad", 0)
      .culprit("B")
      .line("crash: WARNING in sysfs_warn_dup")
      .line("WARNING: CPU: 1 PID: 5892 at fs/sysfs/dir.c:31 sysfs_warn_dup+0x7b/0xa0")
      .text();
}

void expect_sound(const Replay& replay) {
  const std::size_t n = replay.revisions.size();
  for (const ReplayedRevision& revision : replay.revisions) {
    EXPECT_GE(revision.p_bad, 0);
    EXPECT_LE(revision.p_bad, 1);
    for (const ReplayedRun& run : revision.runs) {
      EXPECT_GE(run.p_target, 0);
      EXPECT_LT(run.p_target, 1);
    }
  }
  for (const auto& index : {replay.derailed_at, replay.conclusion.good, replay.conclusion.bad})
    EXPECT_TRUE(!index || *index < n);
  for (const std::size_t index : replay.conclusion.unknown_between) EXPECT_LT(index, n);
  const auto verdict = [&](const std::optional<std::size_t>& index, model::Verdict otherwise) {
    return index ? replay.revisions[*index].verdict : otherwise;
  };
  EXPECT_EQ(verdict(replay.conclusion.bad, model::Verdict::bad), model::Verdict::bad);
  EXPECT_EQ(verdict(replay.conclusion.good, model::Verdict::good), model::Verdict::good);
}

TEST(ReplayBadInput, ALogCutAnywhereIsJudgedAsFarAsItGoes) {
  const std::string text = whole_log();
  std::size_t most = 0;
  for (std::size_t size = 0; size <= text.size(); size += 13) {
    const Judged log(text.substr(0, size));
    expect_sound(log.replay());
    EXPECT_GE(log.replay().revisions.size(), most);
    most = std::max(most, log.replay().revisions.size());
  }
}

TEST(ReplayBadInput, ALogWithoutItsBeginningIsJudgedAsFarAsItGoes) {
  const std::string text = whole_log();
  for (std::size_t from = 0; from <= text.size(); from += 17)
    expect_sound(Judged(text.substr(from)).replay());
}

TEST(ReplayBadInput, LinesThatAreMissingAreNoHarm) {
  const std::string text = whole_log();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    expect_sound(Judged(text.substr(0, at) + text.substr(end + 1)).replay());
    at = end + 1;
  }
}

TEST(ReplayBadInput, WindowsLineEndsChangeNothing) {
  std::string text = whole_log();
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) text.insert(at, "\r");
  EXPECT_EQ(Judged(text).verdicts(), Judged(whole_log()).verdicts());
}

TEST(ReplayBadInput, AQuotingMailChangesNothing) {
  std::string text = "> " + whole_log();
  for (std::size_t at = 0; (at = text.find('\n', at)) + 1 < text.size(); at += 3) text.insert(at + 1, "> ");
  const Judged log("On Mon, somebody wrote:\n" + text + "\n-- \nA Developer\n");
  EXPECT_EQ(log.verdicts(), Judged(whole_log()).verdicts());
  EXPECT_EQ(log.derailed_at(), Judged(whole_log()).derailed_at());
}

TEST(ReplayBadInput, QuotedPrintableChangesNothing) {
  std::string text;
  std::size_t column = 0;
  for (const char c : whole_log()) {
    if (c == '=') {
      text += "=3D";
      column += 3;
    } else {
      text += c;
      column = c == '\n' ? 0 : column + 1;
    }
    if (column >= 72) text += "=\n", column = 0;
  }
  EXPECT_EQ(Judged(text).verdicts(), Judged(whole_log()).verdicts());
}

TEST(ReplayBadInput, ATextThatIsNoLogYieldsNothing) {
  const replay::BisectionLog log = replay::read_bisection_log("Dear all,\nthe weather is fine.\n");
  EXPECT_EQ(log.lines_read, 0u);
  const Replay got = judge_again(log);
  EXPECT_TRUE(got.revisions.empty());
  EXPECT_EQ(got.target, "");
  EXPECT_FALSE(got.derailed_at);
}

TEST(ReplayBadInput, DialectsMayBeMixed) {
  const auto id = [](char digit) { return std::string(40, digit); };
  const Judged log(
      fmt::format("ci2 starts bisection 2023-06-30 12:00:00 +0000 UTC\n"
                  "bisecting cause commit starting from {0}\n"
                  "ensuring issue is reproducible on original commit {0}\n"
                  "testing commit {0} clang\n"
                  "compiler: Debian clang version 15.0.7, GNU ld (GNU Binutils for Debian) 2.35.2\n"
                  "kernel signature: {0}{4}\n"
                  "run #0: crashed: INFO: task hung in foo_wait\n"
                  "run #1: crashed: INFO: task hung in foo_flush\n"
                  "run #2: crashed: INFO: task hung in foo_wait\n"
                  "run #3: ignore: lost connection to test machine\n"
                  "run #4: infra problem: failed to create instance\n"
                  "representative crash: INFO: task hung in foo_wait, types: [HANG]\n"
                  "picked [v6.5 v6.4 v6.3] out of 40 release tags\n"
                  "testing release v6.5\n"
                  "testing commit {1} with gcc (GCC) 8.1.0\n"
                  "all runs: OK\n"
                  "false negative chance: 0.001\n",
                  id('1'), id('2'), id('3'), id('4'), std::string(24, '5')));
  EXPECT_EQ(log.verdicts(), "bad good");
  EXPECT_EQ(log.replay().target, "INFO: task hung in foo_wait");
  EXPECT_EQ(log.identity("INFO: task hung in foo_flush"), "target");
}

}  // namespace
}  // namespace culprit::replay
