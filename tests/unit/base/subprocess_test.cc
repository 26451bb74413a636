#include "base/process/subprocess.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/format.h>

namespace culprit::base {
namespace {

using How = ProcessEnd::How;
using testing::HasSubstr;
using testing::Not;

// Only against tests that hang: every wait below ends much earlier.
constexpr double k_hang_guard_s = 60;

Command shell(std::string script) {
  return {.argv = {"sh", "-c", std::move(script)}, .timeout_s = k_hang_guard_s};
}

ProcessEnd run(const Command& command) {
  const CancelToken never;
  auto end = run_process(command, never);
  EXPECT_TRUE(end) << render(end.error());
  return end ? *end : ProcessEnd{};
}

template <class Condition>
bool eventually(Condition condition) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::duration<double>(k_hang_guard_s);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > limit) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Processes whose environment has CULPRIT_TEST=`mark`; the guards among them.
std::vector<pid_t> marked(const std::string& mark) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const pid_t pid = std::atoi(entry.path().filename().c_str());
    if (pid > 0 && contents(entry.path() / "environ").contains("CULPRIT_TEST=" + mark)) found.push_back(pid);
  }
  return found;
}

// A mark that no other test of this or another run has.
std::string new_mark() {
  static std::atomic<int> count{0};
  return fmt::format("{}.{}.", ::getpid(), ++count);
}

TEST(Subprocess, OutputOfBothStreamsComesInOrderAndExitCodeIsReported) {
  const auto end = run(shell("echo one; echo two >&2; echo three; exit 7"));
  EXPECT_EQ(end.how, How::exited);
  EXPECT_EQ(end.exit_code, 7);
  EXPECT_FALSE(end.ok());
  EXPECT_EQ(end.output, "one\ntwo\nthree\n");
  EXPECT_EQ(end.errors, "");
}

TEST(Subprocess, StreamsAreKeptApartWhenAsked) {
  Command command = shell("echo out; echo err >&2");
  command.merge_stderr = false;
  const auto end = run(command);
  EXPECT_TRUE(end.ok());
  EXPECT_EQ(end.output, "out\n");
  EXPECT_EQ(end.errors, "err\n");
}

TEST(Subprocess, DeathByASignalIsReportedAsThatSignal) {
  const auto end = run(shell("kill -SEGV $$"));
  EXPECT_EQ(end.how, How::signaled);
  EXPECT_EQ(end.signal, SIGSEGV);
}

TEST(Subprocess, CwdAndEnvironmentAreThoseOfTheCommand) {
  ::setenv("CULPRIT_TEST_KEPT", "kept", 1);
  ::setenv("CULPRIT_TEST_CHANGED", "before", 1);
  Command command = shell("pwd; echo $CULPRIT_TEST_KEPT $CULPRIT_TEST_CHANGED");
  command.cwd = "/usr";
  command.env = {{"CULPRIT_TEST_CHANGED", "after"}};
  EXPECT_EQ(run(command).output, "/usr\nkept after\n");
}

TEST(Subprocess, NulBytesAndBinaryAreKept) {
  const auto end = run(shell(R"(printf 'a\000b\377\n\000')"));
  EXPECT_EQ(end.output, std::string("a\0b\xff\n\0", 6));
}

TEST(Subprocess, StandardStreamsCanBeOpenedByTheirNames) {
  // Fails with ENXIO where the streams are sockets.
  EXPECT_EQ(run(shell("echo out > /dev/stdout; echo err > /dev/stderr")).output, "out\nerr\n");
}

TEST(Subprocess, NoInputIsAnEmptyOne) { EXPECT_EQ(run(shell("wc -c")).output, "0\n"); }

