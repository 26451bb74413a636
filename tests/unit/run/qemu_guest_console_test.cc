#include "run/qemu/guest_console.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace culprit::run {
namespace {

constexpr std::size_t k_limit = 100'000;

TEST(GuestConsole, MarksWhatTheReproducerSays) {
  GuestConsole console(k_limit, "handshake");
  console.kernel_says("<6>[    1.0] boot\n");
  console.reproducer_says("BUG: cannot open /dev/x\r\nsecond\n");
  console.kernel_says("<4>[    1.1] WARNING\n");
  console.finish();
  EXPECT_EQ(
      console.text(),
      "<6>[    1.0] boot\n[reproducer] BUG: cannot open /dev/x\n[reproducer] second\n<4>[    1.1] WARNING\n");
}

TEST(GuestConsole, NeverTearsALineHoweverThePortsAreCut) {
  const std::string kernel = "<6>[    1.0] one\n<6>[    1.1] two\n<6>[    1.2] three\n";
  const std::string user = "a\nbb\nccc\n";
  for (std::size_t piece = 1; piece < 9; piece++) {
    GuestConsole console(k_limit, "handshake");
    for (std::size_t at = 0; at < kernel.size(); at += piece) {
      console.kernel_says(kernel.substr(at, piece));
      if (at < user.size()) console.reproducer_says(user.substr(at, piece));
    }
    console.finish();
    const std::string text = console.text();
    for (const char* line :
         {"one\n", "two\n", "three\n", "[reproducer] a\n", "[reproducer] bb\n", "[reproducer] ccc\n"})
      EXPECT_NE(text.find(line), std::string::npos) << piece << ":\n" << text;
    for (std::size_t mark = text.find("[reproducer]"); mark != std::string::npos;
         mark = text.find("[reproducer]", mark + 1))
      EXPECT_TRUE(mark == 0 || text[mark - 1] == '\n') << piece << ":\n" << text;
  }
}

TEST(GuestConsole, LeavesTheHandshakeOut) {
  GuestConsole console(k_limit, "culprit:feed:output");
  console.reproducer_says("culprit:feed:output\nhello\n");
  console.finish();
  EXPECT_EQ(console.text(), "[reproducer] hello\n");
}

TEST(GuestConsole, WhatHasNoEndIsMarkedAllTheSame) {
  GuestConsole console(k_limit, "handshake");
  console.kernel_says("login: ");
  console.reproducer_says(std::string(10'000, 'x'));
  console.finish();
  const std::string text = console.text();
  EXPECT_EQ(text.substr(0, 25), "login: \n[reproducer] xxxx");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 4);
}

TEST(GuestConsole, IsBounded) {
  GuestConsole console(1000, "handshake");
  for (int i = 0; i < 1000; i++) console.reproducer_says("a line of the reproducer\n");
  console.finish();
  EXPECT_TRUE(console.truncated());
  EXPECT_LT(console.text().size(), 1100U);
}

}  // namespace
}  // namespace culprit::run
