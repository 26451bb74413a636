#include "console/stack/recursion.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace culprit::console {
namespace {

std::vector<model::Frame> frames_of(std::initializer_list<const char*> functions) {
  std::vector<model::Frame> frames;
  for (const char* function : functions) frames.push_back({.function = function});
  return frames;
}

bool any(const model::Frame&) { return true; }

std::string named(const std::vector<model::Frame>& frames) {
  const model::Frame* f = recursing(frames, any);
  return f == nullptr ? std::string() : f->function;
}

TEST(Recursion, LeafIsNotNamed) {
  EXPECT_EQ(named(frames_of({"strlen", "walk", "walk", "walk", "walk", "main"})), "walk");
}

TEST(Recursion, SameNameWhereverTheLoopOfCallsEnds) {
  EXPECT_EQ(named(frames_of({"visit", "walk", "visit", "walk", "visit", "walk", "visit"})), "visit");
  EXPECT_EQ(named(frames_of({"walk", "visit", "walk", "visit", "walk", "visit", "walk"})), "visit");
}

TEST(Recursion, TwoCallsAreNone) {
  EXPECT_EQ(named(frames_of({"walk", "visit", "walk", "visit", "main"})), "");
}

TEST(Recursion, WhatExplainsNothingDoesNotCount) {
  const std::vector<model::Frame> frames = frames_of({"next", "walk", "next", "walk", "next", "walk"});
  const model::Frame* f =
      recursing(frames, [](const model::Frame& frame) { return frame.function != "next"; });
  ASSERT_NE(f, nullptr);
  EXPECT_EQ(f->function, "walk");
}

}  // namespace
}  // namespace culprit::console
