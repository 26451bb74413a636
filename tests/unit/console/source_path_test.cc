#include "console/blame/source_path.h"

#include <gtest/gtest.h>

namespace culprit::console {
namespace {

TEST(KernelPath, IsWithoutWhatTheBuildPutInFront) {
  for (const std::string_view file :
       {"net/core/dev.c", "./net/core/dev.c", "../net/core/dev.c", "../../common/net/core/dev.c",
        "common/net/core/dev.c", "kernel/msm-4.19/net/core/dev.c", "kernel/net/core/dev.c",
        "private/gs-google/net/core/dev.c", "/build/linux-hwe-6.8-abc/linux-hwe-6.8-6.8.0/net/core/dev.c",
        "/usr/src/debug/kernel-6.8.0/linux-6.8.0-1.x86_64/net/core/dev.c", "/usr/src/linux/net/core/dev.c",
        "/home/ring/src/linux/net/core/dev.c", "/buildbot/android/kernel/common/net/core/dev.c"})
    EXPECT_EQ(kernel_path(file), "net/core/dev.c") << file;
}

TEST(KernelPath, OfTheTreesOwnDirectoriesStays) {
  for (const std::string_view file :
       {"kernel/sched/core.c", "arch/arm64/kernel/traps.c", "include/linux/fs.h", "lib/list_debug.c",
        "drivers/net/ethernet/intel/e1000/e1000_main.c", "fs/super.c"}) {
    EXPECT_EQ(kernel_path(file), file);
    EXPECT_EQ(kernel_path("/build/linux-6.8.0/" + std::string(file)), file);
  }
}

TEST(KernelPath, OfAModuleFromElsewhereStays) {
  for (const std::string_view file : {"/var/lib/dkms/zfs/2.2.4/build/module/zfs/arc.c", "ring.c",
                                      "/usr/lib/ring/ring.c", "/srv/build/drv/src/e1000.rs", ""})
    EXPECT_EQ(kernel_path(file), file);
}

}  // namespace
}  // namespace culprit::console