TEST(Subprocess, InputLargerThanAnyPipeComesBack) {
  Command command{.argv = {"cat"}, .timeout_s = k_hang_guard_s};
  for (int i = 0; i < 200'000; ++i) command.input += fmt::format("line {}\n", i);
  const auto end = run(command);
  EXPECT_TRUE(end.ok());
  EXPECT_TRUE(end.output == command.input);
}

TEST(Subprocess, InputThatNobodyReadsHarmsNobody) {
  Command command = shell("exec <&-; echo done");
  command.input = std::string(std::size_t{8} << 20, 'x');
  EXPECT_EQ(run(command).output, "done\n");
}

TEST(Subprocess, EndlessFloodIsBoundedAndEndsAtItsDeadline) {
  Command command{.argv = {"yes"}, .timeout_s = 0.3, .output_limit = 1000};
  auto end = run(command);
  // A busy machine may not even have started it by then.
  for (; end.output.empty() && *command.timeout_s < k_hang_guard_s; end = run(command))
    *command.timeout_s *= 4;
  EXPECT_EQ(end.how, How::timed_out);
  EXPECT_TRUE(end.truncated);
  EXPECT_LT(end.output.size(), 1100u);
  EXPECT_THAT(end.output, HasSubstr("y\n[culprit: "));
  EXPECT_THAT(end.output, HasSubstr(" bytes dropped here]\n"));
}

TEST(Subprocess, HeadAndTailAreKept) {
  Command command = shell("seq 100000");
  command.output_limit = 20;
  const auto end = run(command);
  // seq prints 588,895 bytes.
  EXPECT_EQ(end.output, "1\n2\n3\n4\n5\n[culprit: 588875 bytes dropped here]\n99\n100000\n");
}

TEST(Subprocess, EveryChunkIsSeenAndFalseStopsTheChild) {
  std::string seen;
  Command command = shell("while :; do echo tick; sleep 0.01; done");
  command.on_output = [&](std::string_view chunk) {
    seen += chunk;
    return seen.size() < 50;
  };
  const auto end = run(command);
  EXPECT_EQ(end.how, How::stopped);
  EXPECT_GE(seen.size(), 50u);
  EXPECT_EQ(end.output.substr(0, seen.size()), seen);
}

TEST(Subprocess, ACallbackMayRunAnotherProcess) {
  std::string inner;
  Command command = shell("echo outer");
  command.on_output = [&](std::string_view chunk) {
    inner = run({.argv = {"cat"}, .input = "from " + std::string(chunk), .timeout_s = k_hang_guard_s}).output;
    return chunk == "outer\n";
  };
  EXPECT_TRUE(run(command).ok());
  EXPECT_EQ(inner, "from outer\n");
}

TEST(Subprocess, DeadlineKillsAChildThatIgnoresTerm) {
  const std::string mark = new_mark();
  Command command = shell("trap '' TERM; while :; do sleep 1000; done");
  command.timeout_s = 0.1;
  command.env = {{"CULPRIT_TEST", mark}};
  EXPECT_EQ(run(command).how, How::timed_out);
  EXPECT_EQ(marked(mark).size(), 0u);
}

TEST(Subprocess, ChildMayTidyUpAtItsDeadline) {
  Command command = shell("trap 'echo tidied; exit 0' TERM; while :; do sleep 0.01; done");
  command.timeout_s = 0.3;
  const auto end = run(command);
  EXPECT_EQ(end.how, How::timed_out);
  EXPECT_THAT(end.output, HasSubstr("tidied\n"));
}

TEST(Subprocess, CancelEndsItAndACancelledTokenStartsNothing) {
  CancelToken cancel;
  Command command = shell("echo up; sleep 1000");
  command.on_output = [&](std::string_view) {
    cancel.cancel();
    return true;
  };
  const auto end = run_process(command, cancel);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->how, How::cancelled);
  EXPECT_EQ(end->output, "up\n");

  const auto second = run_process(shell("echo never"), cancel);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->how, How::cancelled);
  EXPECT_EQ(second->output, "");
}

TEST(Subprocess, TreeThatIsEndedFromOutsideHasNotDiedOfASignal) {
  const CancelToken never;
  const auto outside = run_process(shell("kill -TERM $PPID; sleep 1000"), never);
  ASSERT_FALSE(outside);
  EXPECT_EQ(outside.error().kind, ErrorKind::interrupted);
  EXPECT_EQ(outside.error().what, "the run of 'sh' was ended from outside (SIGTERM)");

  CancelToken cancel;
  Command command = shell("echo $PPID; sleep 1000");
  command.on_output = [&](std::string_view guard) {
    ::kill(std::atoi(std::string(guard).c_str()), SIGHUP);
    cancel.cancel();
    return true;
  };
  const auto both = run_process(command, cancel);
  ASSERT_TRUE(both) << render(both.error());
  EXPECT_EQ(both->how, How::cancelled);
}

TEST(Subprocess, GuardThatIsStoppedGoesOn) {
  const auto end = run(shell("kill -STOP $PPID; echo up; exit 3"));
  EXPECT_EQ(end.how, How::exited);
  EXPECT_EQ(end.exit_code, 3);
  EXPECT_EQ(end.output, "up\n");
}

