#include "console/title.h"

#include <gtest/gtest.h>

#include "console/blame/blame.h"
#include "console/stack/generic.h"
#include "console/stack/program_stack.h"

namespace culprit::console {
namespace {

TEST(Title, LosesWhatDiffersFromRunToRun) {
  EXPECT_EQ(sanitize("Freed in ring_free+0x14/0x20 age=57 cpu=0 pid=18338"),
            "Freed in ring_free age=NUM cpu=NUM pid=NUM");
  EXPECT_EQ(sanitize("ring_copy at addr ffff880012345678"), "ring_copy at addr ADDR");
  EXPECT_EQ(sanitize("at 0x7f12 "), "at ADDR");
  EXPECT_EQ(sanitize("mkdir ./testdir018446"), "mkdir ./testdirNUM");
}

TEST(Title, KeepsDigitsOfNames) {
  EXPECT_EQ(sanitize("in ext4_lookup2 of udp6"), "in ext4_lookup2 of udp6");
  EXPECT_EQ(sanitize("deadbeef"), "deadbeef");
}

TEST(Title, IsATemplateFilledIn) {
  Match m;
  m.head = {"all", "use-after-free"};
  m.detail = {"Write of size", "Write"};
  EXPECT_EQ(expand("KASAN: {1} {access} in {frame}", m, "ring_put"),
            "KASAN: use-after-free Write in ring_put");
  EXPECT_EQ(expand("{U1}-{ACCESS}", m, ""), "USE-AFTER-FREE-WRITE");
  EXPECT_EQ(expand("{9}|{d1}", m, ""), "|Write");
}

TEST(CommonNames, OfSystemCallsAreWithoutTheWrapper) {
  EXPECT_EQ(common_names("__x64_sys_rmdir"), std::vector<std::string>{"sys_rmdir"});
  EXPECT_EQ(common_names("__se_sys_mremap"), (std::vector<std::string>{"mremap", "sys_mremap"}));
  EXPECT_EQ(common_names("compat_SyS_mount"), std::vector<std::string>{"mount"});
  EXPECT_EQ(common_names("ring_ioctl"), std::vector<std::string>{});
}

TEST(GenericFunctions, AreKnownByTheirFamilies) {
  EXPECT_EQ(families_of("dump_stack_lvl"), k_reporting);
  EXPECT_EQ(families_of("kmem_cache_alloc.part.0"), k_allocation);
  EXPECT_EQ(families_of("_raw_spin_lock_irqsave"), k_locking);
  EXPECT_NE(families_of("do_page_fault") & k_fault, 0u);
  EXPECT_EQ(families_of("ring_put"), 0u);
  EXPECT_EQ(families_of(""), 0u);
}

TEST(GenericFunctions, AreDerivedFromKernelSources) {
  // services of many subsystems
  for (const char* name : {"skb_pull", "destroy_workqueue", "device_remove_file", "ida_free",
                           "unregister_netdev", "usb_submit_urb", "rhashtable_lookup_fast", "iput.part.0"})
    EXPECT_NE(families_of(name) & (k_shared | k_data), 0u) << name;
  // what only they call
  for (const char* name : {"va_format", "__kobject_del", "init_timer_key", "hlock_class", "__set_page_owner"})
    EXPECT_NE(families_of(name), 0u) << name;
  // what one subsystem does for itself
  for (const char* name : {"esp6_gro_receive", "ext4_evict_inode", "tcp_ack", "shmem_fault", "snd_pcm_open"})
    EXPECT_EQ(families_of(name), 0u) << name;
}

TEST(Patterns, MayHaveAStarAtEitherEnd) {
  EXPECT_TRUE(matches_any("foo bar* *baz *q*", "foo"));
  EXPECT_TRUE(matches_any("foo bar* *baz *q*", "barley"));
  EXPECT_TRUE(matches_any("foo bar* *baz *q*", "a_baz"));
  EXPECT_TRUE(matches_any("foo bar* *baz *q*", "aqa"));
  EXPECT_FALSE(matches_any("foo bar* *baz *q*", "food"));
  EXPECT_FALSE(matches_any("", "food"));
}

TEST(ProgramFunctions, AreNamedWithoutArguments) {
  EXPECT_EQ(without_arguments("ring::put(int, char const*) const"), "ring::put");
  EXPECT_EQ(without_arguments("std::vector<int, std::allocator<int> >::operator[](unsigned long)"),
            "std::vector<int, std::allocator<int> >::operator[]");
  EXPECT_EQ(without_arguments("ring::operator()(int)"), "ring::operator()");
  EXPECT_EQ(without_arguments("main"), "main");
}

TEST(ProgramFunctions, OfRuntimesExplainNothing) {
  for (const char* f :
       {"malloc", "operator new(unsigned long)", "__interceptor_strlen", "std::vector<int>::at",
        "core::panicking::panic", "runtime.gopanic", "sync.(*Mutex).Unlock", "malloc.part.0"}) {
    EXPECT_TRUE(is_runtime_function(f)) << f;
  }
  for (const char* f : {"main", "ring::put", "mallocator", "p::ring::take", "stream_open", "memory_pool_use",
                        "rust_ring", "main.take"})
    EXPECT_FALSE(is_runtime_function(f)) << f;
}

}  // namespace
}  // namespace culprit::console
