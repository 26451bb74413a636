// The runner against a script in QEMU's place, which says on its output what a guest would say, and against
// the real QEMU with a guest of a few instructions.

#include "run/qemu/qemu_runner.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "base/files.h"
#include "base/process/subprocess.h"

namespace culprit::run {
namespace {

using base::ErrorKind;
using model::RawRun;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view k_fake_qemu = R"(#!/bin/sh
[ "$1" = --version ] && { echo "QEMU emulator version 7.2"; exit 0; }
accel= append= bios=
for word; do
  case $word in file,id=reproducer,path=*) port=${word#file,id=reproducer,path=} ;; esac
  case $last in -initrd) initrd=$word ;; -append) append=$word ;; -accel) accel=$word ;; -bios) bios=$word ;; esac
  last=$word
done
[ -z "$bios" ] || exit 85
token=$(grep -a -o 'culprit:[0-9a-f]\{16\}' "$initrd" | head -n 1)
boot() { echo "Linux version 6.1"; echo "[ 1.0] $token:ready 2 CPUs"; echo "[ 1.0] $token:start"; }
case $append in
  *fake=clean*) boot; echo hello; echo "$token:exit 0" ;;
  *fake=status*) boot; echo "$token:exit 7" ;;
  *fake=segfault*) boot; echo "$token:exit 139" ;;
  *fake=panic*) boot; echo "Kernel panic - not syncing: Fatal exception" ;;
  *fake=boots*) echo "Linux version 6.1"; echo "$token:ready 2 CPUs"; echo "$token:exit 0"; echo "a late word" ;;
  *fake=off*) boot; echo "[    2.0] reboot: Power down"; exec sleep 60 ;;
  *fake=speaks*) echo "Linux version 6.1"; exec sleep 60 ;;
  *fake=gone*) boot ;;
  *fake=early*) echo "Linux version 6.1"; echo "Kernel panic - not syncing: no init" ;;
  *fake=silent*) exec sleep 60 ;;
  *fake=hang*) boot; exec sleep 60 ;;
  *fake=limit*) boot; echo "$token:timeout"; echo "$token:exit 137" ;;
  *fake=stuck*) boot; echo "$token:timeout"; echo "$token:stuck" ;;
  *fake=lingers*) boot; echo "$token:exit 0"; exec sleep 60 ;;
  *fake=check*) echo "$token:ready 1 CPUs"; echo "$token:check-failed the guest has 1 of 2 CPUs" ;;
  *fake=liar*) boot; echo "culprit:0000000000000000:exit 0" ;;
  *fake=flood*) boot; head -c 3000000 /dev/zero | tr '\0' x; echo; echo "$token:exit 0" ;;
  *fake=words*) boot; echo "BUG: cannot open /dev/x" > "$port"; sleep 0.2; echo "$token:exit 0" ;;
  *fake=starts-late*) tries=$(dirname "$0")/tries; echo x >> "$tries"
    [ $(grep -c x "$tries") -gt 2 ] || { echo "qemu: cannot allocate memory" >&2; exit 1; }
    boot; echo "$token:exit 0" ;;
  *fake=shot*) kill -KILL $$ ;;
  *fake=no-memory*) echo "Kernel panic - not syncing: System is deadlocked on memory" ;;
  *fake=no-sysctl*) echo "$token:ready 2 CPUs"; echo "$token:check-failed no such sysctl: kernel.nothing" ;;
  *fake=refuses*) echo "qemu: no such machine" >&2; exit 1 ;;
  *fake=breaks*) boot; echo "qemu: KVM internal error" >&2; exit 1 ;;
  *fake=needs-tcg*) case $accel in kvm) exit 0 ;; *) boot; echo "$token:exit 0" ;; esac ;;
esac
)";

