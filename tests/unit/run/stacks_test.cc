// How a console has the stacks that culprit looked at.
#include "run/stack/stacks.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "run/stack/proc.h"

namespace culprit::run {
namespace {

const StackFrame k_get{.function = "ring_get",
                       .file = "/src/ring.c",
                       .line = 12,
                       .module = "/src/ring",
                       .address = 0x401136,
                       .offset = 0x1136};
const StackFrame k_unknown{.address = 0x7f00};

TEST(StacksText, SaysWhatEndedItAndWhere) {
  const ProcessStacks stacks{.pid = 12,
                             .program = "ring",
                             .signal = SIGSEGV,
                             .fault_address = 8,
                             .threads = {{.tid = 12, .name = "ring", .frames = {k_get, k_unknown}}}};
  EXPECT_EQ(text_of(stacks),
            "[culprit] stack of ring[12], which died of SIGSEGV at address 0x8:\n"
            "#0 0x401136 in ring_get /src/ring.c:12 (/src/ring+0x1136)\n"
            "#1 0x7f00\n");
}

TEST(StacksText, TellsThreadsApart) {
  ProcessStacks stacks{.of = StackOf::deadlock,
                       .pid = 12,
                       .program = "ring",
                       .threads = {{.tid = 13, .name = "a", .frames = {k_get}, .lock_of = 14},
                                   {.tid = 14, .name = "b", .frames = {k_get}, .lock_of = 13},
                                   {.tid = 12, .name = "ring", .frames = {k_get}},
                                   {.tid = 15, .name = "gone"}}};
  EXPECT_EQ(text_of(stacks),
            "[culprit] stack of ring[12], whose threads wait for each other's locks:\n"
            "[culprit] in thread 13 a, waits for a lock that thread 14 holds:\n"
            "#0 0x401136 in ring_get /src/ring.c:12 (/src/ring+0x1136)\n"
            "[culprit] other side, thread 14 b, waits for a lock that thread 13 holds:\n"
            "#0 0x401136 in ring_get /src/ring.c:12 (/src/ring+0x1136)\n"
            "[culprit] beside it, thread 12 ring:\n"
            "#0 0x401136 in ring_get /src/ring.c:12 (/src/ring+0x1136)\n");
}

TEST(Proc, KnowsThisProcess) {
  EXPECT_EQ(process_of(::getpid()), ::getpid());
  EXPECT_GT(resident_bytes(::getpid()), 0u);
  EXPECT_EQ(threads_of(::getpid()).front(), ::getpid());
  const auto before = std::signal(SIGUSR2, SIG_IGN);
  EXPECT_EQ(disposition_of(::getpid(), SIGUSR2), Disposition::ignored);
  std::signal(SIGUSR2, [](int) {});
  EXPECT_EQ(disposition_of(::getpid(), SIGUSR2), Disposition::caught);
  std::signal(SIGUSR2, SIG_DFL);
  EXPECT_EQ(disposition_of(::getpid(), SIGUSR2), Disposition::ends);
  std::signal(SIGUSR2, before);
}

}  // namespace
}  // namespace culprit::run
