// The builder's pure parts: versions and toolchains, configurations as text, the reasons of broken builds.

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "build/kernel/kernel_errors.h"
#include "build/recipe/kernel_symbols.h"
#include "build/recipe/toolchain.h"

namespace culprit::build {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(KernelVersion, IsReadFromTagsAndMakefiles) {
  EXPECT_EQ(parse_kernel_version("v5.9"), (KernelVersion{5, 9, 0}));
  EXPECT_EQ(parse_kernel_version("6.1.170"), (KernelVersion{6, 1, 170}));
  EXPECT_EQ(parse_kernel_version("v6.2-rc3"), (KernelVersion{6, 2, 0}));
  EXPECT_EQ(kernel_version_of("# SPDX\nVERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 187\nEXTRAVERSION =\n"),
            (KernelVersion{6, 1, 187}));
  for (const char* nonsense : {"", "v", "v6", "6.x", "master", "v6.1.2.3.4", "v-1.2"})
    EXPECT_FALSE(parse_kernel_version(nonsense)) << nonsense;
  EXPECT_FALSE(kernel_version_of("all:\n\techo hello\n"));
}

Toolchain toolchain(std::string since, std::string cc) {
  return {.since = std::move(since), .cc = std::move(cc), .llvm = "", .make_args = {}};
}

TEST(Toolchains, TheOneWithTheNewestSinceThatIsOldEnoughWins) {
  const std::vector<Toolchain> toolchains = {toolchain("v5.9", "gcc-12"), toolchain("", "gcc-8"),
                                             toolchain("v4.19", "gcc-10")};
  EXPECT_EQ(pick_toolchain(toolchains, {6, 1, 0})->cc, "gcc-12");
  EXPECT_EQ(pick_toolchain(toolchains, {5, 9, 0})->cc, "gcc-12");
  EXPECT_EQ(pick_toolchain(toolchains, {5, 8, 18})->cc, "gcc-10");
  EXPECT_EQ(pick_toolchain(toolchains, {4, 4, 0})->cc, "gcc-8");
}

TEST(Toolchains, AVersionBeforeAllOfThemHasNone) {
  const std::vector<Toolchain> toolchains = {toolchain("v5.9", "gcc-12")};
  EXPECT_EQ(pick_toolchain(toolchains, {5, 8, 0}), nullptr);
}

TEST(Toolchains, LlvmNamesItsCompilerAndLinker) {
  Toolchain llvm = {.since = "", .cc = "", .llvm = "-19", .make_args = {}};
  EXPECT_EQ(llvm.compiler(), "clang-19");
  EXPECT_EQ(llvm.linker(), "ld.lld-19");
  llvm.llvm = "1";
  EXPECT_EQ(llvm.compiler(), "clang");
  llvm.llvm = "/opt/llvm/bin/";
  EXPECT_EQ(llvm.compiler(), "/opt/llvm/bin/clang");
  EXPECT_THAT(llvm.tools(), testing::Contains("/opt/llvm/bin/llvm-ar"));
  EXPECT_THAT(toolchain("", "gcc-12").tools(), ElementsAre("gcc-12", "ld"));
}

// clang and its linker are packages of their own: with those two alone a kernel fails in the middle of its host tools.
TEST(Toolchains, AMissingToolOfLlvmsIsAnErrorWithItsPackage) {
  const base::TempDir folder = std::move(*base::TempDir::create("toolchain-test-"));
  for (const char* tool : {"clang-999", "ld.lld-999"}) {
    std::ofstream(folder.path() / tool) << "#!/bin/sh\necho clang version 999.0\n";
    std::filesystem::permissions(folder.path() / tool, std::filesystem::perms::owner_all);
  }
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", (folder.path().string() + ":" + path).c_str(), 1);
  const auto version =
      toolchain_version({.since = "", .cc = "", .llvm = "-999", .make_args = {}}, base::CancelToken());
  ::setenv("PATH", path.c_str(), 1);
  ASSERT_FALSE(version);
  EXPECT_EQ(version.error().hint, "apt-get install llvm-999, or name another compiler in [[toolchain]]");
}

TEST(Toolchains, IdsTellThemApart) {
  Toolchain cross = toolchain("", "gcc-12");
  cross.make_args = {"CROSS_COMPILE=x86_64-linux-gnu-"};
  EXPECT_NE(cross.id(), toolchain("", "gcc-12").id());
  EXPECT_EQ(toolchain("v5.9", "gcc-12").id(), toolchain("", "gcc-12").id())
      << "the release is not part of it";
  EXPECT_EQ(toolchain("", "/usr/bin/gcc-12").id().find('/'), std::string::npos);
}

TEST(Toolchains, AMissingCompilerIsAnErrorWithItsPackage) {
  const auto version = toolchain_version(toolchain("", "gcc-999"), base::CancelToken());
  ASSERT_FALSE(version);
  EXPECT_EQ(version.error().kind, base::ErrorKind::infra);
  EXPECT_EQ(version.error().hint, "apt-get install gcc-999, or name another compiler in [[toolchain]]");
}

TEST(ConfigText, SetAndUnsetOptionsAreRead) {
  EXPECT_THAT(
      parse_config(
          "# a comment\nCONFIG_SMP=y\n\n# CONFIG_KASAN is not set\nCONFIG_CMDLINE=\"a=b\"\nnonsense\n"),
      ElementsAre(ConfigSymbol{"SMP", "y"}, ConfigSymbol{"KASAN", "n"}, ConfigSymbol{"CMDLINE", "\"a=b\""}));
}

TEST(ConfigText, WhatIsWrittenIsReadBack) {
  const std::vector<ConfigSymbol> symbols = {{"SMP", "y"}, {"KASAN", "n"}, {"HZ", "250"}};
  EXPECT_EQ(config_lines(symbols), "CONFIG_SMP=y\n# CONFIG_KASAN is not set\nCONFIG_HZ=250\n");
  EXPECT_EQ(parse_config(config_lines(symbols)), symbols);
}

TEST(ConfigText, ChangesAreNameAndValue) {
  EXPECT_EQ(parse_config_change("PROVE_LOCKING=n").value(), (ConfigSymbol{"PROVE_LOCKING", "n"}));
  EXPECT_EQ(parse_config_change("CONFIG_HZ=250").value(), (ConfigSymbol{"HZ", "250"}));
  for (const char* nonsense : {"", "KASAN", "=y", "KASAN=", "A B=y"}) {
    const auto change = parse_config_change(nonsense);
    ASSERT_FALSE(change) << nonsense;
    EXPECT_EQ(change.error().what, "\"" + std::string(nonsense) + "\" is no change of the configuration");
  }
}

TEST(LostOptions, AreThoseThatTheConfigHasOtherwise) {
  const std::vector<ConfigSymbol> requested = {{"SMP", "y"}, {"FERRY", "y"}, {"KASAN", "n"}, {"HZ", "250"}};
  EXPECT_THAT(lost_options(requested, "CONFIG_SMP=y\nCONFIG_HZ=100\n"),
              ElementsAre("FERRY=y (is n)", "HZ=250 (is 100)"));
  EXPECT_THAT(
      lost_options(requested, "CONFIG_SMP=y\nCONFIG_FERRY=y\nCONFIG_HZ=250\n# CONFIG_KASAN is not set\n"),
      IsEmpty());
}

TEST(LostOptions, TheLastRequestForAnOptionCounts) {
  const std::vector<ConfigSymbol> requested = {{"KASAN", "y"}, {"KASAN", "n"}};
  EXPECT_THAT(lost_options(requested, ""), IsEmpty());
}

TEST(BuildFailure, IsBlamedOnDiskMachineOrSubject) {
  EXPECT_EQ(blame("fatal error: error writing to /tmp/x.s: No space left on device"), BuildFault::disk_full);
  EXPECT_EQ(blame("gcc: fatal error: Killed signal terminated program cc1"), BuildFault::machine);
  EXPECT_EQ(blame("a.c:1:2: error: 'x' undeclared"), BuildFault::subject);
  EXPECT_EQ(blame(""), BuildFault::subject);
}

TEST(BuildFailure, AMissingToolIsToldFromABrokenRevision) {
  const auto tool = [](std::string_view output) {
    return std::string(missing_tool(output).value_or(MissingTool{}).package);
  };
  EXPECT_EQ(tool("  LEX x\n/bin/sh: 1: flex: not found\nmake: *** Error 127\n"), "flex");
  EXPECT_EQ(tool("make[2]: bison: No such file or directory\n"), "bison");
  EXPECT_EQ(tool("env: 'make': No such file or directory\n"), "make");
  EXPECT_EQ(tool("env: \u2018make\u2019: No such file or directory\n"), "make");
  EXPECT_EQ(tool("elf.h:10:10: fatal error: gelf.h: No such file or directory\n"), "libelf-dev");
  EXPECT_EQ(tool("a.c:1:10: fatal error: linux/ferry.h: No such file or directory\n"), "");
  EXPECT_EQ(tool("a.c:1:10: error: flex: not found in this scope\n"), "");
}

TEST(BuildFailure, TheFirstErrorsComeBeforeTheEnd) {
  std::string output = "warning: one\na.c:1:2: error: first\n";
  for (int i = 0; i < 50; i++) output += "warning: more\n";
  output += "make: *** [Makefile:1: vmlinux] Error 2\n";
  EXPECT_EQ(summarize_failure(output, 5, 2),
            "a.c:1:2: error: first\n...\nwarning: more\nmake: *** [Makefile:1: vmlinux] Error 2\n");
}

TEST(BuildFailure, NothingIsSaidTwice) {
  EXPECT_EQ(summarize_failure("a.c:1:2: error: first\nmake: *** Error 1\n"),
            "a.c:1:2: error: first\nmake: *** Error 1\n");
  EXPECT_EQ(summarize_failure(""), "");
}

}  // namespace
}  // namespace culprit::build
