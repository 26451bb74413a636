// What kernel developers concluded from such logs, principle by principle. The logs are made up; the ways in
// which they go wrong are not.
#include "replay/replay.h"

#include <gtest/gtest.h>

#include "tests/unit/replay/logs.h"

namespace culprit::replay {
namespace {

using testing::Judged;
using testing::LogText;

const std::string k_uaf = "KASAN: use-after-free Read in tls_write_space";

TEST(Replay, CleanBisectionKeepsItsCulprit) {
  const Judged log(LogText()
                       .start("10 " + k_uaf)
                       .release("v5.6", "10 " + k_uaf)
                       .release("v5.5", "10 OK")
                       .bisect("v5.6", "v5.5")
                       .step("A", "10 " + k_uaf, "bad")
                       .step("B", "10 OK", "good")
                       .step("C", "10 " + k_uaf, "bad")
                       .culprit("C"));
  EXPECT_EQ(log.verdicts(), "bad bad good bad good bad");
  EXPECT_EQ(log.derailed_at(), "never");
  EXPECT_EQ(log.culprit(), "C");
  EXPECT_EQ(log.range(), "B..C");
}

// A log of culprit's says what its bisection made of crashes that one cannot tell by their titles.
TEST(Replay, WhatTheLogKnewBeyondTitlesCounts) {
  const auto judged = [](const std::vector<std::string>& remarks) {
    LogText log;
    log.start("10 exit code 1").release("v5.6", "10 exit code 1").release("v5.5", "2 exit code 1 + 8 OK");
    log.bisect("v5.6", "v5.5").step("A", "3 exit code 2", "bad").step("B", "3 exit code 1", "good");
    for (const std::string& remark : remarks) log.line("# culprit: " + remark);
    return Judged(log.culprit("A"));
  };
  EXPECT_EQ(judged({}).culprit(), "none");
  const auto id = [](const char* name) { return testing::commit_of(name).hex(); };
  const std::vector<std::string> said = {id("v5.5") + " is free of the bug though 2 runs showed it: 8 OK",
                                         id("A") + " shows the bug in #0 #1 #2",
                                         id("B") + " shows a failure that hides nothing in #0 #1 #2"};
  EXPECT_EQ(judged(said).verdicts(), "bad bad good bad good");
  EXPECT_EQ(judged(said).culprit(), "A");
  const std::vector<std::string> hidden = {said[0], said[1], id("B") + " shows another failure in #0 #1 #2"};
  EXPECT_EQ(judged(hidden).verdicts(), "bad bad good bad unknown");
}

TEST(Replay, OneUnrelatedCrashInTenDerails) {
  const Judged log(LogText()
                       .start("10 " + k_uaf)
                       .release("v5.6", "10 OK")
                       .bisect("start", "v5.6")
                       .step("A", "9 OK + 1 WARNING in dev_watchdog", "bad")
                       .step("B", "10 OK", "good")
                       .culprit("A"));
  EXPECT_EQ(log.verdicts(), "bad good good good");
  EXPECT_EQ(log.derailed_at(), "A");
  EXPECT_EQ(log.culprit(), "none");
}

// Five strangers, each perhaps the bug, are not the bug together.
TEST(Replay, SeveralStrangersAreNoBug) {
  const std::string strangers =
      "2 KASAN: use-after-free Read in snd_seq_poll + 2 KASAN: use-after-free Read in ext4_getblk + 2 KASAN: "
      "use-after-free Read in fuse_dev_do_read + 2 KASAN: use-after-free Read in nbd_genl_x + 2 KASAN: "
      "use-after-free Read in vhci_hub_control";
  const Judged log(LogText()
                       .start("10 KASAN: use-after-free Read in bt_accept_unlink")
                       .release("v5.6", "10 KASAN: use-after-free Read in bt_accept_unlink")
                       .release("v5.5", strangers)
                       .release("v5.4", "10 OK")
                       .bisect("v5.5", "v5.4")
                       .step("A", strangers, "bad")
                       .step("B", "10 OK", "good")
                       .culprit("A"));
  EXPECT_EQ(log.verdicts(), "bad bad unknown good unknown good");
  EXPECT_EQ(log.culprit(), "none");
}

TEST(Replay, ASilentMachineIsNotTheBugWhereAReportNamesOne) {
  const Judged log(
      LogText()
          .start("6 no output from test machine + 4 KASAN: use-after-free Read in nr_insert_socket")
          .release("v5.6", "2 no output from test machine + 8 KASAN: use-after-free Read in nr_insert_socket")
          .release("v5.5", "1 no output from test machine + 9 OK")
          .release("v5.4", "10 OK")
          .bisect("v5.5", "v5.4")
          .step("A", "10 OK", "good")
          .step("B", "1 no output from test machine + 9 OK", "bad")
          .culprit("B"));
  EXPECT_EQ(log.verdicts(), "bad bad good good good good");
  EXPECT_EQ(log.derailed_at(), "v5.5");
  EXPECT_EQ(log.culprit(), "none");
}

// Whatever A showed: what git tests after calling it bad are its ancestors, and one of them has the bug.
TEST(Replay, AMaskedStepAboveOneThatShowsTheBugDidNoHarm) {
  const Judged log(LogText()
                       .start("10 " + k_uaf)
                       .release("v5.4", "10 OK")
                       .bisect("start", "v5.4")
                       .step("A", "10 WARNING in dev_watchdog", "bad")
                       .step("B", "10 " + k_uaf, "bad")
                       .step("C", "10 OK", "good")
                       .culprit("B"));
  EXPECT_EQ(log.verdicts(), "bad good unknown bad good");
  EXPECT_EQ(log.derailed_at(), "never");
  EXPECT_EQ(log.culprit(), "B");
}

TEST(Replay, LostConnectionsAreNoCrashOfTheBug) {
  const Judged log(LogText()
                       .start("10 possible deadlock in kvfree_call_rcu")
                       .release("v6.9", "10 possible deadlock in kvfree_call_rcu")
                       .release("v6.8", "8 OK + 2 lost connection to test machine")
                       .release("v6.7", "9 OK + 1 lost connection to test machine")
                       .release("v6.6", "10 OK")
                       .bisect("v6.7", "v6.6"));
  EXPECT_EQ(log.verdicts(), "bad bad good good good");
  EXPECT_EQ(log.derailed_at(), "v6.8");
  EXPECT_EQ(log.range(), "v6.8..v6.9");
}

TEST(Replay, ASilentMachineMayBeAHang) {
  const Judged log(LogText()
                       .start("10 INFO: rcu detected stall in sys_sendfile64")
                       .release("v5.6", "10 no output from test machine")
                       .release("v5.5", "10 OK"));
  EXPECT_EQ(log.verdict("v5.6"), "unknown");
  EXPECT_EQ(log.identity("no output from test machine"), "unknown");
  EXPECT_EQ(log.derailed_at(), "never");
}

TEST(Replay, ABrokenBootSaysNothingEvenIfItCrashesLikeTheBug) {
  const Judged log(LogText()
                       .start("10 WARNING in hsr_forward_skb")
                       .release("v4.20", "10 boot: WARNING in hsr_forward_skb")
                       .release("v4.19", "10 OK"));
  EXPECT_EQ(log.verdicts(), "bad unknown good");
  EXPECT_EQ(log.derailed_at(), "never");
  EXPECT_EQ(log.identity("WARNING in hsr_forward_skb"), "target");
}

TEST(Replay, ACrashInEveryTestHidesTheBug) {
  const Judged log(LogText()
                       .start("10 " + k_uaf)
                       .release("v4.20", "10 boot: WARNING in hsr_forward_skb")
                       .release("v4.19", "10 INFO: trying to register non-static key in can_notifier")
                       .release("v4.18", "10 INFO: trying to register non-static key in can_notifier")
                       .release("v4.17", "10 OK")
                       .bisect("v4.18", "v4.17")
                       .step("A", "10 INFO: trying to register non-static key in can_notifier", "bad")
                       .culprit("A"));
  EXPECT_EQ(log.verdicts(), "bad unknown unknown unknown good unknown");
  EXPECT_EQ(log.derailed_at(), "v4.19");
  EXPECT_EQ(log.culprit(), "none");
  EXPECT_EQ(log.range(), "v4.17..start");
}

TEST(Replay, AReleaseThatIsBadAnywayDerailsNothing) {
  const Judged log(LogText()
                       .start("7 " + k_uaf + " + 3 OK")
                       .release("v5.6", "1 general protection fault in batadv_iv_ogm_queue_add + 9 OK")
                       .release("v5.5", "6 " + k_uaf + " + 4 OK")
                       .release("v5.4", "10 OK"));
  EXPECT_NE(log.verdict("v5.6"), "good");
  EXPECT_EQ(log.verdict("v5.5"), "bad");
  EXPECT_EQ(log.derailed_at(), "never");
}

TEST(Replay, SilenceOfARareCrashIsNoProof) {
  const Judged log(LogText()
                       .start("1 " + k_uaf + " + 9 OK")
                       .release("v5.6", "2 " + k_uaf + " + 8 OK")
                       .release("v5.5", "10 OK")
                       .bisect("v5.6", "v5.5")
                       .step("A", "10 OK", "good")
                       .step("B", "1 " + k_uaf + " + 9 OK", "bad")
                       .culprit("B"));
  EXPECT_EQ(log.verdicts(), "bad bad unknown unknown bad");
  EXPECT_EQ(log.culprit(), "none");
  EXPECT_EQ(log.range(), "none..B");
}

TEST(Replay, OneCrashOfTheBugInTenIsTheBug) {
  const Judged log(
      LogText().start("10 " + k_uaf).release("v5.6", "1 " + k_uaf + " + 9 OK").release("v5.5", "10 OK"));
  EXPECT_EQ(log.verdicts(), "bad bad good");
}

TEST(Replay, EqualBinariesShareTheirRuns) {
  const Judged log(LogText()
                       .start("10 " + k_uaf)
                       .release("v5.6", "10 OK", "one")
                       .bisect("start", "v5.6")
                       .step("A", "3 boot: can't ssh into the instance", "skip", 10, "one")
                       .step("B", "10 " + k_uaf, "bad", 10, "two")
                       .step("C", "2 boot: can't ssh into the instance + 1 infra: quota", "skip", 10, "two"));
  EXPECT_EQ(log.verdicts(), "bad good good bad bad");
  ASSERT_EQ(log.replay().same_binary.size(), 2u);
}

TEST(Replay, AWrongLastStepIsPutRight) {
  const Judged log(LogText()
                       .start("10 " + k_uaf)
                       .release("v5.6", "10 OK")
                       .bisect("start", "v5.6")
                       .step("A", "10 " + k_uaf, "bad", 3)
                       .step("B", "10 OK", "good", 1)
                       .step("C", "9 OK + 1 lost connection to test machine", "bad", 0)
                       .culprit("C"));
  EXPECT_EQ(log.derailed_at(), "C");
  EXPECT_EQ(log.culprit(), "A");
}

TEST(Replay, TheParentsBinaryCannotBeTheCulprits) {
  const Judged log(LogText()
                       .start("10 " + k_uaf)
                       .release("v5.6", "10 OK")
                       .bisect("start", "v5.6")
                       .step("A", "10 " + k_uaf, "bad")
                       .culprit("A")
                       .line("culprit signature: 0123456789012345678901234567890123456789")
                       .line("parent  signature: 0123456789012345678901234567890123456789"));
  EXPECT_EQ(log.verdict("A"), "bad");
  EXPECT_EQ(log.culprit(), "none");
}

TEST(Replay, AFixIsTheFirstRevisionWithoutTheBug) {
  const Judged log(LogText()
                       .fix("10 " + k_uaf, "10 OK")
                       .bisect("head", "start")
                       .step("A", "10 " + k_uaf, "good")
                       .step("B", "10 OK", "bad")
                       .step("C", "10 OK", "bad")
                       .culprit("C"));
  EXPECT_EQ(log.verdicts(), "bad good bad good good");
  EXPECT_EQ(log.derailed_at(), "never");
  EXPECT_EQ(log.culprit(), "C");
}

TEST(Replay, AnOutlierKeepsAFixFromBeingSeen) {
  const Judged log(
      LogText()
          .fix("4 INFO: task hung in pipe_read + 4 INFO: task hung in pipe_write + 2 INFO: task hung in "
               "vfs_unlink",
               "10 OK")
          .bisect("head", "start")
          .step("A", "6 INFO: task hung in pipe_write + 4 INFO: task hung in do_truncate", "good")
          .step("B", "9 OK + 1 WARNING: ODEBUG bug in netdev_run_todo", "good")
          .culprit("head"));
  EXPECT_EQ(log.verdicts(), "bad good bad good");
  EXPECT_EQ(log.derailed_at(), "B");
  EXPECT_EQ(log.culprit(), "none");
}

// What the start and the fixed head share is free of the bug since it is older, not since it is fixed.
TEST(Replay, AMergeBaseIsNoNeighbourOfTheFix) {
  const auto id = [](char digit) { return std::string(40, digit); };
  const auto tested = [&](char digit, const std::string& what) {
    return "testing commit " + id(digit) + " gcc\nall runs: " + what + "\n";
  };
  const std::string crash = "crashed: WARNING in tcp_disconnect";
  const Judged log(
      "bisecting fixing commit since " + id('1') + "\n" + tested('1', crash) + "testing current HEAD " +
      id('2') + "\n" + tested('2', "OK") + "# git bisect start " + id('2') + " " + id('1') + "\n" +
      tested('3', crash) + "# git bisect good " + id('3') + "\n" + tested('4', "OK") + "# git bisect bad " +
      id('4') + "\ndetermine whether the revision contains the guilty commit\nchecking the merge base " +
      id('5') + "\nno existing result, test the revision\n" + tested('5', "OK") +
      "the bug was not introduced yet; pretend that kernel crashed\n# git bisect good " + id('6') + "\n" +
      id('4') + " is the first bad commit\nfirst bad commit: " + id('4') + " tcp: fix\n");
  EXPECT_EQ(log.replay().conclusion.culprit, model::CommitId::from_hex(id('4')));
}

TEST(Replay, GitsOwnLogIsTakenAtItsWord) {
  const Judged log(
      "git bisect start\n"
      "# bad: [1111111111111111111111111111111111111111] Linux 5.6\n"
      "git bisect bad 1111111111111111111111111111111111111111\n"
      "# good: [2222222222222222222222222222222222222222] Linux 5.5\n"
      "git bisect good 2222222222222222222222222222222222222222\n"
      "# skip: [3333333333333333333333333333333333333333] does not build\n"
      "git bisect skip 3333333333333333333333333333333333333333\n"
      "# bad: [4444444444444444444444444444444444444444] a change\n"
      "git bisect bad 4444444444444444444444444444444444444444\n"
      "# first bad commit: [4444444444444444444444444444444444444444] a change\n");
  EXPECT_EQ(log.verdicts(), "bad good unknown bad");
  EXPECT_EQ(log.derailed_at(), "never");
  EXPECT_EQ(log.replay().conclusion.culprit, model::CommitId::from_hex(std::string(40, '4')));
  EXPECT_EQ(log.replay().revisions[0].why, "called bad");
  EXPECT_EQ(log.replay().revisions[1].why, "called good");
}

TEST(Replay, ALogWithoutItsBeginningIsJudgedFromItsFirstCrash) {
  std::string text =
      LogText().start("10 " + k_uaf).release("v5.6", "10 " + k_uaf).release("v5.5", "10 OK").text();
  text = text.substr(text.find("testing release v5.6"));
  const Judged log(text);
  EXPECT_EQ(log.verdicts(), "bad good");
  EXPECT_TRUE(log.replay().start.is_null());
}

TEST(Replay, RunsThatAreMissingMakeARevisionUnknown) {
  const Judged log(
      LogText().start("10 " + k_uaf).release("v5.6", "10 OK").bisect("start", "v5.6").step("A", "", "bad"));
  EXPECT_EQ(log.verdicts(), "bad good unknown");
}

TEST(Replay, SaysWhatGetsPastACrashThatHidesTheBug) {
  const Judged log(LogText()
                       .start("10 INFO: task hung in foo_wait")
                       .release("v5.6", "10 possible deadlock in bar_lock_both")
                       .release("v5.5", "10 OK"));
  ASSERT_FALSE(log.replay().next_steps.empty());
  EXPECT_EQ(log.replay().next_steps.front(),
            "run v5.6 again without CONFIG_PROVE_LOCKING (it watches lock order, which this bug does not "
            "need): there "
            "\"possible deadlock in bar_lock_both\" comes before the bug can show");
}

}  // namespace
}  // namespace culprit::replay
