#include "console/stack/frame.h"

#include <gtest/gtest.h>

#include "console/text/rust_names.h"

namespace culprit::console {
namespace {

std::vector<model::Frame> frames(std::string_view body) {
  std::vector<model::Frame> out;
  parse_kernel_frame(body, out);
  return out;
}

model::Frame frame(std::string_view body) {
  const auto all = frames(body);
  EXPECT_EQ(all.size(), 1u) << body;
  return all.empty() ? model::Frame{} : all[0];
}

TEST(KernelFrame, HasFunctionOffsetSizePlaceAndModule) {
  const model::Frame f = frame(" ext4_readdir+0x1a/0x2b0 fs/ext4/dir.c:42 [ext4]");
  EXPECT_EQ(f.function, "ext4_readdir");
  EXPECT_EQ(f.offset, 0x1au);
  EXPECT_EQ(f.size, 0x2b0u);
  EXPECT_EQ(f.file, "fs/ext4/dir.c");
  EXPECT_EQ(f.line, 42u);
  EXPECT_EQ(f.module, "ext4");
  EXPECT_FALSE(f.uncertain);
  EXPECT_FALSE(f.inlined);
}

TEST(KernelFrame, KeepsTheCompilersSuffix) {
  EXPECT_EQ(frame(" ring_put.isra.0.cold+0x1/0x2").function, "ring_put.isra.0.cold");
}

TEST(KernelFrame, MarksWhatWasMerelyFoundOnTheStack) {
  EXPECT_TRUE(frame("  ? ring_put+0x1/0x2").uncertain);
  EXPECT_TRUE(frame(" [<ffffffff819e2a31>] ? ring_put+0x1/0x2").uncertain);
}

TEST(KernelFrame, MayBeInlined) {
  const model::Frame f = frame(" ring_get drivers/misc/ring.c:7 [inline]");
  EXPECT_EQ(f.function, "ring_get");
  EXPECT_TRUE(f.inlined);
  EXPECT_EQ(f.line, 7u);
}

TEST(KernelFrame, HasAnAddressInOldKernels) {
  const model::Frame f = frame(" [<ffffffff819e2a31>] ring_put+0x31/0x70");
  EXPECT_EQ(f.address, 0xffffffff819e2a31u);
  EXPECT_EQ(f.function, "ring_put");
}

TEST(KernelFrame, MayBeABareAddress) {
  const model::Frame f = frame(" 0xffffffffc0001234");
  EXPECT_EQ(f.function, "");
  EXPECT_EQ(f.address, 0xffffffffc0001234u);
}

TEST(KernelFrame, Of32BitArmIsTwo) {
  const auto old = frames("[<c0a1b2c4>] (ring_first) from [<c0a1b300>] (ring_write+0x30/0x80)");
  ASSERT_EQ(old.size(), 2u);
  EXPECT_EQ(old[0].function, "ring_first");
  EXPECT_EQ(old[1].function, "ring_write");
  EXPECT_EQ(old[1].offset, 0x30u);
  const auto newer = frames(" ring_first from ring_write+0x30/0x80");
  ASSERT_EQ(newer.size(), 2u);
  EXPECT_EQ(newer[1].function, "ring_write");
}

TEST(KernelFrame, OfPowerPcSaysWhenItIsUnreliable) {
  const model::Frame f = frame("[c000000003a5b800] [c000000000a1b300] ring_write+0x30/0x80 (unreliable)");
  EXPECT_EQ(f.function, "ring_write");
  EXPECT_TRUE(f.uncertain);
}

TEST(KernelFrame, MayBeDecoded) {
  const model::Frame f = frame(
      "ring_put (include/linux/list.h:12 (discriminator 1) drivers/misc/ring.c:77 (discriminator 3)) ring "
      "(P)");
  EXPECT_EQ(f.function, "ring_put");
  EXPECT_EQ(f.file, "drivers/misc/ring.c");
  EXPECT_EQ(f.line, 77u);
  EXPECT_EQ(f.module, "ring");
  EXPECT_TRUE(frame("? ring_put (drivers/misc/ring.c:77)").uncertain);
  EXPECT_EQ(frame("<ring::Ring as core::ops::Drop>::drop (drivers/ring.rs:7)").function,
            "<ring::Ring as core::ops::Drop>::drop");
  EXPECT_EQ(frame(" (inlined by) ring_put at drivers/misc/ring.c:77").file, "drivers/misc/ring.c");
  EXPECT_TRUE(frames("I/O error at ring_put (drivers/misc/ring.c:77)").empty());
  EXPECT_TRUE(frames("ring_put (drivers/misc/ring.c:77) was called").empty());
  EXPECT_TRUE(frames("Badness at drivers/misc/ring.c:77").empty());
  EXPECT_TRUE(frames("PANIC at ring.c:503:ring_put()").empty());
}

TEST(KernelFrame, OfOldKernelsHasItsOwnForms) {
  const auto braced = frames("<ffffffff88204fb0>{:ring:ring_put+48} <ffffffff80184b8e>{vfs_write+174}");
  ASSERT_EQ(braced.size(), 2u);
  EXPECT_EQ(braced[0].function, "ring_put");
  EXPECT_EQ(braced[0].module, "ring");
  EXPECT_EQ(braced[1].offset, 174u);
  EXPECT_EQ(frame(" [<ffffffff88204fb0>] :ring:ring_put+0x30/0x90").module, "ring");
  EXPECT_EQ(frame(" <<EOE>>  <IRQ>  [<ffffffff81656735>] ring_put+0x19/0x1b").function, "ring_put");
}

TEST(KernelFrame, OfOtherMachinesHasItsOwnForms) {
  EXPECT_EQ(frame("[link register   ] c00000000009f6d8 ring_put+0xe8/0x1b0").function, "ring_put");
  EXPECT_EQ(frame("[c000000c6d19fa10] c0000000019ebf30 ring_put+0x1f0/0x378").address, 0xc0000000019ebf30u);
  EXPECT_EQ(frame("[c00000000a1bf9a0] [c00000000034a4b8] .ring_put+0xa8/0x200").function, "ring_put");
  EXPECT_EQ(frame("[f0204fb0 : ring_put+0x30/0x90 ] ").function, "ring_put");
  EXPECT_EQ(frame("Caller[000000000047a43c]: ring_put+0x30/0x90").function, "ring_put");
  EXPECT_EQ(frame("#6 0xffffffff81cb15fd at ring_put+0x27d").offset, 0x27du);
  EXPECT_EQ(frame("ring_put() at ring_put+0x13c/frame 0xfffffe0098765430").function, "ring_put");
  EXPECT_EQ(frame("(XEN)    [<ffff82d0402b9e5f>] R ring_put+0x9c/0xbf").function, "ring_put");
}

TEST(KernelFrame, IsNothingElse) {
  for (const char* body : {"", " ", "Modules linked in: ring(+)",
                           "RAX: 0000000000000000 RBX: ffff888003a41200 RCX: 0000000000000003",
                           "hardirqs last  enabled at (1190): [<ffffffff819e2a31>] ring_put+0x31/0x70",
                           " ffff880012345678 0000000000000000 ffffffff819e2a31",
                           " #0: ffff888003a41130 (&ring->lock){+.+.}-{2:2}, at: ring_write+0x2c/0xa0",
                           "Code: 48 89 e5 41", "a sentence with ring+0x in it"}) {
    EXPECT_TRUE(frames(body).empty()) << body;
  }
}

TEST(ProgramCounter, IsReadOnEveryArchitecture) {
  for (const char* body : {"RIP: 0010:ring_first+0x12/0x40",
                           "RIP: 0010:[<ffffffff819e2a31>]  [<ffffffff819e2a31>] ring_first+0x12/0x40",
                           "EIP: ring_first+0x12/0x40",
                           "PC is at ring_first+0x12/0x40",
                           "pc : ring_first+0x12/0x40",
                           "NIP [c000000000a1b2c4] ring_first+0x12/0x40",
                           "epc : ring_first+0x12/0x40",
                           "epc   : 80a1b2c4 ring_first+0x12/0x40",
                           "Krnl PSW : 0704c00180000000 000000000a1b2c4e (ring_first+0x12/0x40)",
                           "--- interrupt: 700 at ring_first+0x12/0x40",
                           "EIP is at ring_first+0x12/0x40 [ring]",
                           "TPC: <ring_first+0x12/0x40 [ring]>",
                           "PC: <ring_first+0x12/0x40>",
                           " IAOQ[0]: ring_first+0x12/0x40",
                           "pc is at ring_first+0x12/0x40",
                           "PC: [<0004b1b6>] ring_first+0x12/0x40",
                           "[ERET  ]: ring_first+0x12/0x40",
                           "    pc: c0000000000df330: ring_first+0x12/0x40",
                           "  ERA: 90000000002a4f58 ring_first+0x12/0x40",
                           "RIP: 0010:[<ffffffff88204f58>] <ffffffff88204f58>{:ring:ring_first+18}"}) {
    const auto f = parse_program_counter(body);
    ASSERT_TRUE(f) << body;
    EXPECT_EQ(f->function, "ring_first") << body;
    EXPECT_EQ(f->offset, 0x12u) << body;
  }
}

TEST(ProgramCounter, InUserSpaceEndsTheKernelsStack) {
  EXPECT_TRUE(is_user_program_counter("RIP: 0033:0x7f1c2b60e5a7"));
  EXPECT_FALSE(is_user_program_counter("RIP: 0010:ring_first+0x12/0x40"));
  EXPECT_FALSE(parse_program_counter("RIP: 0033:0x7f1c2b60e5a7"));
  EXPECT_FALSE(parse_program_counter("RIP: 0010:0x0"));
}

TEST(BaseName, IsWithoutCompilerSuffixes) {
  EXPECT_EQ(base_name("ring_put.constprop.0.isra.12"), "ring_put");
  EXPECT_EQ(base_name("ring_put"), "ring_put");
  EXPECT_EQ(base_name("<ring::Ring>::put"), "<ring::Ring>::put");
}

TEST(RustNames, AreDemangled) {
  EXPECT_EQ(demangle_rust("_RNvCs1234_7mycrate3foo"), "mycrate::foo");
  EXPECT_EQ(demangle_rust("_RNvMCs5678_9ring_rustNtB2_4Ring3pop"), "<ring_rust::Ring>::pop");
  EXPECT_EQ(demangle_rust("_RINvCs1234_7mycrate3maxlE"), "mycrate::max::<i32>");
  EXPECT_EQ(demangle_rust("_RNCNvCs1234_7mycrate3foo0B3_"), "mycrate::foo::{closure}");
}

TEST(RustNames, ThatAreNoneStayAsTheyAre) {
  for (const char* name : {"ring_put", "_R", "_Rxyz", "_RNvCs1234_99short", "_RNvB_3foo", "_RNvBz_3foo"})
    EXPECT_EQ(demangle_rust(name), name);
}

}  // namespace
}  // namespace culprit::console
