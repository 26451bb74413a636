#include "build/kernel/kernel_modules.h"

#include <gmock/gmock.h>

#include "base/files.h"

namespace culprit::build {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* k_dependencies =
    "kernel/net/ferry-core.ko:\nkernel/net/ferry.ko: kernel/net/ferry-core.ko "
    "kernel/lib/rope.ko\nkernel/lib/rope.ko:\n"
    "kernel/lib/anchor.ko.xz:\n";

TEST(ModuleClosure, IsWhatAModuleNeedsWhicheverWayItIsWritten) {
  EXPECT_THAT(module_closure(k_dependencies, {"ferry"}),
              ElementsAre("kernel/lib/rope.ko", "kernel/net/ferry-core.ko", "kernel/net/ferry.ko"));
  EXPECT_THAT(module_closure(k_dependencies, {"ferry_core"}), ElementsAre("kernel/net/ferry-core.ko"));
  EXPECT_THAT(module_closure(k_dependencies, {"anchor"}), ElementsAre("kernel/lib/anchor.ko.xz"));
  EXPECT_THAT(module_closure(k_dependencies, {"nothing"}), IsEmpty());
}

TEST(PackModules, TakesTheWantedOnesAndTheirTables) {
  auto folder = base::TempDir::create("culprit-test-");
  ASSERT_TRUE(folder);
  const auto version = folder->path() / "lib/modules/6.1.0";
  for (const char* name :
       {"kernel/net/ferry-core.ko", "kernel/net/ferry.ko", "kernel/lib/rope.ko", "modules.dep"}) {
    std::filesystem::create_directories((version / name).parent_path());
    ASSERT_TRUE(base::write_file_atomically(version / name, k_dependencies));
  }
  const auto one = pack_modules(folder->path(), {"rope"});
  ASSERT_TRUE(one);
  EXPECT_THAT(*one, HasSubstr("lib/modules/6.1.0/kernel/lib/rope.ko"));
  EXPECT_THAT(*one, HasSubstr("lib/modules/6.1.0/modules.dep"));
  EXPECT_THAT(*one, Not(HasSubstr("6.1.0/kernel/net/ferry.ko")));
  const auto all = pack_modules(folder->path(), {"all"});
  ASSERT_TRUE(all);
  EXPECT_THAT(*all, HasSubstr("6.1.0/kernel/net/ferry.ko"));
}

TEST(PackModules, WithoutAnyIsTheUsersError) {
  auto folder = base::TempDir::create("culprit-test-");
  ASSERT_TRUE(folder);
  const auto none = pack_modules(folder->path(), {"all"});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().what, "the kernel has no modules to install");
}

}  // namespace
}  // namespace culprit::build