class QemuRunnerTest : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = base::TempDir::create("culprit-test-");
    ASSERT_TRUE(folder);
    m_folder.emplace(std::move(*folder));
    write("qemu", k_fake_qemu);
    write("busybox", "a static busybox");
    write("repro.sh", "echo hello\n");
    write("vmlinux", "");
    std::filesystem::permissions(m_folder->path() / "qemu", std::filesystem::perms::owner_all);
  }

  void write(const std::string& name, std::string_view text) {
    ASSERT_TRUE(base::write_file_atomically(m_folder->path() / name, text));
  }

  QemuOptions options(const std::string& behaviour) const {
    QemuOptions options;
    options.reproducer.script = m_folder->path() / "repro.sh";
    options.timeout_s = 0.2;
    options.accel = AccelChoice::tcg;
    options.append = "fake=" + behaviour;
    options.qemu = (m_folder->path() / "qemu").string();
    options.busybox = m_folder->path() / "busybox";
    options.start_pause_s = 0;
    return options;
  }

  base::Result<RawRun> run(QemuOptions options) {
    auto runner = QemuRunner::create(std::move(options), m_cancel);
    if (!runner) return std::unexpected(runner.error());
    return (*runner)->run({}, m_folder->path(), 0, 0, m_cancel);
  }

  std::optional<base::TempDir> m_folder;
  base::CancelToken m_cancel;
};

TEST_F(QemuRunnerTest, AReproducerThatEndsGivesItsStatus) {
  const auto clean = run(options("clean"));
  ASSERT_TRUE(clean) << base::render(clean.error());
  EXPECT_EQ(clean->end, RawRun::End::exited);
  EXPECT_EQ(clean->exit_code, 0);
  EXPECT_TRUE(clean->booted);
  EXPECT_TRUE(clean->test_started);
  EXPECT_THAT(clean->console.substr(clean->test_start), StartsWith("hello\n"));
  EXPECT_EQ(run(options("status"))->exit_code, 7);
}

TEST_F(QemuRunnerTest, AShellsStatusAbove128IsASignal) {
  const auto run = this->run(options("segfault"));
  EXPECT_EQ(run->end, RawRun::End::signaled);
  EXPECT_EQ(run->signal, 11);
}

TEST_F(QemuRunnerTest, AGuestThatEndsWithoutItsExitMarkDied) {
  const auto late = run(options("panic"));
  EXPECT_EQ(late->end, RawRun::End::died);
  EXPECT_TRUE(late->test_started);
  const auto early = run(options("early"));
  EXPECT_EQ(early->end, RawRun::End::died);
  EXPECT_FALSE(early->booted);
  EXPECT_FALSE(early->test_started);
  EXPECT_EQ(early->test_start, early->console.size());
}

TEST_F(QemuRunnerTest, SilenceUntilTheBootDeadlineIsATimeoutWithoutBoot) {
  QemuOptions silent = options("silent");
  silent.boot_timeout_s = 0.3;
  const auto run = this->run(silent);
  EXPECT_EQ(run->end, RawRun::End::timed_out);
  EXPECT_FALSE(run->booted);
}

TEST_F(QemuRunnerTest, AHangAfterBootIsATimeout) {
  QemuOptions hang = options("hang");
  hang.margin_s = 2;
  const auto run = this->run(hang);
  EXPECT_EQ(run->end, RawRun::End::timed_out);
  EXPECT_TRUE(run->booted);
  EXPECT_TRUE(run->test_started);
}

TEST_F(QemuRunnerTest, TheTimeLimitIsTheEndOfAnEndlessReproducer) {
  EXPECT_EQ(run(options("limit"))->end, RawRun::End::timed_out);
  QemuOptions endless = options("limit");
  endless.endless = true;
  const auto run = this->run(endless);
  EXPECT_EQ(run->end, RawRun::End::exited);
  EXPECT_EQ(run->exit_code, 0);
}

TEST_F(QemuRunnerTest, AReproducerThatCannotBeKilledTimesOutEvenIfEndless) {
  QemuOptions stuck = options("stuck");
  stuck.endless = true;
  EXPECT_EQ(run(stuck)->end, RawRun::End::timed_out);
}

