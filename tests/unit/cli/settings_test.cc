#include "cli/settings/settings.h"

#include <gtest/gtest.h>

namespace culprit::cli {
namespace {

using model::Subject;

// Every field another value than its default.
Settings full() {
  Settings s;
  s.repository = "/r";
  s.bad = "HEAD~1";
  s.good = {"v1.0", "v2.0"};
  s.fix = s.first_parent = s.release_candidates = s.allow_shallow = true;
  s.skip = {"a..b"};
  s.oldest = "v0.9";
  s.paths = {"src"};
  s.prior_path = "/p";
  s.prior_text = "abc 3\n";
  s.prior_crash = s.manual = s.checkout = s.waits = true;
  s.term_new = "slow";
  s.term_old = "fast";
  s.user_head = "main";
  s.strategy = "classic";
  s.runs = 3;
  s.jobs = 4;
  s.confidence = 0.75;
  s.verify = false;
  s.keep_checkouts = s.clean = true;
  s.command = {"./test.sh", "\xff"};
  s.build = "make";
  s.artifacts = {"bin/x"};
  s.timeout = 1.5;
  s.messages = {"corrupt"};
  s.ignored = {"/port \\d+/"};
  s.tests = {"test_insert"};
  s.build_timeout = 7;
  s.subdirectory = "sub";
  s.user_cwd = "/r/sub";
  s.config_path = "/k.toml";
  s.config_text = "tree = \"/r\"\n";
  s.outputs = {{"log", "/log"}, {"json", "/json"}};
  return s;
}

TEST(Settings, ComeBackFromJson) {
  Settings s = full();
  s.command = {"./test.sh", "a \"b\"\n"};
  const std::string text = to_json(s);
  const auto back = settings_from_json(text);
  ASSERT_TRUE(back);
  EXPECT_EQ(to_json(*back), text);
  EXPECT_NE(text, to_json(Settings{}));
  EXPECT_EQ(back->good, s.good);
  EXPECT_EQ(back->timeout, 1.5);
  EXPECT_EQ(back->command, s.command);
  EXPECT_FALSE(back->verify);
  EXPECT_EQ(back->outputs, s.outputs);
}

TEST(Settings, EveryFieldIsInTheJson) {
  // A field that is not visited keeps its default on the way back, and its JSON is that of another set.
  const auto back = settings_from_json(to_json(full()));
  ASSERT_TRUE(back);
  const auto [a, b] = std::pair(*back, full());
  EXPECT_TRUE(a.repository == b.repository && a.bad == b.bad && a.fix && a.skip == b.skip &&
              a.oldest == b.oldest);
  EXPECT_TRUE(a.first_parent && a.release_candidates && a.allow_shallow && a.paths == b.paths);
  EXPECT_TRUE(a.prior_path == b.prior_path && a.prior_text == b.prior_text && a.prior_crash);
  EXPECT_TRUE(a.manual && a.checkout && a.waits && a.term_new == b.term_new && a.term_old == b.term_old);
  EXPECT_TRUE(a.user_head == b.user_head && a.strategy == b.strategy && a.runs == 3 && a.jobs == 4);
  EXPECT_TRUE(a.confidence == b.confidence && a.keep_checkouts && a.clean && a.build == b.build);
  EXPECT_TRUE(a.artifacts == b.artifacts && a.build_timeout == 7 && a.subdirectory == b.subdirectory);
  EXPECT_TRUE(a.user_cwd == b.user_cwd && a.config_path == b.config_path && a.config_text == b.config_text);
  EXPECT_TRUE(a.messages == b.messages && a.ignored == b.ignored && a.tests == b.tests);
  EXPECT_EQ(a.outputs, b.outputs);
}

TEST(Settings, BytesThatAreNoTextAreReplacedAndNotRefused) {
  const auto back = settings_from_json(to_json(full()));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->command[1], "\xef\xbf\xbd");
}

TEST(Settings, OfAnOlderVersionKeepTheDefaultsOfWhatIsNewer) {
  const auto old =
      settings_from_json(R"({"bad": "x", "what": "nobody reads", "log_file": "/l", "json_file": ""})");
  ASSERT_TRUE(old);
  EXPECT_EQ(old->bad, "x");
  EXPECT_TRUE(old->verify);
  EXPECT_EQ(old->build_timeout, 3600);
  EXPECT_EQ(old->timeout, std::nullopt);
  EXPECT_EQ(old->outputs.at("log"), "/l");
}

TEST(Settings, DamageIsAnErrorOfTheStore) {
  for (const char* text : {"", "{", R"({"runs": "many"})"}) {
    const auto read = settings_from_json(text);
    if (read) {
      ADD_FAILURE() << text;
      continue;
    }
    EXPECT_EQ(read.error().kind, base::ErrorKind::store);
    EXPECT_TRUE(read.error().what.starts_with("the bisection's settings are damaged: ")) << read.error().what;
  }
}

TEST(Settings, SaysWhatTheBisectionIsAbout) {
  Settings s;
  EXPECT_EQ(s.subject(), Subject::program);
  s.config_path = "/k.toml";
  EXPECT_EQ(s.subject(), Subject::kernel);
  s.manual = true;
  EXPECT_EQ(s.subject(), Subject::by_hand);
}

TEST(Settings, ByHandASmallerProbabilityIsAnAnswer) {
  Settings s;
  EXPECT_EQ(confidence_of(s), k_confidence);
  s.manual = true;
  EXPECT_EQ(confidence_of(s), k_confidence_by_hand);
  s.confidence = 0.6;
  EXPECT_EQ(confidence_of(s), 0.6);
}

}  // namespace
}  // namespace culprit::cli
