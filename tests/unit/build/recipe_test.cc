// What a kernel is built with, by its version: toolchains held constant, tweaks, fix-ups; what a build read.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/files.h"
#include "build/binary/inputs.h"
#include "build/recipe/compilers.h"
#include "build/recipe/fixups.h"
#include "build/recipe/tweaks.h"

namespace culprit::build {
namespace {

Toolchain a_toolchain(std::string cc, std::string since, std::string until = {}) {
  return {
      .since = std::move(since), .cc = std::move(cc), .llvm = {}, .make_args = {}, .until = std::move(until)};
}
constexpr KernelVersion k_old{5, 10, 223}, k_middle{6, 1, 192}, k_new{7, 2, 13};

TEST(PickToolchain, HoldsTheNewestOneThatBuildsBothEnds) {
  const std::vector<Toolchain> all = {a_toolchain("gcc-15", "v6.14"), a_toolchain("gcc-12", "v5.10"),
                                      a_toolchain("gcc-9", "v4.19")};
  const std::vector<KernelVersion> ends = {k_new, k_old};
  for (const KernelVersion version : {k_old, k_middle, k_new})
    EXPECT_EQ(pick_toolchain(all, version, ends)->cc, "gcc-12");
  EXPECT_EQ(pick_toolchain(all, k_new)->cc, "gcc-15");
}

TEST(PickToolchain, ChangesWhereNoneBuildsBothEnds) {
  const std::vector<Toolchain> all = {a_toolchain("new", "v6.0"), a_toolchain("old", "", "v6.1")};
  const std::vector<KernelVersion> ends = {k_new, k_old};
  EXPECT_EQ(pick_toolchain(all, k_new, ends)->cc, "new");
  EXPECT_EQ(pick_toolchain(all, k_middle, ends)->cc, "new");  // as the start is
  EXPECT_EQ(pick_toolchain(all, k_old, ends)->cc, "old");
}

TEST(Toolchain, BuildsToTheLastStableReleaseOfItsLast) {
  EXPECT_TRUE(a_toolchain("a", "", "v6.1").builds({6, 1, 192}));
  EXPECT_FALSE(a_toolchain("a", "", "v6.1").builds({6, 2, 0}));
  EXPECT_FALSE(a_toolchain("a", "", "v6.1.10").builds({6, 1, 192}));
}

TEST(Compilers, AreKnownByTheirVersionLine) {
  EXPECT_EQ(row_of("gcc (Debian 12.2.0-14+deb12u1) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40")->name,
            "gcc-12");
  EXPECT_EQ(row_of("Debian clang version 19.1.7 (3), LLD 19.1.7")->name, "clang-19");
  EXPECT_EQ(row_of("gcc (Debian 10.2.1-6) 10.2.1 20210110, GNU ld (GNU Binutils for Debian) 2.35.2")->name,
            "gcc-10");
  EXPECT_EQ(row_of("tcc version 0.9, GNU ld 2.40"), nullptr);
  const auto all = compilers_for({5, 10, 0}, {7, 2, 0});
  const auto ten = std::ranges::find(all, "gcc-10", [](const CompilerChoice& c) { return c.row->name; });
  ASSERT_NE(ten, all.end());
  EXPECT_TRUE(ten->builds_all);
}

TEST(Tweak, RenamesByTheTime) {
  const auto before = tweak({{"MITIGATION_RETPOLINE", "y"}, {"DEBUG_INFO_NONE", "y"}}, {5, 10, 0}, {});
  EXPECT_EQ(before.requested, (std::vector<ConfigSymbol>{{"RETPOLINE", "y"}, {"DEBUG_INFO", "n"}}));
  EXPECT_EQ(before.words.front(), "RETPOLINE=y for MITIGATION_RETPOLINE: renamed in v6.9 (aefb2f2e619b)");
  const auto after = tweak({{"RETPOLINE", "y"}, {"WERROR", "y"}}, {6, 12, 0}, {});
  EXPECT_EQ(after.requested[0], (ConfigSymbol{"MITIGATION_RETPOLINE", "y"}));
  EXPECT_EQ(after.requested[1], (ConfigSymbol{"WERROR", "y"}));  // as it was asked for
}

TEST(Tweak, LetsTheFileHaveTheLastWord) {
  const std::vector<Tweak> own = {{.since = "v6.0", .until = "v6.1", .set = {{"WERROR", "y"}}, .why = "so"}};
  const auto in = tweak({}, k_middle, own), out = tweak({}, k_new, own);
  const auto value = [](const Tweaked& t) {
    return std::ranges::find(t.requested, "WERROR", &ConfigSymbol::name)->value;
  };
  EXPECT_EQ(value(in), "y");
  EXPECT_EQ(value(out), "n");
  EXPECT_EQ(in.words.back(), "WERROR=y: so");
}

struct Tree {
  base::TempDir folder = std::move(*base::TempDir::create("recipe-test-"));
  void write(const std::string& file, const std::string& text) const {
    std::filesystem::create_directories((folder.path() / file).parent_path());
    EXPECT_TRUE(base::write_file_atomically(folder.path() / file, text).has_value());
  }
  std::string read(const std::string& file) const {
    return base::read_file(folder.path() / file).value_or("");
  }
};
const std::string k_patch =
    "--- a/f\n+++ b/f\n@@ -1,1 +1,1 @@\n-old\n+new\n--- /dev/null\n+++ b/made\n@@ -0,0 +1 @@\n+x\n";

TEST(FixUp, AppliesOnceAndInItsRange) {
  const Tree tree;
  tree.write("f", "old\n");
  const std::vector<Fixup> fixups = {{.name = "p", .patch = k_patch, .from = "v6.0", .to = {}}};
  EXPECT_TRUE(fix_up(tree.folder.path(), k_old, fixups, base::CancelToken())->words.empty());
  EXPECT_EQ(tree.read("f"), "old\n");
  EXPECT_EQ(fix_up(tree.folder.path(), k_new, fixups, base::CancelToken())->words,
            std::vector<std::string>{"p applied"});
  EXPECT_EQ(tree.read("f") + tree.read("made"), "new\nx\n");
  EXPECT_TRUE(fix_up(tree.folder.path(), k_new, fixups, base::CancelToken())->words.empty());
  remove_made(tree.folder.path(), fixups);
  EXPECT_EQ(tree.read("made"), "");
}

TEST(FixUp, SaysWhatConflicts) {
  const Tree tree;
  tree.write("f", "other\n");
  const std::vector<Fixup> fixups = {{.name = "p", .patch = k_patch, .from = {}, .to = {}}};
  EXPECT_EQ(fix_up(tree.folder.path(), k_new, fixups, base::CancelToken())->conflict,
            "error: the fix-up p does not apply: error: patch failed: f:1");
}

TEST(FixUp, MendsWhatIsKnown) {
  const Tree tree;
  tree.write("scripts/dtc/dtc-lexer.l",
             "#include \"dtc-parser.tab.h\"\n\nYYLTYPE yylloc;\nextern bool treesource_error;\n");
  EXPECT_EQ(fix_up(tree.folder.path(), {5, 4, 0}, {}, base::CancelToken())->words.size(), 1U);
  EXPECT_FALSE(tree.read("scripts/dtc/dtc-lexer.l").contains("YYLTYPE"));
  EXPECT_TRUE(fix_up(tree.folder.path(), {5, 4, 0}, {}, base::CancelToken())->words.empty());
}

TEST(InputsOf, AreReadFromWhatKbuildLeaves) {
  const std::string cmd =
      "savedcmd_kernel/fork.o := gcc -Wp,-MMD,kernel/.fork.o.d -nostdinc -I/src/include -c -o kernel/fork.o "
      "/src/kernel/fork.c\n\n"
      "source_kernel/fork.o := /src/kernel/fork.c\n\ndeps_kernel/fork.o := \\\n    $(wildcard "
      "include/config/SMP) \\\n"
      "  /src/include/linux/slab.h \\\n  ../src/include/linux/mm.h \\\n  include/generated/bounds.h \\\n\n";
  EXPECT_EQ(inputs_in(cmd, "/objects", "/src"),
            (std::set<std::string>{"include/linux/mm.h", "include/linux/slab.h", "kernel/fork.c"}));
}

}  // namespace
}  // namespace culprit::build
