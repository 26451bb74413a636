#include <gtest/gtest.h>
#include <re2/filtered_re2.h>
#include <re2/re2.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "console/match/rule.h"

namespace culprit::console {
namespace {

std::vector<Rule> all_rules() {
  std::vector<Rule> rules;
  for (const std::span<const Rule> table : rule_tables())
    rules.insert(rules.end(), table.begin(), table.end());
  return rules;
}

re2::RE2::Options options() {
  re2::RE2::Options o(re2::RE2::Quiet);
  o.set_encoding(re2::RE2::Options::EncodingLatin1);
  return o;
}

TEST(Rules, HaveUniqueIdsWithAFamily) {
  std::set<std::string_view> ids;
  for (const Rule& rule : all_rules()) {
    EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
    EXPECT_EQ(std::count(rule.id.begin(), rule.id.end(), '/'), 1) << rule.id;
  }
}

TEST(Rules, HaveExpressionsThatCompile) {
  for (const Rule& rule : all_rules()) {
    for (const std::string_view source : {rule.head, rule.detail}) {
      const re2::RE2 re(re2::StringPiece(source.data(), source.size()), options());
      EXPECT_TRUE(re.ok()) << rule.id << ": " << re.error();
    }
  }
}

// A line that the scanner does not stop at never meets its rule: whatever the head matches must hold the
// literal.
TEST(Rules, HaveHeadsThatImplyTheirLiterals) {
  for (const Rule& rule : all_rules()) {
    re2::FilteredRE2 filter(2);
    int id = 0;
    ASSERT_EQ(filter.Add(re2::StringPiece(rule.head.data(), rule.head.size()), options(), &id),
              re2::RE2::NoError);
    std::vector<std::string> atoms;
    filter.Compile(&atoms);
    std::string literal(rule.literal);
    std::transform(literal.begin(), literal.end(), literal.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    std::vector<int> without;
    for (std::size_t i = 0; i < atoms.size(); ++i) {
      if (atoms[i].find(literal) == std::string::npos) without.push_back(static_cast<int>(i));
    }
    std::vector<int> possible;
    filter.AllPotentials(without, &possible);
    EXPECT_TRUE(possible.empty()) << rule.id << ": the head can match a line without '" << rule.literal
                                  << "'";
  }
}

TEST(Rules, NameTheirReports) {
  for (const Rule& rule : all_rules()) {
    EXPECT_FALSE(rule.literal.empty()) << rule.id;
    EXPECT_EQ(rule.title.empty(), rule.ignore) << rule.id;
    const bool names_function = rule.title.find("{frame}") != std::string_view::npos;
    EXPECT_FALSE(names_function && rule.blame == Blame::none) << rule.id;
  }
}

}  // namespace
}  // namespace culprit::console
