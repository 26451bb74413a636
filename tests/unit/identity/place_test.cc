#include "identity/looks/place.h"

#include <gtest/gtest.h>

namespace culprit::identity {
namespace {

PlaceRelation relation_of(const std::string& f, const std::string& g, Kind kind) {
  return compare_places(place_of({.kind = kind, .function = f}), place_of({.kind = kind, .function = g}));
}
Nearness nearness(const std::string& f, const std::string& g, Kind kind = Kind::warning) {
  return relation_of(f, g, kind).nearness;
}

TEST(PlainName, DropsWhatCompilersAndArchitecturesAdd) {
  EXPECT_EQ(plain_name("foo_walk.isra.0"), "foo_walk");
  EXPECT_EQ(plain_name("foo_walk.part.3.cold"), "foo_walk");
  EXPECT_EQ(plain_name("foo_walk.constprop.12"), "foo_walk");
  EXPECT_EQ(plain_name("__x64_sys_rmdir"), "sys_rmdir");
  EXPECT_EQ(plain_name("SyS_rmdir"), "sys_rmdir");
  EXPECT_EQ(plain_name("__se_sys_rmdir"), "sys_rmdir");
  EXPECT_EQ(plain_name("__do_sys_rmdir"), "sys_rmdir");
  EXPECT_EQ(plain_name("__foo_lookup"), "foo_lookup");
  EXPECT_EQ(plain_name("_"), "_");
}

TEST(CompareFunctions, SeesRenames) {
  EXPECT_EQ(nearness("refcount_sub_and_test_checked", "refcount_sub_and_test"), Nearness::renamed);
  EXPECT_EQ(nearness("__get_user_pages_remote", "__get_user_pages_locked"), Nearness::renamed);
  EXPECT_EQ(nearness("vhost_chr_write_iter", "vhost_net_chr_write_iter"), Nearness::renamed);
  EXPECT_EQ(nearness("foo_walk", "__foo_walk.part.0"), Nearness::same);
}

TEST(CompareFunctions, SeesLayers) {
  EXPECT_EQ(nearness("shmem_fallocate", "vfs_fallocate"), Nearness::layered);
}

TEST(CompareFunctions, CommonWordsMakeNoRename) {
  EXPECT_EQ(nearness("foo_get", "bar_get"), Nearness::elsewhere);
  EXPECT_EQ(nearness("tcp_sendmsg", "udp_sendmsg"), Nearness::elsewhere);
  EXPECT_EQ(nearness("vfs_write", "vhost_chr_write_iter"), Nearness::elsewhere);
}

TEST(CompareFunctions, OneSubsystemIsNearby) {
  EXPECT_EQ(nearness("vhost_net_stop_vq", "vhost_process_iotlb_msg"), Nearness::nearby);
  EXPECT_EQ(nearness("ext4_map_blocks", "ext4_iget"), Nearness::nearby);
}

TEST(CompareFunctions, HelpersOfTheDetectorSayNothing) {
  EXPECT_EQ(nearness("ucma_event_handler", "mutex_unlock", Kind::unlock_balance), Nearness::unknown);
  EXPECT_EQ(nearness("vb2_vmalloc_put", "refcount_sub_and_test", Kind::null_access), Nearness::unknown);
  EXPECT_EQ(nearness("foo_wait", "schedule_timeout", Kind::task_hung), Nearness::unknown);
  // To a warning the place is the bug.
  EXPECT_EQ(nearness("foo_insert", "mutex_unlock", Kind::warning), Nearness::elsewhere);
}

TEST(CompareFunctions, WithoutANameNothingIsKnown) {
  EXPECT_EQ(nearness("", "foo"), Nearness::unknown);
  EXPECT_EQ(relation_of("", "", Kind::bug).level, 0);
}

TEST(ComparePlaces, FilesMove) {
  const auto relation = [](const char* a, const char* b) {
    return compare_places(place_of(parse_title(a)), place_of(parse_title(b))).nearness;
  };
  EXPECT_EQ(relation("kernel BUG at arch/x86/kvm/mmu.c:LINE!", "kernel BUG at arch/x86/kvm/mmu.c:LINE!"),
            Nearness::same);
  EXPECT_EQ(relation("kernel BUG at arch/x86/kvm/mmu.c:LINE!", "kernel BUG at arch/x86/kvm/mmu/mmu.c:LINE!"),
            Nearness::renamed);
  EXPECT_EQ(relation("kernel BUG at fs/ext4/inode.c:LINE!", "kernel BUG at fs/ext4/super.c:LINE!"),
            Nearness::nearby);
  EXPECT_EQ(relation("kernel BUG at fs/ext4/inode.c:LINE!", "kernel BUG at mm/slab.c:LINE!"),
            Nearness::elsewhere);
  EXPECT_EQ(relation("kernel BUG at fs/ext4/inode.c:LINE!", "WARNING in ext4_iget"), Nearness::nearby);
  EXPECT_EQ(relation("kernel BUG at fs/ext4/inode.c:LINE!", "WARNING in xfs_iget"), Nearness::elsewhere);
}

}  // namespace
}  // namespace culprit::identity