TEST_F(QemuRunnerTest, AGuestThatLingersAfterItsExitMarkIsEnded) {
  const auto run = this->run(options("lingers"));
  EXPECT_EQ(run->end, RawRun::End::exited);
  EXPECT_EQ(run->exit_code, 0);
}

TEST_F(QemuRunnerTest, AFailedCheckIsNoStartOfTheReproducer) {
  const auto run = this->run(options("check"));
  EXPECT_TRUE(run->booted);
  EXPECT_FALSE(run->test_started);
  EXPECT_EQ(run->end, RawRun::End::exited);
  EXPECT_THAT(run->console, HasSubstr("the guest has 1 of 2 CPUs"));
}

TEST_F(QemuRunnerTest, WhyTheReproducerWasNotReachedIsTold) {
  EXPECT_EQ(run(options("check"))->reason, "the guest has 1 of 2 CPUs");
  EXPECT_EQ(run(options("no-sysctl"))->reason, "no such sysctl: kernel.nothing");
  EXPECT_EQ(run(options("clean"))->reason, "");
  EXPECT_EQ(run(options("early"))->reason, "") << "its console tells";
  EXPECT_EQ(run(options("no-memory"))->reason, "128 MB are too few to boot");
  QemuOptions small = options("early");
  small.memory_mib = 16;
  EXPECT_EQ(run(small)->reason, "16 MB are too few to boot");
  QemuOptions silent = options("silent");
  silent.boot_timeout_s = 0.3;
  EXPECT_EQ(
      run(silent)->reason,
      "boot_timeout of 300 ms is over, and nothing came on its console (CONFIG_SERIAL_8250_CONSOLE=y?)");
  silent.memory_mib = 64;
  EXPECT_EQ(run(silent)->reason,
            "boot_timeout of 300 ms is over, and nothing came on its console "
            "(CONFIG_SERIAL_8250_CONSOLE=y?); 64 MB may be too few to boot");
}

TEST_F(QemuRunnerTest, WhereTheBootIsSoughtItIsTheTest) {
  const auto boot = [&](const std::string& behaviour) {
    QemuOptions booting = options(behaviour);
    booting.sought = Sought::boot;
    booting.reproducer = {};
    booting.boot_timeout_s = 0.3;
    const auto raw = run(booting);
    EXPECT_TRUE(raw && raw->booted && raw->test_started && raw->test_start == 0) << behaviour;
    return raw.value_or(RawRun{});
  };
  const RawRun good = boot("boots");
  EXPECT_EQ(good.end, RawRun::End::exited);
  EXPECT_THAT(good.console, EndsWith(":exit 0\n"));  // what comes behind it is no boot
  EXPECT_EQ(boot("speaks").reason, "hang while booting");
  EXPECT_EQ(boot("silent").reason, "hang while booting, before the console");
  EXPECT_EQ(boot("early").reason, "sudden end while booting");
  EXPECT_EQ(boot("early").end, RawRun::End::died);
}

TEST_F(QemuRunnerTest, WhereTheShutdownIsSoughtTheGuestsLastWordsEndIt) {
  const auto shut_down = [&](const std::string& behaviour) {
    QemuOptions off = options(behaviour);
    off.sought = Sought::shutdown;
    off.reproducer = {};
    off.margin_s = 0.1;
    return run(off).value_or(RawRun{});
  };
  EXPECT_EQ(shut_down("off").end, RawRun::End::exited);
  EXPECT_EQ(shut_down("hang").reason, "hang while shutting down");
  EXPECT_EQ(shut_down("gone").reason, "sudden end while shutting down");
  EXPECT_EQ(shut_down("hang").end, RawRun::End::died);
  EXPECT_EQ(shut_down("early").booted, false);
}

