#include "cli/settings/toml_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culprit::cli {
namespace {

using testing::ElementsAre;
using testing::Pair;

// The first error of what `read` asks of a table "[vm]" with this text, its hint behind " | "; empty for
// none.
template <class Read>
std::string complaint(std::string_view text, Read&& read) {
  const auto parsed = parse_toml(text, "/d/k.toml");
  if (!parsed) return parsed.error().what;
  TomlTable table(*parsed, "/d/k.toml", "[vm]");
  read(table);
  const auto finished = table.finish();
  if (finished) return "";
  EXPECT_EQ(finished.error().kind, base::ErrorKind::usage);
  return finished.error().what + (finished.error().hint.empty() ? "" : " | " + finished.error().hint);
}

TEST(TomlTable, ReadsWhatIsThereAndLeavesTheRest) {
  std::string name = "old", absent = "as it was";
  std::filesystem::path file, rooted;
  std::vector<std::string> words, one;
  bool flag = false;
  int cpus = 0, memory = 0;
  double wait = 0, pause = 0;
  std::size_t chosen = 9;
  std::vector<std::pair<std::string, std::string>> sysctls;
  constexpr std::array<std::string_view, 2> k_choices = {"kvm", "tcg"};
  EXPECT_EQ(complaint(R"(name = "n"
file = "a/b"
rooted = "/x"
words = ["a", "b"]
one = "single"
flag = true
cpus = 2
memory = "2G"
wait = "5m"
pause = 1.5
accel = "tcg"
sysctl = {"kernel.x" = 1, y = "z"}
)",
                      [&](TomlTable& t) {
                        t.text("name", name);
                        t.text("absent", absent);
                        t.path("file", file);
                        t.path("rooted", rooted);
                        t.texts("words", words);
                        t.text_or_texts("one", one);
                        t.boolean("flag", flag);
                        t.integer("cpus", cpus, 1, 8);
                        t.mebibytes("memory", memory);
                        t.duration("wait", wait);
                        t.duration("pause", pause);
                        t.choice("accel", k_choices, chosen);
                        t.pairs("sysctl", sysctls);
                      }),
            "");
  EXPECT_EQ(name, "n");
  EXPECT_EQ(absent, "as it was");
  EXPECT_EQ(file, "/d/a/b");
  EXPECT_EQ(rooted, "/x");
  EXPECT_THAT(words, ElementsAre("a", "b"));
  EXPECT_THAT(one, ElementsAre("single"));
  EXPECT_TRUE(flag);
  EXPECT_EQ(cpus, 2);
  EXPECT_EQ(memory, 2048);
  EXPECT_EQ(wait, 300);
  EXPECT_EQ(pause, 1.5);
  EXPECT_EQ(chosen, 1U);
  EXPECT_THAT(sysctls, testing::UnorderedElementsAre(Pair("kernel.x", "1"), Pair("y", "z")));
}

TEST(TomlTable, TellsLineAndWantedTypeOfAWrongValue) {
  std::string text;
  std::vector<std::string> texts;
  bool flag = false;
  int number = 0;
  double seconds = 0;
  std::size_t chosen = 0;
  constexpr std::array<std::string_view, 2> k_choices = {"kvm", "tcg"};
  const auto wrong = [](std::string_view toml, auto&& read) { return complaint(toml, read); };
  EXPECT_EQ(wrong("\nx = 1\n", [&](TomlTable& t) { t.text("x", text); }),
            "/d/k.toml:2: \"x\" must be a string, not an integer");
  EXPECT_EQ(wrong("x = \"a\"", [&](TomlTable& t) { t.texts("x", texts); }),
            "/d/k.toml:1: \"x\" must be an array of strings, not a string");
  EXPECT_EQ(wrong("x = [\"a\",\n  1]", [&](TomlTable& t) { t.texts("x", texts); }),
            "/d/k.toml:2: \"x\" must hold strings only, not an integer");
  EXPECT_EQ(wrong("x = 1", [&](TomlTable& t) { t.boolean("x", flag); }),
            "/d/k.toml:1: \"x\" must be true or false, not an integer");
  EXPECT_EQ(wrong("x = 9", [&](TomlTable& t) { t.integer("x", number, 1, 8); }),
            "/d/k.toml:1: \"x\" is 9, and must be from 1 to 8");
  EXPECT_EQ(wrong("x = 0", [&](TomlTable& t) { t.duration("x", seconds); }),
            "/d/k.toml:1: \"x\" is no time above 0 | write \"90s\", \"5m\" or \"1h\"");
  EXPECT_EQ(wrong("x = \"5 parsecs\"", [&](TomlTable& t) { t.duration("x", seconds); }),
            "/d/k.toml:1: \"x\" is no time above 0 | write \"90s\", \"5m\" or \"1h\"");
  EXPECT_EQ(wrong("x = \"1K\"", [&](TomlTable& t) { t.mebibytes("x", number); }),
            "/d/k.toml:1: \"x\" is no size of a MiB or more | write \"512M\" or \"2G\"");
  EXPECT_EQ(wrong("x = \"xen\"", [&](TomlTable& t) { t.choice("x", k_choices, chosen); }),
            "/d/k.toml:1: \"x\" is \"xen\", and must be one of: kvm, tcg");
  EXPECT_EQ(wrong("x = 1", [&](TomlTable& t) { (void)t.table("x"); }),
            "/d/k.toml:1: \"x\" must be a table, not an integer");
  EXPECT_EQ(wrong("[x]", [&](TomlTable& t) { (void)t.tables("x"); }),
            "/d/k.toml:1: \"x\" must be an array of tables ([[x]]), not a table");
}

TEST(TomlTable, TheFirstErrorIsTheOneThatIsTold) {
  std::string a = "old", b = "old";
  EXPECT_EQ(complaint("a = 1\nb = 2\nc = 3",
                      [&](TomlTable& t) {
                        t.text("b", b);
                        t.text("a", a);
                        t.complain("c", "never told");
                      }),
            "/d/k.toml:2: \"b\" must be a string, not an integer");
  EXPECT_EQ(a + b, "oldold");
}

TEST(TomlTable, AnUnknownKeyIsToldWithTheNearestOrWithAll) {
  std::string out;
  const auto read = [&](TomlTable& t) {
    t.text("memory", out);
    t.text("cpus", out);
  };
  EXPECT_EQ(complaint("memroy = \"1\"", read),
            "/d/k.toml:1: unknown key \"memroy\" in [vm] | did you mean \"memory\"?");
  EXPECT_EQ(complaint("\nzzzzzzzzz = 1\naaaaaaaaaa = 1", read),
            "/d/k.toml:2: unknown key \"zzzzzzzzz\" in [vm] | the keys of [vm] are: memory, cpus");
}

TEST(TomlTable, ATextThatIsNoTomlIsToldWithItsLine) {
  EXPECT_TRUE(complaint("a = 1\nb = = 2\n", [](TomlTable&) {}).starts_with("/d/k.toml:2: "));
}

}  // namespace
}  // namespace culprit::cli
