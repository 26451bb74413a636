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