TEST_F(QemuRunnerTest, WhereASuspendIsSoughtTheGuestMustComeBack) {
  const auto suspended = [this](const std::string& behaviour) {
    QemuOptions asleep = options(behaviour);
    asleep.sought = Sought::suspend;
    asleep.margin_s = 0.1;
    return run(asleep).value_or(RawRun{});
  };
  EXPECT_EQ(suspended("clean").end, RawRun::End::exited);
  EXPECT_EQ(suspended("clean").exit_code, 0);
  EXPECT_EQ(suspended("hang").reason, "hang while suspending or resuming");
  EXPECT_EQ(suspended("gone").reason, "sudden end while suspending or resuming");
  EXPECT_EQ(suspended("status").reason, "suspending fails");
  EXPECT_EQ(suspended("status").end, RawRun::End::died);
  EXPECT_EQ(suspended("check").test_started, false);
}

TEST_F(QemuRunnerTest, TheReproducersWordsAreMarked) {
  const auto run = this->run(options("words"));
  ASSERT_TRUE(run) << base::render(run.error());
  EXPECT_THAT(run->console, HasSubstr("[reproducer] BUG: cannot open /dev/x\n"));
}

TEST_F(QemuRunnerTest, AQemuThatDoesNotStartAtOnceIsTriedAgain) {
  const auto run = this->run(options("starts-late"));
  ASSERT_TRUE(run) << base::render(run.error());
  EXPECT_EQ(run->end, RawRun::End::exited);
}

TEST_F(QemuRunnerTest, AQemuThatIsKilledBeforeItsGuestSpeaksIsAnErrorInTheEnd) {
  EXPECT_EQ(base::render(run(options("shot")).error()),
            "culprit: error: tried 4 times: QEMU died of signal 9 before its guest said anything\n"
            "hint: `culprit doctor` checks QEMU and KVM\n");
}

TEST_F(QemuRunnerTest, AReproducerCannotFakeTheExitMark) {
  EXPECT_EQ(run(options("liar"))->end, RawRun::End::died);
}

TEST_F(QemuRunnerTest, AFloodIsBoundedAndTheEndIsSeen) {
  QemuOptions flood = options("flood");
  flood.console_limit = 100'000;
  flood.timeout_s = 30;
  const auto run = this->run(flood);
  EXPECT_EQ(run->end, RawRun::End::exited);
  EXPECT_TRUE(run->truncated);
  EXPECT_LT(run->console.size(), 101'000U);
  EXPECT_THAT(run->console.substr(run->test_start, 2), "xx");
  EXPECT_THAT(run->console, EndsWith(":exit 0\n"));
}

TEST_F(QemuRunnerTest, AQemuThatCannotStartIsAnErrorWithItsMessage) {
  const auto run = this->run(options("refuses"));
  ASSERT_FALSE(run);
  EXPECT_EQ(base::render(run.error()),
            "culprit: error: tried 4 times: QEMU cannot start: qemu: no such machine\n"
            "hint: `culprit doctor` checks QEMU and KVM\n");
}

TEST_F(QemuRunnerTest, AQemuThatBreaksDuringARunIsInfrastructure) {
  const auto run = this->run(options("breaks"));
  ASSERT_TRUE(run);
  EXPECT_EQ(run->end, RawRun::End::infra);
  EXPECT_EQ(run->infra_text, "QEMU failed with exit code 1: qemu: KVM internal error");
}

TEST_F(QemuRunnerTest, ACancelledRunIsInterrupted) {
  QemuOptions hang = options("hang");
  hang.timeout_s = 60;
  auto runner = QemuRunner::create(hang, m_cancel);
  ASSERT_TRUE(runner);
  std::jthread canceller([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    m_cancel.cancel();
  });
  const auto run = (*runner)->run({}, m_folder->path(), 0, 0, m_cancel);
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().kind, ErrorKind::interrupted);
}