// Whoever stops the guard as often as it can, keeps it neither from the deadline nor from the end.
TEST(Subprocess, GuardThatIsStoppedAgainAndAgainObeysAllTheSame) {
  const std::string mark = new_mark();
  Command command = shell("trap '' TERM; while :; do kill -STOP $PPID; done");
  command.env = {{"CULPRIT_TEST", mark}};
  command.timeout_s = 0.3;
  EXPECT_EQ(run(command).how, How::timed_out);
  EXPECT_TRUE(marked(mark).empty());

  command.argv = {"sh", "-c", "g=$PPID; (while :; do kill -STOP $g; done) & exit 0"};
  command.timeout_s = k_hang_guard_s;
  EXPECT_EQ(run(command).how, How::exited);
  EXPECT_TRUE(marked(mark).empty());
}

TEST(Subprocess, ChildThatStopsItselfEndsAtItsDeadline) {
  for (const char* script :
       {"kill -STOP $$", "trap '' TERM; kill -STOP 0", "sleep 1000 & kill -STOP $!; wait"}) {
    const std::string mark = new_mark();
    Command command = shell(script);
    command.env = {{"CULPRIT_TEST", mark}};
    command.timeout_s = 0.2;
    EXPECT_EQ(run(command).how, How::timed_out) << script;
    EXPECT_TRUE(marked(mark).empty()) << script;
  }
}

// Starts a child that waits, sends it `signal` and, when it is dead, its guard SIGTERM, which the guard sees
// together with the death.
Result<ProcessEnd> end_child_and_then_guard(int signal) {
  Command command = shell("echo $PPID $$; while :; do sleep 0.01; done");
  command.on_output = [signal](std::string_view pids) {
    int guard = 0, child = 0;
    EXPECT_EQ(std::sscanf(std::string(pids).c_str(), "%d %d", &guard, &child), 2);
    const auto is_in_state = [](int pid, char state) {
      return eventually(
          [&] { return contents(fmt::format("/proc/{}/stat", pid)).contains(fmt::format(") {} ", state)); });
    };
    ::kill(guard, SIGSTOP);
    EXPECT_TRUE(is_in_state(guard, 'T'));
    ::kill(child, signal);
    EXPECT_TRUE(is_in_state(child, 'Z'));
    ::kill(guard, SIGTERM);
    ::kill(guard, SIGCONT);
    return true;
  };
  const CancelToken never;
  return run_process(command, never);
}

TEST(Subprocess, DeathOfTheSignalThatTheGuardGotTooIsNoDeathOfItsOwn) {
  const auto together = end_child_and_then_guard(SIGTERM);
  ASSERT_FALSE(together);
  EXPECT_EQ(together.error().what, "the run of 'sh' was ended from outside (SIGTERM)");
  const auto crash = end_child_and_then_guard(SIGSEGV);
  ASSERT_TRUE(crash) << render(crash.error());
  EXPECT_EQ(crash->how, How::signaled);
  EXPECT_EQ(crash->signal, SIGSEGV);
}

TEST(Subprocess, EndOtherThanSuccessCameOfTheInterruptionOnceThereIsOne) {
  const ProcessEnd success{}, failure{.exit_code = 1}, deadline{.how = How::timed_out};
  const ProcessEnd terminated{.how = How::signaled, .signal = SIGTERM}, by_shell{.exit_code = 128 + SIGINT};
  const ProcessEnd cancelled{.how = How::cancelled};
  const CancelToken never;
  CancelToken stop;
  stop.cancel();
  for (const ProcessEnd* end : {&failure, &deadline, &terminated, &by_shell}) {
    EXPECT_FALSE(came_of_interruption(*end, never));
    EXPECT_TRUE(came_of_interruption(*end, stop));
  }
  EXPECT_FALSE(came_of_interruption(success, stop));
  EXPECT_TRUE(came_of_interruption(cancelled, never));

  CancelToken late;
  std::atomic<int> turn{0};
  const std::jthread canceller([&] {
    turn = 1;
    while (turn != 2) {
    }
    late.cancel();
  });
  while (turn != 1) {
  }
  turn = 2;
  EXPECT_TRUE(came_of_interruption(terminated, late));
}

TEST(Subprocess, DaemonThatForkedTwiceAndLeftTheSessionIsKilled) {
  const std::string mark = new_mark();
  Command command = shell("(setsid sh -c 'setsid sleep 1000 & sleep 1000' &) ; sleep 1000 & echo started");
  command.env = {{"CULPRIT_TEST", mark}};
  const auto end = run(command);
  EXPECT_TRUE(end.ok());
  EXPECT_EQ(end.output, "started\n");
  EXPECT_EQ(marked(mark).size(), 0u);
}

