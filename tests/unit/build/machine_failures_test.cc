#include "build/machine_failures.h"

#include <gmock/gmock.h>

namespace culprit::build {
namespace {

TEST(MachineFailures, ASignalThatEndedARecipeIsTheMachines) {
  for (const char* line :
       {"make: *** [Makefile:2: all] Killed", "make[2]: *** [scripts/Makefile.build:250: a.o] Error 137",
        "make[1]: *** [Makefile:1250: vmlinux] Error 143",
        "make[1]: *** [Makefile:231: __sub-make] Terminated",
        "make[3]: *** [scripts/Makefile.build:250: b.o] Hangup",
        "make: *** [Makefile:2: all] Bus error (core dumped)", "Killed", "Terminated",
        "make: *** [x] File size limit exceeded (core dumped)", "make: *** [x] Error 153",
        "scripts/link-vmlinux.sh: line 97: 12345 Killed                  ld -m elf_x86_64 -o vmlinux",
        "/bin/sh: line 1: 4242 Terminated  ./tools/objtool/objtool check a.o",
        "gcc: fatal error: Killed signal terminated program cc1",
        "gcc: internal compiler error: Killed (program cc1)",
        "collect2: fatal error: ld terminated with signal 9 [Killed]",
        "collect2: error: ld terminated with signal 15 [Terminated]",
        "clang: error: unable to execute command: Killed"})
    EXPECT_EQ(machine_failure(std::string("  CC a.o\n") + line + "\nmake: *** [b] Error 2\n"), line) << line;
}

TEST(MachineFailures, WhatRanOutAndWhatFailedIsTheMachines) {
  for (const char* line :
       {"cc1: out of memory allocating 65536 bytes after a total of 1 bytes",
        "virtual memory exhausted: Cannot allocate memory", "as: a.o: Input/output error",
        "make: vfork: Resource temporarily unavailable",
        "sh: 1: Cannot fork: Resource temporarily unavailable", "gcc: error: a.c: Too many open files",
        "ld: cannot open: Too many open files in system", "/bin/sh: ./fixdep: Text file busy",
        "as: a.o: Stale file handle", "mv: cannot move 'a' to 'b': Read-only file system",
        "Cannot create temporary file in /odd/: No such file or directory",
        "a.s: fatal error: error writing to /tmp/x.s: No space left on device"})
    EXPECT_TRUE(machine_failure(line)) << line;
  EXPECT_TRUE(disk_was_full("as: a.o: No space left on device"));
  EXPECT_TRUE(disk_was_full("as: a.o: Disk quota exceeded"));
  EXPECT_FALSE(disk_was_full("as: a.o: Input/output error"));
}

TEST(MachineFailures, WhatASourceCanDoIsNot) {
  for (const char* line :
       {"a.c:1:2: error: 'x' undeclared", "make: *** [Makefile:2: all] Error 1",
        "make: *** [Makefile:2: all] Error 2", "make[1]: *** [x] Segmentation fault (core dumped)",
        "make[1]: *** [x] Error 139", "make: [x] Error 137 (ignored)",
        "a.c:1:10: fatal error: killed.h: No such file or directory", "ld: undefined reference to `Killed'",
        "  CC      drivers/net/Terminated.o", ""})
    EXPECT_EQ(machine_failure(line), std::nullopt) << line;
}

TEST(MachineFailures, QuotedSourceIsNotRead) {
  EXPECT_EQ(machine_failure("a.c:12:3: error: expected ';'\n   12 |   puts(\"Input/output error\")\n"
                            "      |   ^~~~ No space left on device\n"),
            std::nullopt);
  EXPECT_FALSE(disk_was_full("   12 |   puts(\"No space left on device\")\n"));
}

}  // namespace
}  // namespace culprit::build
