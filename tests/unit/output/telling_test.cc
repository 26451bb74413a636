#include "output/words/telling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culprit::output {
namespace {

using testing::ElementsAre;

TEST(Telling, LeavesOutWhatEveryReportHas) {
  EXPECT_THAT(telling_lines("=====\n"
                            "==12==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010\n"
                            "    #0 0x7f01 in __interceptor_free (/usr/lib/libasan.so)\n"
                            "    #1 0x5501 in drop src/table.c:41\n"
                            "    #2 0x7f02 in __libc_start_main (/lib/libc.so.6)\n"
                            "\n"
                            "Shadow bytes around the buggy address:\n"
                            "  0x0c047fff8000: fa fa fd fd\n"
                            "=>0x0c047fff8010: fa[fd]fd fd\n"
                            "  Addressable:           00\n"
                            "==12==ABORTING\n",
                            8, false),
              ElementsAre("==12==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010",
                          "    #1 0x5501 in drop src/table.c:41"));
}

// Between a program's own decision to die and the signal there is nothing of the program's.
TEST(Telling, LeavesOutHowAProgramDies) {
  EXPECT_THAT(
      telling_lines(
          "Aborted\n"
          "#0 0x7f05 in __pthread_kill_implementation ./nptl/pthread_kill.c:44 (/lib/libc.so.6+0x8aeec)\n"
          "#1 0x7f04 in __GI_raise ../sysdeps/posix/raise.c:26 (/lib/libc.so.6+0x3bfb2)\n"
          "#2 0x7f03 in __GI_abort ./stdlib/abort.c:79 (/lib/libc.so.6+0x26472)\n"
          "#3 0x7f02 in __gnu_cxx::__verbose_terminate_handler() (/lib/libstdc++.so.6+0xa1d3b)\n"
          "#4 0x7f01 in __cxxabiv1::__terminate(void (*)()) (/lib/libstdc++.so.6+0xad0f9)\n"
          "#5 0x5501 in raise_the_flag main.cc:3 (prog+0x114b)\n",
          8, false),
      ElementsAre("Aborted", "#5 0x5501 in raise_the_flag main.cc:3 (prog+0x114b)"));
}

TEST(Telling, TakesTheBeginningOrTheEnd) {
  EXPECT_THAT(telling_lines("a\nb\nc\n", 2, false), ElementsAre("a", "b"));
  EXPECT_THAT(telling_lines("a\nb\nc\n", 2, true), ElementsAre("b", "c"));
  EXPECT_THAT(telling_lines("a\n", 2, true), ElementsAre("a"));
}

TEST(Telling, NamesFilesAsTheRepositoryDoes) {
  EXPECT_EQ(without_checkouts("at /home/u/.local/state/culprit/x-1/checkouts/worktrees/slot-12/src/a.c:3 and"
                              " (/s/checkouts/worktrees/slot-0) b"),
            "at src/a.c:3 and (.) b");
  EXPECT_EQ(without_checkouts("src/a.c:3"), "src/a.c:3");
}

}  // namespace
}  // namespace culprit::output
