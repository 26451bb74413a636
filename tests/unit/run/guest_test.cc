// What a guest has besides a kernel: roots, syzkaller's programs, machines.
#include <gmock/gmock.h>

#include "base/files.h"
#include "run/guest/elf.h"
#include "run/guest/harness.h"
#include "run/guest/machine.h"
#include "run/guest/root.h"
#include "run/qemu/guest_setup.h"

namespace culprit::run {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(SyzCommand, TakesItsOptionsFromTheProgram) {
  const auto argv = syz_command(
      "# See "
      "https://"
      "example.org\n#{\"threaded\":true,\"collide\":true,\"repeat\":true,\"procs\":6,\"sandbox\":\"none\","
      "\"fault\":true,\"fault_call\":2,\"fault_nth\":7,\"tun\":true,\"cgroups\":true,\"slowdown\":3}\nopen()"
      "\n",
      "x86_64");
  ASSERT_TRUE(argv);
  EXPECT_THAT(*argv, ElementsAre("/syz-execprog", "-executor=/syz-executor", "-arch=amd64", "-sandbox=none",
                                 "-procs=6", "-repeat=0", "-threaded=true", "-collide=true", "-cover=0",
                                 "-fault_call=2", "-fault_nth=7", "-enable=tun,cgroups", "-slowdown=3",
                                 "/repro.syz"));
}

TEST(SyzCommand, AProgramThatDoesNotRepeatRunsOnceAndEnds) {
  const std::string once = "#{\"threaded\":false,\"repeat\":false,\"procs\":1,\"sandbox\":\"\"}\nopen()\n";
  const auto argv = syz_command(once, "arm64");
  ASSERT_TRUE(argv);
  EXPECT_THAT(*argv, Contains("-repeat=1"));
  EXPECT_THAT(*argv, Contains("-arch=arm64"));
  EXPECT_THAT(*argv, Not(Contains(StartsWith("-sandbox"))));
  EXPECT_THAT(*argv, Not(Contains(StartsWith("-collide"))));
  EXPECT_FALSE(syz_is_endless(once));
  EXPECT_TRUE(syz_is_endless("open()\n"));
}

TEST(SyzCommand, OptionsThatAreNoJsonAreTheUsersError) {
  const auto argv = syz_command("#{threaded}\nopen()\n", "x86_64");
  ASSERT_FALSE(argv);
  EXPECT_EQ(argv.error().what, "the options of the syz program are no JSON: {threaded}");
}

TEST(HarnessFailure, IsWhatTheHarnessSaysAndNotTheKernel) {
  EXPECT_EQ(harness_failure("[    1.0] SYZFAIL: no\n[reproducer] SYZFAIL: tun\n"), "SYZFAIL: tun");
  EXPECT_EQ(harness_failure("[reproducer] failed to deserialize program: unknown syscall x\n"),
            "failed to deserialize program: unknown syscall x");
  EXPECT_EQ(harness_failure("[    1.0] SYZFAIL: no\n"), "");
}

class RootTest : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = base::TempDir::create("culprit-test-");
    ASSERT_TRUE(folder);
    m_folder.emplace(std::move(*folder));
  }
  std::filesystem::path at(const std::string& name) const { return m_folder->path() / name; }
  std::optional<base::TempDir> m_folder;
};

TEST_F(RootTest, LinksAreFollowedWithinTheRoot) {
  namespace fs = std::filesystem;
  fs::create_directories(at("usr/bin"));
  ASSERT_TRUE(base::write_file_atomically(at("usr/bin/dash"), "x"));
  fs::create_symlink("usr/bin", at("bin"));
  fs::create_symlink("/bin/dash", at("usr/bin/sh"));  // absolute: of the root, not of this machine
  EXPECT_EQ(find_within(m_folder->path(), "/bin/sh"), at("usr/bin/dash"));
  EXPECT_EQ(find_within(m_folder->path(), "/bin/bash"), std::nullopt);
  fs::create_symlink("loop", at("loop"));
  EXPECT_EQ(find_within(m_folder->path(), "/loop"), std::nullopt);
  fs::create_symlink("../../../../usr/bin/dash", at("usr/up"));
  EXPECT_EQ(find_within(m_folder->path(), "/usr/up"), at("usr/bin/dash"));
}

TEST_F(RootTest, WhatItIsIsSeenByItsBytes) {
  const auto kind = [&](const std::string& bytes) {
    EXPECT_TRUE(base::write_file_atomically(at("file"), bytes));
    const auto found = root_kind({.root = at("file").string(), .cache_dir = {}});
    return found ? std::optional(*found) : std::nullopt;
  };
  EXPECT_EQ(kind("QFI\xfb and more"), RootKind::image);
  EXPECT_EQ(kind("hsqs and more"), RootKind::squashfs);
  EXPECT_EQ(kind(std::string(257, 'x') + "ustar"), RootKind::squashfs);
  EXPECT_EQ(kind(std::string(510, '\0') + "\x55\xaa"), RootKind::image);
  EXPECT_EQ(kind("words"), std::nullopt);
  EXPECT_EQ(kind(""), std::nullopt);
  EXPECT_EQ(root_kind({.root = "host", .cache_dir = {}}), RootKind::host);
  EXPECT_EQ(root_kind({.root = "", .cache_dir = {}}), RootKind::none);
}

TEST(GuestSetup, WhatIsNotAskedForIsNotDone) {
  EXPECT_EQ(modules_script({}), "");
  EXPECT_EQ(network_script({}), "");
  EXPECT_EQ(enter_root({}), "");
}

TEST(GuestSetup, ModulesAreLoadedOrTheTestFails) {
  const GuestPlan plan{.token = "feed", .modules = {"kvm_intel"}};
  EXPECT_THAT(modules_script(plan), HasSubstr("modprobe kvm_intel 2>&1) || finish check-failed"));
  EXPECT_THAT(modules_script(plan), HasSubstr("the modules are of another version"));
}

TEST(Machine, OfAnUnknownArchitectureIsTheUsersError) {
  const auto machine = find_machine("sparc");
  ASSERT_FALSE(machine);
  EXPECT_EQ(machine.error().what, "no guest is known for \"arch\" \"sparc\"");
  EXPECT_EQ(machine.error().hint, "guests are known for: x86_64, arm64, riscv64");
}

}  // namespace
}  // namespace culprit::run
