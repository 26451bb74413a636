// Which part of a machine's console is of the kernel that a run booted.

#include "run/hardware/machine_console.h"

#include <gtest/gtest.h>

namespace culprit::run {
namespace {

const std::string k_own =
    "[    0.000000] Linux version 6.1 (own)\n[    0.000000] Command line: root=/dev/sda1\n";
const std::string k_ours =
    "[    0.000000] Linux version 6.2 (ours)\n[    0.000000] Command line: root=/dev/sda1 culprit.run=abc "
    "panic=30\n";
const std::string k_start = "[    9.000000] culprit:0123:start\n";
const std::string k_crash = "[   10.000000] BUG: a bug\n";

std::string of_run(const std::string& console) { return of_one_kernel(console, "abc", "culprit:0123:start"); }

TEST(MachineConsole, WhatOtherKernelsSayIsLeftOut) {
  EXPECT_EQ(of_run(k_own + "[    5.000000] WARNING: old\n" + k_ours + k_start + k_crash + k_own),
            k_ours + k_start + k_crash);
}

TEST(MachineConsole, ABootLoadersEchoIsNotTheKernel) {
  EXPECT_EQ(
      of_run(k_own + "[    5.000000] kexec: root=/dev/sda1 culprit.run=abc\n" + k_ours + k_crash + k_own),
      k_ours + k_crash);
}

TEST(MachineConsole, AConsoleThatBeginsLateIsCutAtTheNextKernel) {
  EXPECT_EQ(of_run("[    8.000000] eth0: up\n" + k_start + k_crash + k_own),
            "[    8.000000] eth0: up\n" + k_start + k_crash);
}

TEST(MachineConsole, TheReproducersWordsBeginNoKernel) {
  const std::string words = "[reproducer] Linux version 6.1\n[   9.5] audit: Linux version 6.1\n";
  EXPECT_EQ(of_run(k_ours + k_start + words + k_crash), k_ours + k_start + words + k_crash);
}

TEST(MachineConsole, ItIsKnownWhetherTheKernelSpoke) {
  EXPECT_TRUE(speaks(k_own + k_ours, "abc"));
  EXPECT_FALSE(speaks(k_own + "[    5.000000] kexec: culprit.run=abc\n", "abc"));
}

}  // namespace
}  // namespace culprit::run