TEST(Subprocess, TreeThatGoesOnForkingIsKilled) {
  const std::string mark = new_mark();
  // A relay: each shell starts its successor and ends, so that a list of pids is stale when it is read.
  Command command =
      shell("relay='sh -c \"$RELAY\" & exit 0'; export RELAY=\"$relay\"; sh -c \"$RELAY\"; exit 3");
  command.env = {{"CULPRIT_TEST", mark}};
  EXPECT_EQ(run(command).exit_code, 3);
  EXPECT_EQ(marked(mark).size(), 0u);
}

TEST(Subprocess, WhatALateWriterSaysIsNotLost) {
  // The process substitution outlives the shell by a moment.
  Command command{.argv = {"bash", "-c", "exec > >(sleep 0.05; cat); echo late"},
                  .timeout_s = k_hang_guard_s};
  EXPECT_EQ(run(command).output, "late\n");
}

TEST(Subprocess, ChildThatClosesItsOutputIsWaitedFor) {
  const auto end = run(shell("exec >&- 2>&-; sleep 0.1; exit 5"));
  EXPECT_EQ(end.exit_code, 5);
  EXPECT_EQ(end.output, "");
}

TEST(Subprocess, ProgramThatIsNotThereIsAnErrorWithAHint) {
  const CancelToken never;
  const auto in_path = run_process({.argv = {"culprit-no-such-program", "x"}}, never);
  ASSERT_FALSE(in_path);
  EXPECT_EQ(in_path.error().kind, ErrorKind::infra);
  EXPECT_EQ(render(in_path.error()),
            "culprit: error: cannot start 'culprit-no-such-program': No such file or directory\n"
            "hint: 'culprit-no-such-program' is not in PATH: install it, or give the path of the program\n");
  const auto by_path = run_process({.argv = {"./absent.sh"}, .cwd = "/usr"}, never);
  ASSERT_FALSE(by_path);
  EXPECT_EQ(render(by_path.error()),
            "culprit: error: cannot start './absent.sh': No such file or directory\n"
            "hint: there is no such file as seen from /usr\n");
}

TEST(Subprocess, FileThatCannotBeExecutedIsAnErrorWithAHint) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("culprit-test-" + new_mark());
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "plain") << "#!/bin/sh\n";
  std::ofstream(folder / "strange") << "#!/no/such/interpreter\n";
  std::filesystem::permissions(folder / "strange", std::filesystem::perms::owner_all);
  const CancelToken never;
  const auto plain = run_process({.argv = {"./plain"}, .cwd = folder}, never);
  ASSERT_FALSE(plain);
  EXPECT_EQ(plain.error().what, "cannot start './plain': Permission denied");
  EXPECT_EQ(plain.error().hint, "make it executable: chmod +x ./plain");
  const auto strange = run_process({.argv = {"./strange"}, .cwd = folder}, never);
  ASSERT_FALSE(strange);
  EXPECT_EQ(strange.error().hint, "the file is there, but the interpreter that its first line names is not");
  const auto nowhere = run_process({.argv = {"true"}, .cwd = folder / "gone"}, never);
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().what,
            fmt::format("cannot start 'true' in {}: No such file or directory", (folder / "gone").string()));
  std::filesystem::remove_all(folder);
}

TEST(Subprocess, ChildInheritsNoDescriptorAndNoSignalState) {
  const int leak = ::fcntl(0, F_DUPFD, 50);  // without close-on-exec, on purpose
  ASSERT_GE(leak, 0);
  ::signal(SIGUSR1, SIG_IGN);
  sigset_t usr2;
  sigemptyset(&usr2);
  sigaddset(&usr2, SIGUSR2);
  ::pthread_sigmask(SIG_BLOCK, &usr2, nullptr);
  const auto end =
      run({.argv = {"sh", "-c", "ls /proc/$$/fd | tr '\\n' ' '; grep -E 'Sig(Blk|Ign)' /proc/self/status"},
           .timeout_s = k_hang_guard_s});
  ::pthread_sigmask(SIG_UNBLOCK, &usr2, nullptr);
  ::signal(SIGUSR1, SIG_DFL);
  ::close(leak);
  EXPECT_THAT(end.output, testing::StartsWith("0 1 2 "));
  EXPECT_THAT(end.output, Not(HasSubstr(fmt::format(" {} ", leak))));
  EXPECT_THAT(end.output, HasSubstr("SigBlk:\t0000000000000000\n"));
  // Signals 32 and 33 are glibc's own; its posix_spawn ignores them in every child.
  const std::size_t ignored = end.output.find("SigIgn:\t");
  ASSERT_NE(ignored, std::string::npos);
  EXPECT_EQ(std::stoull(end.output.substr(ignored + 8), nullptr, 16) & 0x7fffffff, 0u) << end.output;
}

