// One bug under other titles, and other bugs under titles that are close: each row a release log of two
// revisions, the start with ten of one crash and an older release with another.
#include <gtest/gtest.h>

#include "tests/unit/replay/logs.h"

namespace culprit::replay {
namespace {

using testing::Judged;
using testing::LogText;

struct Row {
  const char* name;
  const char* start;
  const char* older;     // of ten runs
  const char* verdicts;  // that are right for the older release
};

class OlderRelease : public ::testing::TestWithParam<Row> {};

TEST_P(OlderRelease, IsJudgedByWhatItShows) {
  const Row& row = GetParam();
  const Judged log(LogText().start(row.start).release("v5.6", row.older));
  const std::string got = log.verdict("v5.6");
  std::string faces;
  for (const auto& face : log.replay().faces) {
    faces += face.title + " " + std::to_string(face.probability) + "\n";
    for (const auto& reason : face.reasons)
      faces += "    " + std::to_string(reason.weight) + " " + reason.text + "\n";
  }
  EXPECT_NE(std::string(row.verdicts).find(got), std::string::npos) << got << "\n" << faces;
}

constexpr Row k_rows[] = {
    // The detector's wording changed.
    {"BugBecameWarning", "10 WARNING: bad unlock balance in foo_release",
     "10 BUG: bad unlock balance in foo_release", "bad"},
    {"InfoBecameWarning", "10 WARNING: suspicious RCU usage in foo_lookup",
     "10 INFO: suspicious RCU usage in foo_lookup", "bad"},
    {"SlabInFrontOfUseAfterFree", "10 KASAN: slab-use-after-free Read in foo_find",
     "10 KASAN: use-after-free Read in foo_find", "bad"},
    {"WarningWasBug", "10 WARNING in foo_insert", "10 kernel BUG in foo_insert", "bad"},
    {"PageFaultWasPagingRequest", "10 BUG: unable to handle page fault in foo_map",
     "10 BUG: unable to handle kernel paging request in foo_map", "bad"},
    // The detector changed.
    {"NullDereferenceWithAndWithoutKasan", "10 KASAN: null-ptr-deref Read in foo_find",
     "10 BUG: unable to handle kernel NULL pointer dereference in foo_find", "bad"},
    {"ProtectionFaultInsteadOfUseAfterFree", "10 KASAN: use-after-free Read in foo_find",
     "10 general protection fault in foo_find", "bad"},
    {"CorruptedListInsteadOfUseAfterFree", "10 KASAN: use-after-free Write in foo_del",
     "10 BUG: corrupted list in foo_del", "bad"},
    {"RefcountWarningWasUseAfterFree", "10 WARNING: refcount bug in foo_put",
     "10 KASAN: use-after-free Write in foo_put", "bad"},
    {"OutOfBoundsInsteadOfUseAfterFree", "10 KASAN: slab-out-of-bounds Read in foo_parse",
     "10 KASAN: use-after-free Read in foo_parse", "bad"},
    {"SoftLockupInsteadOfRcuStall", "10 INFO: rcu detected stall in foo_ioctl",
     "10 BUG: soft lockup in foo_ioctl", "bad"},
    // Functions were renamed, split, inlined.
    {"SuffixAdded", "10 KASAN: null-ptr-deref Read in refcount_sub_and_test_checked",
     "10 KASAN: null-ptr-deref Read in refcount_sub_and_test", "bad"},
    {"LayerMoved", "10 possible deadlock in shmem_fallocate", "10 possible deadlock in vfs_fallocate", "bad"},
    {"CompilerSuffix", "10 WARNING in foo_walk", "10 WARNING in foo_walk.isra.0", "bad"},
    {"SystemCallWrapper", "10 WARNING in __x64_sys_bpf", "10 WARNING in SyS_bpf", "bad"},
    {"Underscores", "10 general protection fault in __foo_lookup",
     "10 general protection fault in foo_lookup", "bad"},
    {"FileMoved", "10 kernel BUG at arch/x86/kvm/mmu/mmu.c:LINE!",
     "10 kernel BUG at arch/x86/kvm/mmu.c:LINE!", "bad"},
    {"HelperOrCaller", "10 WARNING: bad unlock balance in foo_release",
     "10 BUG: bad unlock balance in mutex_unlock", "bad"},
    // The place is chance.
    {"StallsAnywhere", "10 INFO: rcu detected stall in foo_ioctl", "10 INFO: rcu detected stall in bar_timer",
     "bad unknown"},
    {"StackEndAnywhere", "10 kernel panic: corrupted stack end in wb_workfn",
     "10 kernel panic: corrupted stack end in worker_thread", "bad"},
    {"DeviceWaitHasNoPlace", "10 unregister_netdevice: waiting for DEV to become free",
     "10 unregister_netdevice: waiting for DEV to become free", "bad"},
    {"HungElsewhere", "10 INFO: task hung in do_truncate", "10 INFO: task hung in pipe_read", "bad unknown"},
    // Faces that were there from the start.
    {"OneOfManyFaces",
     "4 KASAN: use-after-free Read in a_find + 3 general protection fault in b_walk + 3 BUG: unable to "
     "handle kernel paging request in c_put",
     "10 general protection fault in b_walk", "bad"},
    {"AnotherFaceOfACorruption",
     "2 KASAN: use-after-free Read in a_find + 2 general protection fault in b_walk + 2 BUG: unable to "
     "handle kernel "
     "paging request in c_put + 2 KASAN: slab-out-of-bounds Write in d_copy + 2 BUG: corrupted list in e_add",
     "6 general protection fault in f_next + 4 OK", "bad unknown"},
    // Other bugs.
    {"AnotherSubKind", "10 WARNING: bad unlock balance in ucma_event_handler",
     "10 possible deadlock in ucma_migrate_id", "unknown"},
    {"SameFunctionAnotherSubKind", "10 WARNING: bad unlock balance in foo_move",
     "10 possible deadlock in foo_move", "unknown"},
    {"AnotherWarning", "10 WARNING in foo_insert", "10 WARNING in bar_check", "unknown"},
    {"AnotherWarningOnce", "10 WARNING in foo_insert", "1 WARNING in bar_check + 9 OK", "good"},
    {"DeadlockIsNoUseAfterFree", "10 possible deadlock in foo_move",
     "10 KASAN: use-after-free Read in foo_move", "unknown"},
    {"OutOfMemory", "10 KASAN: use-after-free Read in foo_find", "2 kernel panic: Out of memory + 8 OK",
     "good"},
    {"OutOfMemoryAlways", "10 KASAN: use-after-free Read in foo_find",
     "10 kernel panic: System is deadlocked on memory", "unknown"},
    {"ValidatorOutOfSpace", "10 possible deadlock in foo_move", "10 BUG: MAX_LOCKDEP_CHAINS too low!",
     "unknown"},
    {"ToolFailure", "10 KASAN: use-after-free Read in foo_find", "3 SYZFATAL: BUG + 7 OK", "good"},
    {"LeakElsewhere", "10 memory leak in foo_create", "10 memory leak in bar_alloc_skb", "unknown"},
    {"RaceElsewhere", "10 KCSAN: data-race in foo_set / foo_get",
     "3 KCSAN: data-race in bar_inc / bar_dec + 7 OK", "good"},
    {"MostRunsHidden",
     "10 "
     "KASAN: use-after-free Read in foo_find",
     "9 WARNING in bar_check + 1 OK", "unknown"},
    {"SomeRunsHidden", "10 KASAN: use-after-free Read in foo_find", "3 WARNING in bar_check + 7 OK", "good"},
    {"BootNoiseOfItsOwnType", "10 possible deadlock in mptcp_close",
     "1 boot: possible deadlock in blktrans_open + 9 OK", "good"},
    {"EverythingLost", "10 KASAN: use-after-free Read in foo_find", "10 infra: failed to create VM",
     "unknown"},
    {"IgnoredByTheLog", "10 KASAN: use-after-free Read in foo_find",
     "2 ignore: lost connection to test machine + 8 OK", "good"},
    {"AtTheStartOnceAndAlone", "9 KASAN: use-after-free Read in foo_find + 1 WARNING in bar_check",
     "1 WARNING in bar_check + 9 OK", "good"},
    {"AtTheStartOnceAndAlways", "9 KASAN: use-after-free Read in foo_find + 1 WARNING in bar_check",
     "10 WARNING in bar_check", "unknown"},
};

INSTANTIATE_TEST_SUITE_P(Faces, OlderRelease, ::testing::ValuesIn(k_rows),
                         [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace culprit::replay
