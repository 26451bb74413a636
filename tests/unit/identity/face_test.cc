#include "identity/looks/face.h"

#include <gtest/gtest.h>

#include "tests/unit/identity/runs.h"

namespace culprit::identity {
namespace {

using namespace testing;

TEST(PlainLockClass, SpellingsOfOneClassAgree) {
  EXPECT_EQ(plain_lock_class("&mm->mmap_sem"), plain_lock_class("&mm->mmap_lock"));
  EXPECT_EQ(plain_lock_class("&(&dev->lock)->rlock"), plain_lock_class("&dev->lock"));
  EXPECT_EQ(plain_lock_class("&pipe->mutex/1"), plain_lock_class("&pipe->mutex"));
  EXPECT_EQ(plain_lock_class("sb_writers#3"), "sb_writers");
  EXPECT_EQ(plain_lock_class("cpu_hotplug_lock.rw_sem"), plain_lock_class("cpu_hotplug_lock"));
  EXPECT_EQ(plain_lock_class("(&timer)"), "timer");
  EXPECT_NE(plain_lock_class("&a->lock"), plain_lock_class("&b->lock"));
}

TEST(FaceOf, TheSubKindComesFromTheReport) {
  const Face face =
      face_of(lockdep("WARNING: odd new words in foo", model::LockdepKind::bad_unlock_balance, {"&x->mut"}));
  EXPECT_EQ(face.parts.kind, Kind::unlock_balance);
  EXPECT_EQ(face.lock_classes, std::vector<std::string>{"x->mut"});
}

TEST(FaceOf, TheStackIsWithoutHelpersAndDispatchers) {
  const Face face = face_of(
      with_stack(report("WARNING in foo_walk"), {"dump_stack", "foo_walk.isra.0", "mutex_lock", "foo_ioctl",
                                                 "vfs_ioctl", "__x64_sys_ioctl", "do_syscall_64"}));
  ASSERT_EQ(face.stack.size(), 2u);
  EXPECT_EQ(face.stack[0].plain, "foo_walk");
  EXPECT_EQ(face.stack[1].plain, "foo_ioctl");
}

TEST(SightingsOf, WhatComesBeforeTheTestIsMarked) {
  model::RunRecord run = reported(1, {report("WARNING in foo")}, true);
  run.boot_reports.push_back(report("possible deadlock in bar"));
  const auto seen = sightings_of(run);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_TRUE(seen[0].before_test);
  EXPECT_EQ(seen[0].face.title, "possible deadlock in bar");
  EXPECT_FALSE(seen[1].before_test);
}

TEST(SightingsOf, CleanRunsAndLostRunsShowNothing) {
  EXPECT_TRUE(sightings_of(ok(1)).empty());
  EXPECT_TRUE(sightings_of(infra(1)).empty());
  EXPECT_TRUE(sightings_of(boot_failed(1, "")).empty());
  ASSERT_EQ(sightings_of(boot_failed(1, "WARNING in foo")).size(), 1u);
  EXPECT_TRUE(sightings_of(boot_failed(1, "WARNING in foo")).front().before_test);
}

}  // namespace
}  // namespace culprit::identity
