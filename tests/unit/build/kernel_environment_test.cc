#include "build/kernel/environment.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "base/process/subprocess.h"
#include "base/strings.h"

namespace culprit::build {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

// What a command of a kernel's build sees of `name`, exported by the user with a value of its own.
std::string seen(const std::string& name) {
  ::setenv(name.c_str(), "the-users", 1);
  const Environment fixed = fixed_environment("/source", "/temporary");
  base::Command command{.argv = hide_environment(fixed), .env = fixed};
  command.argv.insert(command.argv.end(), {"sh", "-c", "echo \"${" + name + "-unset}\""});
  const auto out = base::run_tool(command, base::CancelToken());
  ::unsetenv(name.c_str());
  return out ? std::string(base::trim(*out)) : base::render(out.error());
}

TEST(KernelEnvironment, WhatCulpritSaysStandsWhateverTheUserExports) {
  for (const auto& [name, value] : fixed_environment("/source", "/temporary"))
    EXPECT_EQ(seen(name), value) << name;
}

TEST(KernelEnvironment, WhatChangesABuildDoesNotReachIt) {
  for (const char* name : {"ARCH",
                           "CROSS_COMPILE",
                           "KCFLAGS",
                           "KCPPFLAGS",
                           "MAKEFLAGS",
                           "GNUMAKEFLAGS",
                           "MAKEFILES",
                           "CC",
                           "LD",
                           "LLVM",
                           "HOSTCC",
                           "KCONFIG_ALLCONFIG",
                           "KCONFIG_CONFIG",
                           "KBUILD_EXTRA_SYMBOLS",
                           "KBUILD_BUILD_SOMETHING",
                           "LOCALVERSION",
                           "O",
                           "SOURCE_DATE_EPOCH",
                           "LANG",
                           "LANGUAGE",
                           "LC_MESSAGES",
                           "CPATH",
                           "C_INCLUDE_PATH",
                           "GCC_EXEC_PREFIX",
                           "CCACHE_COMPILER",
                           "CCACHE_PREFIX",
                           "CCACHE_SLOPPINESS",
                           "ENV",
                           "BASH_ENV",
                           "PYTHONPATH",
                           "PERL5LIB",
                           "a_variable_that_nobody_knows"})
    EXPECT_EQ(seen(name), "unset") << name;
  EXPECT_EQ(seen("CCACHE_DIR"), "the-users");
}

TEST(KernelEnvironment, SaysWhatItIgnores) {
  ::setenv("KCFLAGS", "-O0", 1);
  ::setenv("KBUILD_BUILD_USER", "me", 1);
  ::setenv("EDITOR", "vi", 1);
  const auto ignored = ignored_build_variables();
  EXPECT_THAT(ignored, Contains("KCFLAGS"));
  EXPECT_THAT(ignored, Contains("KBUILD_BUILD_USER"));
  EXPECT_THAT(ignored, Not(Contains("EDITOR")));
  for (const char* name : {"KCFLAGS", "KBUILD_BUILD_USER", "EDITOR"}) ::unsetenv(name);
}

}  // namespace
}  // namespace culprit::build