TEST(Subprocess, CpuTimeAndMemoryAreThoseOfTheWholeTree) {
  const auto end = run({.argv = {"sh", "-c",
                                 "sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'; "
                                 "head -c 40000000 /dev/zero | tail -c 40000000 | wc -c"},
                        .timeout_s = k_hang_guard_s});
  EXPECT_EQ(end.output, "40000000\n");
  EXPECT_GT(end.cpu_seconds, 0.02);
  EXPECT_GT(end.peak_memory, 40'000'000u);
  EXPECT_GT(end.seconds, 0);
}

TEST(Subprocess, KillOfCulpritLeavesNoDescendant) {
  const std::string mark = new_mark();
  const pid_t culprit = ::fork();
  if (culprit == 0) {
    const CancelToken never;
    Command command = shell("(setsid sh -c 'trap \"\" TERM HUP; sleep 1000 & sleep 1000' &); sleep 1000");
    command.env = {{"CULPRIT_TEST", mark}};
    (void)run_process(command, never);
    ::_exit(0);
  }
  // The guard, the shell, its sleep, the daemon and both of its sleeps.
  EXPECT_TRUE(eventually([&] { return marked(mark).size() == 6; }));
  ::kill(culprit, SIGKILL);
  ::waitpid(culprit, nullptr, 0);
  EXPECT_TRUE(eventually([&] { return marked(mark).empty(); }));
}

TEST(Subprocess, KillOfCulpritAtAnyMomentLeavesNothing) {
  const std::string mark = new_mark();
  for (int i = 0; i < 20; ++i) {
    const pid_t culprit = ::fork();
    if (culprit == 0) {
      const CancelToken never;
      Command command = shell("(setsid sleep 1000 &); sleep 0.005 & wait");
      command.env = {{"CULPRIT_TEST", mark}};
      while (true) (void)run_process(command, never);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(3 * i));
    ::kill(culprit, SIGKILL);
    ::waitpid(culprit, nullptr, 0);
  }
  EXPECT_TRUE(eventually([&] { return marked(mark).empty(); }));
}

// Two sleeps in the background, one in the foreground, and a guard that is killed as soon as they are there.
Command guardless_sleeps(const std::string& mark) {
  Command command = shell("sleep 1000 & sleep 1000 & echo $PPID; sleep 1000");
  command.env = {{"CULPRIT_TEST", mark}};
  command.on_output = [](std::string_view guard) {
    ::kill(std::atoi(std::string(guard).c_str()), SIGKILL);
    return true;
  };
  return command;
}

TEST(Subprocess, KillOfTheGuardIsAnErrorAndLeavesNothingButOtherChildren) {
  const std::string mark = new_mark();
  CancelToken cancel;
  std::atomic<bool> is_up = false;
  std::jthread other([&] {
    Command command = shell("echo up; sleep 1000");
    command.env = {{"CULPRIT_TEST", "other-" + mark}};
    command.on_output = [&](std::string_view) { return is_up = true; };
    (void)run_process(command, cancel);
  });
  EXPECT_TRUE(eventually([&] { return is_up.load(); }));
  const CancelToken never;
  const auto end = run_process(guardless_sleeps(mark), never);
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().kind, ErrorKind::infra);
  EXPECT_EQ(end.error().what, "culprit-guard ended without a report while it ran 'sh'");
  EXPECT_EQ(marked(mark).size(), 0u);
  EXPECT_GE(marked("other-" + mark).size(), 2u);  // its guard and its shell at least
  cancel.cancel();
}

TEST(Subprocess, KillOfTheGuardAfterAnInterruptionIsTheInterruption) {
  const std::string mark = new_mark();
  CancelToken cancel;
  Command command = guardless_sleeps(mark);
  command.on_output = [&, kill_guard = command.on_output](std::string_view guard) {
    cancel.cancel();
    return kill_guard(guard);
  };
  const auto end = run_process(command, cancel);
  ASSERT_TRUE(end) << render(end.error());
  EXPECT_EQ(end->how, How::cancelled);
  EXPECT_EQ(marked(mark).size(), 0u);
}

