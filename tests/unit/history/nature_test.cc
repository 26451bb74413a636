#include "history/nature/nature.h"

#include <gtest/gtest.h>

#include "history/git_history.h"
#include "history/nature/exposed.h"
#include "history/nature/interface.h"
#include "history/nature/stripped.h"
#include "tests/support/test_repo.h"

namespace culprit::history {
namespace {

using model::CommitId;

std::string without(std::string_view text, Language language) { return without_comments(text, language); }

TEST(WithoutComments, LeavesStringsThatLookLikeComments) {
  EXPECT_EQ(without("a = \"/* x */\"; // y\n", Language::c), without("a = \"/* x */\";\n", Language::c));
  EXPECT_NE(without("a = \"/* x */\";\n", Language::c), without("a = \"/* y */\";\n", Language::c));
  EXPECT_NE(without("a = \"b  c\";\n", Language::c), without("a = \"b c\";\n", Language::c));
  EXPECT_EQ(without("c = '\"'; /* x\n y */ d = '\"';\n", Language::c),
            without("c = '\"'; d = '\"';\n", Language::c));
  EXPECT_NE(without("n = 1'000 + '\"'; // \"\nb\n", Language::c),
            without("n = 1'000 + '\"'; // \"\nc\n", Language::c));
  EXPECT_NE(without("R\"x(// a)x\"\n", Language::c), without("R\"x(// b)x\"\n", Language::c));
}

TEST(WithoutComments, FollowsAContinuedLine) {
  EXPECT_EQ(without("// a \\\n b\nc\n", Language::c), "c\n");
  EXPECT_NE(without("#define A 1\nb\n", Language::c), without("#define A 1 b\n", Language::c));
}

TEST(WithoutComments, KeepsWhatMeansSomething) {
  EXPECT_NE(without("//go:build linux\n", Language::go), without("//go:build darwin\n", Language::go));
  EXPECT_EQ(without("// build\n", Language::go), "");
  EXPECT_NE(without("if a:\n  b\n  c\n", Language::python), without("if a:\n  b\nc\n", Language::python));
  EXPECT_NE(without("\"\"\"a\n# b\n\"\"\"\n", Language::python),
            without("\"\"\"a\n# c\n\"\"\"\n", Language::python));
  EXPECT_NE(without("#!/bin/sh\n", Language::shell), without("#!/bin/bash\n", Language::shell));
  EXPECT_NE(without("cat <<E\n# a\nE\n", Language::shell), without("cat <<E\n# b\nE\n", Language::shell));
  EXPECT_EQ(without("cat <<E\n# a\nE\nx # b\n", Language::shell),
            without("cat <<E\n# a\nE\nx\n", Language::shell));
  EXPECT_NE(without("n=${#a}\n", Language::shell), without("n=${#b}\n", Language::shell));
  EXPECT_NE(without("\techo a # b\n", Language::make), without("\techo a # c\n", Language::make));
  EXPECT_NE(without("a = /[/\"]/; // b\nc\n", Language::javascript),
            without("a = /[/\"]/; d // b\nc\n", Language::javascript));
  EXPECT_NE(without("fn f<'a>(s: &'a str) { \"// x\" }\n", Language::rust),
            without("fn f<'a>(s: &'a str) { \"// y\" }\n", Language::rust));
  EXPECT_EQ(without("/* a /* b */ c */ d\n", Language::rust), without("d\n", Language::rust));
}

TEST(WithoutComments, TakesBlanksForNothingWhereTheyAre) {
  EXPECT_EQ(without("a=1;\nf(int a){\n", Language::c), without("  a = 1;\n\nf( int  a ) {\n", Language::c));
  EXPECT_NE(without("a = b - -c;\n", Language::c), without("a = b --c;\n", Language::c));
  EXPECT_NE(without("#define F (x)\n", Language::c), without("#define F(x)\n", Language::c));
  EXPECT_NE(without("int a;\n", Language::c), without("inta;\n", Language::c));
  EXPECT_NE(without("a .b {}\n", Language::css), without("a.b {}\n", Language::css));
  EXPECT_NE(without("echo a  b\n", Language::python), without("echoa b\n", Language::python));
}

TEST(FiredChecks, AreTheInnermostFrameElse) {
  const auto one = [](const char* report) {
    const auto places = fired_checks(report);
    return places.empty() ? ""
                          : places[0].file + ":" + std::to_string(places[0].line) + " " + places[0].function;
  };
  EXPECT_EQ(one("Traceback (most recent call last):\n  File \"t.py\", line 9, in <module>\n    f(2)\n  File "
                "\"t.py\", line 2, in f\n"
                "AssertionError: small\n"),
            "t.py:2 f");
  EXPECT_EQ(one("#0 0x7f in abort\n#2 0x55ecd9803447 in account_for_line src/account.c:41 (tally+0x2447)\n#3 "
                "0x1 in main src/m.c:7\n"),
            "src/account.c:41 account_for_line");
  EXPECT_EQ(one("#0 0x7f06 in __pthread_kill_implementation ./nptl/pthread_kill.c:44 "
                "(/usr/lib/x86_64-linux-gnu/libc.so.6+0x8aeec)\n#1 0x7f in __GI_abort ./stdlib/abort.c:79\n"
                "#2 0x55 in drain src/tank.c:12 (tank+0x1)\n#3 0x56 in main src/tank.c:40 (tank+0x2)\n"),
            "src/tank.c:12 drain");
  EXPECT_EQ(one("#0  __GI_raise (sig=6) at ../sysdeps/unix/sysv/linux/raise.c:50\n#1  0x1 in drain (n=9) at "
                "tank.c:12\n"),
            "tank.c:12 drain");
  EXPECT_EQ(one("Error: no\n    at check (/x/a.js:3:9)\n    at main (/x/a.js:8:1)\n"), "/x/a.js:3 check");
}

TEST(WithoutComments, KnowsTheHelpOfKconfig) {
  EXPECT_EQ(without("config A\n\tbool \"a\"\n\thelp\n\t  One.\n\nconfig B\n", Language::kconfig),
            without("config A\n\tbool \"a\"\n\thelp\n\t  Two,\n\t  three.\n\nconfig B\n", Language::kconfig));
  EXPECT_NE(without("config A\n\tbool \"a\"\n\thelp\n\t  One.\n\tdefault y\n", Language::kconfig),
            without("config A\n\tbool \"a\"\n\thelp\n\t  One.\n", Language::kconfig));
}

TEST(FiredChecks, AreReadFromKernelsAndPrograms) {
  const auto one = [](const char* report) {
    const auto places = fired_checks(report);
    return places.empty() ? ""
                          : places[0].file + ":" + std::to_string(places[0].line) + " " + places[0].function;
  };
  EXPECT_EQ(one("WARNING: CPU: 0 PID: 42 at drivers/misc/ferry.c:12 ferry_open+0x10/0x20\n"),
            "drivers/misc/ferry.c:12 ferry_open");
  EXPECT_EQ(one("kernel BUG at mm/slub.c:305!\nRIP: 0010:kfree+0x1/0x2\n"), "mm/slub.c:305 kfree");
  EXPECT_EQ(one("t: src/table.c:34: find: Assertion `n > 0' failed.\n"), "src/table.c:34 find");
  EXPECT_EQ(one("thread 'main' panicked at src/main.rs:7:5:\n"), "src/main.rs:7 ");
  EXPECT_EQ(one("Segmentation fault\n"), "");
}

// A driver's history: each case commits to it and asks.
struct Driver : TestRepo {
  std::string source(const std::string& body, const std::string& more = {}) const {
    return "/* a driver */\n" + more + "static int ferry_open(struct inode *i)\n{\n" + body +
           "\treturn 0;\n}\n";
  }
  CommitId first = commit("drivers/ferry.c", source("\tint n = 1;\n"));
  std::unique_ptr<GitHistory> history = std::move(*GitHistory::open(path(), {}, k_never));