TEST_F(QemuRunnerTest, KvmUnderWhichNothingBootsIsGivenUpForTcg) {
  if (::access("/dev/kvm", R_OK | W_OK) != 0) GTEST_SKIP() << "no /dev/kvm here";
  QemuOptions automatic = options("needs-tcg");
  automatic.accel = AccelChoice::automatic;
  automatic.cache_dir = m_folder->path();
  auto runner = QemuRunner::create(automatic, m_cancel);
  ASSERT_TRUE(runner);
  EXPECT_TRUE((*runner)->accel().kvm);
  EXPECT_EQ((*runner)->run({}, m_folder->path(), 0, 0, m_cancel)->end, RawRun::End::exited);
  EXPECT_FALSE((*runner)->accel().kvm);
  EXPECT_FALSE((*QemuRunner::create(automatic, m_cancel))->accel().kvm) << "and that is remembered";
}

TEST_F(QemuRunnerTest, MissingToolsAreNamedWithTheirPackage) {
  QemuOptions no_qemu = options("clean");
  no_qemu.qemu = "/nonexistent/qemu";
  EXPECT_EQ(run(no_qemu).error().hint, "guests run in QEMU: apt-get install qemu-system-x86");
  QemuOptions dynamic = options("clean");
  write("busybox",
        "\x7f"
        "ELF /lib64/ld-linux-x86-64.so.2");
  EXPECT_EQ(base::render(run(dynamic).error()),
            "culprit: error: " + dynamic.busybox.string() +
                " is not linked statically\n"
                "hint: the guest needs a static busybox: apt-get install busybox-static\n");
}

TEST_F(QemuRunnerTest, AReproducerThatDoesNotCompileIsTheUsersError) {
  QemuOptions broken = options("clean");
  broken.reproducer.script.clear();
  broken.reproducer.source = m_folder->path() / "repro.c";
  write("repro.c", "int main(void) { return nothing; }\n");
  const auto run = this->run(broken);
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().kind, ErrorKind::usage);
  EXPECT_THAT(run.error().what, StartsWith("the reproducer does not compile:\n"));
  EXPECT_THAT(run.error().what, HasSubstr("nothing"));
  EXPECT_EQ(run.error().hint,
            "it is built with `cc -O1 -static -pthread`; [reproducer] cc and cflags change that");

  broken.reproducer.source = m_folder->path() / "missing.c";
  EXPECT_EQ(this->run(broken).error().kind, ErrorKind::usage);
  broken.reproducer.source = m_folder->path() / "repro.c";
  broken.reproducer.cc = "no-such-compiler";
  EXPECT_EQ(this->run(broken).error().kind, ErrorKind::infra);
}

// A multiboot guest: writes a line to the first serial port and resets itself by a triple fault.
constexpr std::string_view k_multiboot_guest = R"(
  .section .text
  .long 0x1badb002, 0, -0x1badb002
  .globl _start
_start:
  mov $text, %esi
  mov $0x3f8, %dx
1: lodsb
  test %al, %al
  jz 2f
  out %al, (%dx)
  jmp 1b
2: lidt nothing
  int3
text: .asciz "hello from the guest\n"
nothing: .long 0, 0
)";

TEST_F(QemuRunnerTest, TheRealQemuRunsAGuestAndItsResetIsADeath) {
  QemuOptions real = options("");
  real.qemu = QemuOptions().qemu;
  if (!base::run_tool({.argv = {real.qemu, "--version"}}, m_cancel))
    GTEST_SKIP() << real.qemu << " is not installed";
  write("guest.s", k_multiboot_guest);
  const auto built =
      base::run_tool({.argv = {"gcc", "-m32", "-nostdlib", "-static", "-no-pie", "-Wl,-Ttext=0x100000",
                               "-Wl,--build-id=none", "-o", "vmlinux", "guest.s"},
                      .cwd = m_folder->path()},
                     m_cancel);
  ASSERT_TRUE(built) << base::render(built.error());
  const auto run = this->run(real);
  ASSERT_TRUE(run) << base::render(run.error());
  EXPECT_EQ(run->end, RawRun::End::died) << run->infra_text;
  EXPECT_FALSE(run->booted);
  EXPECT_THAT(run->console, HasSubstr("hello from the guest"));
}

}  // namespace
}  // namespace culprit::run