TEST(Subprocess, StraysCarryTheTagOfTheSession) {
  const std::string mark = new_mark();
  const pid_t culprit = ::fork();  // the tag is set once a process, so in one of its own
  if (culprit == 0) {
    set_session_tag("tag-" + mark);
    const CancelToken never;
    Command command = guardless_sleeps(mark);
    command.on_output = [kill_guard = command.on_output](std::string_view guard) {
      (void)kill_guard(guard);
      ::_exit(0);  // before it could look for strays
      return true;
    };
    (void)run_process(command, never);
    ::_exit(1);
  }
  int status = -1;
  ::waitpid(culprit, &status, 0);
  EXPECT_EQ(status, 0);
  // The direct child and its foreground sleep may or may not have gone already; the background ones have not.
  EXPECT_TRUE(eventually([&] { return marked(mark).size() <= 3; }));
  EXPECT_GE(marked(mark).size(), 2u);
  EXPECT_EQ(kill_strays("another-tag"), 0u);
  EXPECT_GE(kill_strays("tag-" + mark), 2u);
  EXPECT_EQ(marked(mark).size(), 0u);
  EXPECT_EQ(kill_strays("tag-" + mark), 0u);
}

TEST(Subprocess, SignalForTheGroupWhileTheGuardStartsIsReportedByTheGuard) {
  const auto before = ::signal(SIGINT, SIG_IGN);  // as good as a handler that only sets a token
  for (int i = 0; i < 30; ++i) {
    const pid_t culprit = ::fork();
    if (culprit == 0) {
      ::setpgid(0, 0);
      const CancelToken never;
      while (true) {
        const auto end = run_process({.argv = {"true"}, .timeout_s = k_hang_guard_s}, never);
        if (!end) ::_exit(end.error().kind == ErrorKind::interrupted ? 0 : 1);
      }
    }
    ::setpgid(culprit, culprit);
    int status = 0;
    bool ended = false;
    EXPECT_TRUE(eventually([&] {
      for (int j = 0; j < 200 && !ended; ++j) {
        ::kill(-culprit, SIGINT);
        ended = ::waitpid(culprit, &status, WNOHANG) == culprit;
      }
      return ended;
    }));
    EXPECT_EQ(status, 0);
  }
  ::signal(SIGINT, before);
}

TEST(Subprocess, SixteenThreadsAtOnce) {
  std::atomic<int> right{0};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 16; ++t)
    threads.emplace_back([t, &right] {
      const CancelToken never;
      for (int i = 0; i < 5; ++i) {
        const auto end = run_process({.argv = {"sh", "-c", fmt::format("sleep 1000 & cat; exit {}", t)},
                                      .input = fmt::format("{} {}", t, i),
                                      .timeout_s = k_hang_guard_s},
                                     never);
        if (end && end->exit_code == t && end->output == fmt::format("{} {}", t, i)) ++right;
      }
    });
  threads.clear();
  EXPECT_EQ(right, 16 * 5);
}

TEST(RunTool, YieldsStandardOutputOnly) {
  const CancelToken never;
  const auto out = run_tool(shell("echo answer; echo chatter >&2"), never);
  ASSERT_TRUE(out);
  EXPECT_EQ(*out, "answer\n");
}

TEST(RunTool, FailureHoldsTheCommandAndItsLastLines) {
  const CancelToken never;
  const auto failed = run_tool({.argv = {"sh", "-c", "seq 9 >&2; exit 3"}}, never);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::infra);
  EXPECT_EQ(failed.error().what, "`sh -c seq 9 >&2; exit 3` failed with exit code 3: 5\n6\n7\n8\n9");
  const auto dead = run_tool({.argv = {"sh", "-c", "kill -9 $$"}}, never);
  ASSERT_FALSE(dead);
  EXPECT_EQ(dead.error().what, "`sh -c kill -9 $$` died of signal 9 (Killed)");
  const auto long_one = run_tool({.argv = {"seq", "100"}, .output_limit = 10}, never);
  ASSERT_FALSE(long_one);
  EXPECT_EQ(long_one.error().what, "`seq 100` printed more than 10 bytes");
}

TEST(RunTool, InterruptionIsAnErrorOfItsOwnKind) {
  CancelToken cancel;
  cancel.cancel();
  const auto out = run_tool({.argv = {"true"}}, cancel);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().kind, ErrorKind::interrupted);
  EXPECT_EQ(out.error().what, "`true` was interrupted");
}

}  // namespace
}  // namespace culprit::base
