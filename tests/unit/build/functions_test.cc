// Normalised signatures of compiled C: what moves a line changes nothing, what changes a constant does.
#include "build/binary/functions.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/process/subprocess.h"

namespace culprit::build {
namespace {

struct Compiled {
  base::TempDir folder = std::move(*base::TempDir::create("functions-test-"));
  int count = 0;

  FunctionHashes of(const std::string& source, const std::string& flags = "-O2") {
    const std::string name = "file.c";  // one name, as in one tree
    EXPECT_TRUE(base::write_file_atomically(folder.path() / name, source).has_value());
    const std::string object = (folder.path() / (std::to_string(count++) + ".o")).string();
    const auto made = base::run_process(
        {.argv = {"sh", "-c", "gcc " + flags + " -c file.c -o " + object}, .cwd = folder.path()},
        base::CancelToken());
    EXPECT_TRUE(made && made->ok()) << (made ? made->output : "");
    const auto hashes = function_hashes(object);
    EXPECT_TRUE(hashes.has_value());
    return hashes ? *hashes : FunctionHashes{};
  }
};
using Names = std::vector<std::string>;

const std::string k_source =
    "#include <assert.h>\n"
    "void __might_sleep(const char *file, int line);\n"
    "int shared;\n"
    "static int __attribute__((noinline)) helper(int n) { return n * 3 + shared; }\n"
    "int first(int n) { __might_sleep(__FILE__, __LINE__); return helper(n) + 5; }\n"
    "int second(int n) { assert(n > 3); return helper(n) * 7; }\n"
    "const char *third(void) { return \"a text\"; }\n";

std::string with(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

TEST(FunctionHashes, AreEqualForCommentsAndMovedLines) {
  Compiled c;
  const auto before = c.of(k_source);
  ASSERT_TRUE(before.contains("first") && before.contains("helper"));
  EXPECT_EQ(differing(before, c.of("/* one\n   two */\n\n\n" + k_source)), Names{});
  EXPECT_EQ(differing(before, c.of(with(k_source, "int second", "\n\n// here\nint second"))), Names{});
  EXPECT_EQ(normalised_signature(before), normalised_signature(c.of("\n" + k_source)));
  EXPECT_EQ(differing(before, c.of("\n\n" + k_source, "-O2 -g")), Names{});
}

TEST(FunctionHashes, DifferWhereOneConstantDoes) {
  Compiled c;
  const auto before = c.of(k_source);
  EXPECT_EQ(differing(before, c.of(with(k_source, "+ 5", "+ 6"))), Names{"first"});
  EXPECT_EQ(differing(before, c.of(with(k_source, "* 3", "* 5"))), Names{"helper"});
  EXPECT_EQ(differing(before, c.of(with(k_source, "a text", "a test"))), Names{"third"});
  EXPECT_EQ(differing(before, c.of(with(k_source, "n > 3", "n > 4"))), Names{"second"});
  EXPECT_NE(normalised_signature(before), normalised_signature(c.of(with(k_source, "* 7", "* 9"))));
}

TEST(FunctionHashes, NameWhatIsAddedAndLeaveItsNeighboursAlone) {
  Compiled c;
  const auto before = c.of(k_source);
  const auto after =
      c.of(with(k_source, "int second", "int between(int n) { return n ^ 0x55; }\nint second"));
  EXPECT_EQ(differing(before, after), Names{"between"});
}

TEST(FunctionHashes, SeeDataAndAssembly) {
  Compiled c;
  const std::string data = "int table[3] = {1, 2, 3};\n__asm__(\".text\\nbare: mov $1, %eax\\nret\\n\");\n";
  const auto before = c.of(data);
  EXPECT_EQ(differing(before, c.of(with(data, "2, 3", "2, 4"))), Names{"[.data]"});
  EXPECT_EQ(differing(before, c.of(with(data, "mov $1", "mov $2"))), Names{"[.text]"});
}

TEST(FunctionHashes, LeaveOutTheLineInTheTableOfBugs) {
  Compiled c;
  const auto bug = [](int line) {
    return "void f(void) { __asm__(\"1: ud2\\n.pushsection __bug_table,\\\"aw\\\"\\n.long 1b - ., 2f - "
           ".\\n.word " +
           std::to_string(line) +
           "\\n.word 3\\n.popsection\\n.pushsection .rodata.str1.1,\\\"aMS\\\",@progbits,1\\n2: .asciz "
           "\\\"f.c\\\"\\n.popsection\"); }\n";
  };
  const auto before = c.of(bug(10));
  EXPECT_EQ(differing(before, c.of(bug(12))), Names{});
  std::string other = bug(10);
  EXPECT_EQ(differing(before, c.of(with(other, ".word 3", ".word 1"))), Names{"[__bug_table]"});
  EXPECT_EQ(differing(before, c.of(with(other, "f.c", "g.c"))), Names{"[__bug_table]"});
}

// Since v6.19 an entry has a format too, and code hands on the entry's address: where a bug stands in the table says nothing.
TEST(FunctionHashes, LeaveOutTheLineAndThePlaceInALongerTableOfBugs) {
  Compiled c;
  const auto bug = [](const std::string& name, const std::string& format, int line) {
    return "void " + name +
           "(void) { __asm__(\"lea 3f(%rip), %rdi\\n1: ud2\\n.pushsection __bug_table,\\\"aw\\\"\\n3: .long "
           "1b - ., 4f - ., 2f - "
           ".\\n.word " +
           std::to_string(line) +
           "\\n.word 3\\n.popsection\\n.pushsection .rodata.str1.1,\\\"aMS\\\",@progbits,1\\n2: .asciz "
           "\\\"f.c\\\"\\n4: .asciz \\\"" +
           format + "\\\"\\n.popsection\"); }\n";
  };
  const std::string rest = bug("g", "a > b", 20) + bug("h", "a < b", 30);
  const auto before = c.of(bug("f", "x", 10) + rest);
  EXPECT_EQ(differing(before, c.of(bug("f", "x", 12) + rest)), Names{});
  EXPECT_EQ(differing(before, c.of(bug("f", "y", 10) + rest)), (Names{"[__bug_table]", "f"}));
  EXPECT_EQ(differing(c.of(rest), before), (Names{"[__bug_table]", "f"}));
}

TEST(FunctionHashes, TellStaticFunctionsOfOneNameApart) {
  Compiled c;
  c.of(
      "static int __attribute__((noinline,used)) open_it(int n) { return n + 1; }\nint a(int n) { return "
      "open_it(n); }\n");
  ASSERT_TRUE(base::write_file_atomically(c.folder.path() / "other.c",
                                          "static int __attribute__((noinline,used)) open_it(int n) { return "
                                          "n + 2; }\nint b(int n) { return open_it(n); }\n"));
  const auto joined = base::run_process(
      {.argv = {"sh", "-c", "gcc -O2 -c other.c && ld -r -o both.o 0.o other.o"}, .cwd = c.folder.path()},
      base::CancelToken());
  ASSERT_TRUE(joined && joined->ok());
  const auto hashes = function_hashes(c.folder.path() / "both.o");
  ASSERT_TRUE(hashes.has_value());
  EXPECT_TRUE(hashes->contains("open_it (file.c)") && hashes->contains("open_it (other.c)"));
}

TEST(FunctionHashes, AreReadBackFromText) {
  const FunctionHashes some{{"a (b.c)", "12"}, {"[.data]", "34"}};
  EXPECT_EQ(functions_from_text(to_text(some)), some);
}

TEST(FunctionHashes, RefuseWhatIsNoObject) {
  Compiled c;
  ASSERT_TRUE(base::write_file_atomically(c.folder.path() / "text", "hello"));
  EXPECT_EQ(function_hashes(c.folder.path() / "text").error().kind, base::ErrorKind::usage);
  EXPECT_EQ(function_hashes("/bin/true").error().hint, "name objects: FILE.o, or a kernel's vmlinux.o");
}

}  // namespace
}  // namespace culprit::build
