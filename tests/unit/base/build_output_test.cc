#include "base/process/build_output.h"

#include <gtest/gtest.h>

namespace culprit::base {
namespace {

TEST(BuildOutput, TheTellingLineNamesAnErrorElseIsTheLast) {
  EXPECT_EQ(telling_line("cc -o a a.c\na.c:1: error: no\nmake: *** Error 1\n"), "a.c:1: error: no");
  EXPECT_EQ(telling_line("ld: a.o: undefined reference to `b'\ncollect2: error\n"),
            "ld: a.o: undefined reference to `b'");
  EXPECT_EQ(telling_line("one\n  two  \n\n"), "two");
  EXPECT_EQ(telling_line("\n"), "");
}

}  // namespace
}  // namespace culprit::base