  std::vector<std::string> kinds(const CommitId& id, const BugFacts& bug) const {
    const auto info = history->describe(id);
    const auto found = classify(history->git(), *info, bug);
    std::vector<std::string> out;
    for (const model::Classified& one : *found) out.push_back(one.kind);
    return out;
  }
  static BugFacts kernel(std::string title, std::string report, bool is_culprits = true) {
    return {
        .title = std::move(title), .report = std::move(report), .is_culprits = is_culprits, .arch = "x86_64"};
  }
};
using Kinds = std::vector<std::string>;

TEST(Classify, FindsCommitsWithoutEffect) {
  Driver t;
  const BugFacts bug = Driver::kernel("WARNING in f", "");
  EXPECT_EQ(t.kinds(t.commit("Documentation/ferry.rst", "x\n"), bug), Kinds{"documentation"});
  EXPECT_EQ(t.kinds(t.commit("drivers/ferry.c", t.source("\tint n = 1; /* one */\n")), bug),
            Kinds{"comments"});
  EXPECT_EQ(t.kinds(t.commit("arch/arm64/kernel/entry.S", "nop\n"), bug), Kinds{"other_architecture"});
  EXPECT_EQ(t.kinds(t.commit("arch/x86/kernel/entry.S", "nop\n"), bug), Kinds{});
  EXPECT_EQ(t.kinds(t.commit("drivers/ferry.c", t.source("\tint n = 2; /* one */\n")), bug), Kinds{});
  BugFacts program;
  program.run = {"tests/run.sh"};
  EXPECT_EQ(t.kinds(t.commit("tests/other.sh", "x\n"), program), Kinds{"tests"});
  EXPECT_EQ(t.kinds(t.commit("tests/run.sh", "x\n"), program), Kinds{});
  EXPECT_EQ(t.kinds(t.commit("arch/arm64/x.c", "int a;\n"), program), Kinds{});
}

TEST(Classify, TellsTheCheckThatFiresFromOneThatWasThere) {
  Driver t;
  const CommitId check = t.commit("drivers/ferry.c", t.source("\tWARN_ON(i->n > 3);\n"));
  const auto at = [](int line) {
    return Driver::kernel("WARNING in ferry_open", "WARNING: CPU: 0 PID: 4 at drivers/ferry.c:" +
                                                       std::to_string(line) + " ferry_open+0x10/0x20\n");
  };
  EXPECT_EQ(t.kinds(check, at(4)), Kinds{"exposed_by"});
  EXPECT_EQ(t.kinds(check, at(40)), Kinds{});
  const CommitId later = t.commit("drivers/ferry.c", t.source("\ti->n = 4;\n\tWARN_ON(i->n > 3);\n"));
  EXPECT_EQ(t.kinds(later, at(5)), Kinds{});
}

TEST(Classify, CountsAnAnnotationForItsDetectorAlone) {
  Driver t;
  const CommitId moved = t.commit("drivers/ferry.c", t.source("\tmutex_acquire(&i->map, 0, 0, _RET_IP_);\n"));
  EXPECT_EQ(t.kinds(moved, Driver::kernel("possible deadlock in mptcp_close", "")), Kinds{"exposed_by"});
  EXPECT_EQ(t.kinds(moved, Driver::kernel("KASAN: use-after-free in mptcp_close", "")), Kinds{});
  BugFacts fix = Driver::kernel("possible deadlock in mptcp_close", "");
  fix.is_fix = true;
  EXPECT_EQ(t.kinds(moved, fix), Kinds{});
}

TEST(Classify, SeesADetectorOrADefaultSwitchedOn) {
  Driver t;
  t.commit("lib/Kconfig.debug", "config PROVE_LOCKING\n\tbool \"x\"\n");
  const CommitId on = t.commit("lib/Kconfig.debug", "config PROVE_LOCKING\n\tbool \"x\"\n\tdefault y\n");
  EXPECT_EQ(t.kinds(on, Driver::kernel("WARNING in ferry_open", "")), Kinds{"default"});
  const CommitId flags = t.commit("Makefile", "CFLAGS = -fsanitize=address\n");
  BugFacts asan;
  asan.title = "AddressSanitizer: heap-buffer-overflow in find";
  EXPECT_EQ(t.kinds(flags, asan), Kinds{"exposed_by"});
  asan.title = "SIGSEGV in find";
  EXPECT_EQ(t.kinds(flags, asan), Kinds{});
}

TEST(Classify, KnowsAnInterfaceThatTheParentLacks) {
  Driver t;
  BugFacts bug = Driver::kernel("BUG in ferry_write", "");
  bug.reproducer = "int main(void) { return open(\"/proc/ferry_log\", 0) + count_total; }\n";
  const CommitId made = t.commit("drivers/ferry.c", t.source("\tproc_create(\"ferry_log\", 0, 0, 0);\n"));
  EXPECT_EQ(t.kinds(made, bug), Kinds{"new_interface"});
  const CommitId again = t.commit(
      "drivers/ferry.c", t.source("\tpr_info(\"ferry_log\");\n\tproc_create(\"ferry_log\", 0, 0, 0);\n"));
  EXPECT_EQ(t.kinds(again, bug), Kinds{});
  bug.reproducer += "/* the ferry sinks when full */\n";
  const CommitId told =
      t.commit("drivers/ferry.c", t.source("\tpr_info(\"a ferry sinks when it is full\");\n"));
  EXPECT_EQ(t.kinds(told, bug), Kinds{});
  const CommitId local = t.commit("drivers/ferry.c", t.source("\tint count_total = 0;\n"));
  EXPECT_EQ(t.kinds(local, bug), Kinds{});
}

TEST(Classify, KnowsAnEntryThatTheStackComesInThrough) {
  Driver t;
  const std::string report =
      " ferry_lock+0x1/0x2 drivers/ferry.c:3\n ferry_write_iter+0xe2/0x110\n vfs_write+0x147/0x4a0\n";
  const std::string function = "static int ferry_write_iter(struct kiocb *k)\n{\n\treturn 1;\n}\n";
  const CommitId helper =
      t.commit("drivers/ferry.c", t.source("", "static int ferry_lock(int i)\n{\n\treturn 1;\n}\n"));
  EXPECT_EQ(t.kinds(helper, Driver::kernel("deadlock in ferry_lock", report)), Kinds{});
  const CommitId entry =
      t.commit("drivers/ferry.c",
               t.source("", function + "static struct ops o = {\n\t.write_iter = ferry_write_iter,\n};\n"));
  EXPECT_EQ(t.kinds(entry, Driver::kernel("deadlock in ferry_lock", report)), Kinds{"new_interface"});
}

TEST(Classify, SaysWhatAMergeIs) {
  Driver t;
  t.git("checkout -q -b side");
  t.commit("a", "1\n");
  t.git("checkout -q -");
  t.commit("b", "2\n");
  t.git("merge -q --no-ff -m both side");
  const CommitId merge = t.id("HEAD");
  EXPECT_EQ(t.kinds(merge, Driver::kernel("WARNING in f", "")), Kinds{"merge"});
}

}  // namespace
}  // namespace culprit::history
