#include "cli/line/command_table.h"

#include <gtest/gtest.h>

#include <set>

#include "cli/commands/commands.h"
#include "cli/settings/terms.h"

namespace culprit::cli {
namespace {

TEST(CommandTable, SaysOfEachCommandWhetherItTakesAPlace) {
  CommandLine line("about", "version", "footer");
  add_commands(line);
  for (const CommandRow& row : k_commands) {
    const auto names = line.of(std::string(row.name)).names();
    const auto has = [&](const char* option) { return std::ranges::find(names, option) != names.end(); };
    EXPECT_EQ(has("--state"), row.takes_place) << row.name;
    // `replay` and `submit` name a repository, and no bisection of it.
    EXPECT_EQ(has("--repo"), row.takes_place || row.name == "replay" || row.name == "submit") << row.name;
  }
}

TEST(CommandTable, NamesEachCommandOnce) {
  std::set<std::string_view> names;
  for (const CommandRow& row : k_commands) EXPECT_TRUE(names.insert(row.name).second) << row.name;
  EXPECT_FALSE(is_command("stop"));
  EXPECT_FALSE(takes_place("stop"));
}

std::string refusal(const std::string& term_new, const std::string& term_old, bool fix = false) {
  Settings settings;
  settings.term_new = term_new;
  settings.term_old = term_old;
  settings.fix = fix;
  const auto checked = check_terms(settings);
  return checked ? "" : checked.error().what + "; " + checked.error().hint;
}

TEST(Terms, NoneIsACommand) {
  for (const CommandRow& row : k_commands) {
    if (row.name == "good" || row.name == "bad") continue;
    const std::string word(row.name);
    const std::string expected =
        "'" + word + "' cannot be a term; a term is one word, and none of culprit's commands";
    EXPECT_EQ(refusal(word, ""), expected);
    EXPECT_EQ(refusal("", word), expected);
  }
  EXPECT_EQ(refusal("began", "stop"), "");
  for (const AliasRow& alias : k_aliases) EXPECT_NE(refusal(std::string(alias.word), ""), "");
}

TEST(Terms, AreWordsThatDifferAndKeepTheirMeaning) {
  EXPECT_EQ(refusal("", ""), "");
  EXPECT_EQ(refusal("slow", "fast"), "");
  EXPECT_EQ(refusal("bad", "good"), "");
  EXPECT_EQ(refusal("good", "bad", true), "");
  EXPECT_EQ(refusal("a,b", ""), "'a,b' cannot be a term; a term is one word, and none of culprit's commands");
  EXPECT_EQ(refusal("-x", ""), "'-x' cannot be a term; a term is one word, and none of culprit's commands");
  EXPECT_EQ(refusal("same", "same"), "both terms are 'same'; name two different ones");
  const std::string turned =
      "a term may not turn the meaning of 'good' and 'bad' round; name other words, or search a fix with "
      "--fix";
  EXPECT_EQ(refusal("good", ""), turned);
  EXPECT_EQ(refusal("", "bad"), turned);
  EXPECT_EQ(refusal("bad", "", true), turned);
}

TEST(Terms, AreTheFieldsWordsWhereNoneIsGiven) {
  Settings settings;
  EXPECT_EQ(term_new(settings), "bad");
  EXPECT_EQ(term_old(settings), "good");
  settings.fix = true;
  EXPECT_EQ(term_new(settings), "good");
  settings.term_new = "fixed";
  EXPECT_EQ(term_of(settings, model::UserVerdict::good), "fixed");
  EXPECT_EQ(term_of(settings, model::UserVerdict::bad), "bad");
  EXPECT_EQ(term_of(settings, model::UserVerdict::skip), "skip");
}

}  // namespace
}  // namespace culprit::cli
