#include "run/oom.h"

#include <gtest/gtest.h>

namespace culprit::run {
namespace {

TEST(Oom, TheKernelsCountIsReadOutOfEitherFile) {
  EXPECT_EQ(oom_kills_in("oom 1\noom_kill 3\noom_group_kill 0\n"), 3);
  EXPECT_EQ(oom_kills_in("pgfault 99\noom_kill 0\n"), 0);
  EXPECT_EQ(oom_kills_in("pgfault 1\n"), -1);
}

}  // namespace
}  // namespace culprit::run
