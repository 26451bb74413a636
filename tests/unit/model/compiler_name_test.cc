#include "model/build/compiler_name.h"

#include <gtest/gtest.h>

namespace culprit::model {
namespace {

TEST(CompilerName, IsReadFromTheVersionLine) {
  EXPECT_EQ(short_compiler("gcc-10 (Debian 10.2.1-6) 10.2.1 20210110, GNU ld (GNU Binutils for Debian) 2.40"),
            "gcc 10.2.1");
  EXPECT_EQ(short_compiler("x86_64-linux-gnu-gcc (GCC) 13.2.0"), "gcc 13.2.0");
  EXPECT_EQ(short_compiler("/opt/cc/bin/gcc-9 (Debian 9.3.0-22) 9.3.0, GNU ld 2.40"), "gcc 9.3.0");
  EXPECT_EQ(short_compiler(
                "Debian clang version 19.1.7 (3~deb12u1), Debian LLD 19.1.7 (compatible with GNU linkers)"),
            "clang 19.1.7");
  EXPECT_EQ(short_compiler("clang version 11.0.1-2, LLD 11.0.1"), "clang 11.0.1");
}

TEST(CompilerName, OfAnotherCompilerIsItsCommand) {
  EXPECT_EQ(short_compiler("new-cc 1.0, GNU ld 2.40"), "new-cc 1.0");
  EXPECT_EQ(short_compiler("cc"), "cc");
  EXPECT_EQ(short_compiler(""), "");
}

}  // namespace
}  // namespace culprit::model
