#include "output/json.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "tests/support/golden.h"
#include "tests/support/story.h"

namespace culprit::output {
namespace {

TEST(Json, HoldsTheContract) {
  const auto json = to_json(fold(found_story().events()), story_texts());
  EXPECT_EQ(json["result"]["kind"], "culprit");
  EXPECT_EQ(json["result"]["commit"], id_of(7).hex());
  EXPECT_DOUBLE_EQ(json["result"]["probability"], 0.9961);
  EXPECT_EQ(json["result"]["candidates"][0]["commit"], id_of(7).hex());
  EXPECT_EQ(json["result"]["author"], "Ada Brückner");
  EXPECT_EQ(json["revisions"].size(), 7u);
  EXPECT_EQ(json["revisions"][1]["label"], "v6.1.40");
  EXPECT_TRUE(json["revisions"][0]["label"].is_null());
  EXPECT_EQ(json["revisions"][1]["runs"][4]["identity"], "foreign");
  EXPECT_EQ(json["revisions"][1]["runs"][4]["title"], "WARNING in tick_sched_timer");
  EXPECT_EQ(json["stats"]["runs"], 60);
}

TEST(Json, IsStable) { expect_golden("inconclusive.json", render_json(fold(inconclusive_story().events()))); }

TEST(Json, ABrokenBuildIsOneRun) {
  const auto json = to_json(fold(found_story().events()));
  const auto& runs = json["revisions"][3]["runs"];
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0]["outcome"], "build_broken");
  EXPECT_TRUE(runs[0]["title"].is_null());
  EXPECT_TRUE(runs[0]["identity"].is_null());
}

TEST(Json, RunsWithoutACrashHaveNoIdentity) {
  Story story;
  story.started(id_of(1)).runs(id_of(1), "x.bit~o", 1);
  const auto json = to_json(fold(story.events()));
  std::string identities;
  for (const auto& run : json["revisions"][0]["runs"])
    identities += run["identity"].is_null() ? "-" : run["identity"].get<std::string>().substr(0, 1);
  EXPECT_EQ(identities, "t----u-");
}

TEST(Json, WithoutAConclusionTheResultIsNull) {
  const auto json = to_json(fold(running_story().events()));
  EXPECT_TRUE(json["result"].is_null());
}

TEST(Json, InvalidBytesAndNumbersDoNotThrow) {
  Story story;
  story.started(id_of(1)).runs(id_of(1), "x", std::numeric_limits<double>::quiet_NaN(), "title \xff\xfe");
  story.judged(id_of(1), model::Verdict::bad, std::numeric_limits<double>::infinity(), "v1\xc3");
  const std::string text = render_json(fold(story.events()));
  const auto json = nlohmann::json::parse(text, nullptr, false);
  ASSERT_FALSE(json.is_discarded());
  EXPECT_EQ(json["revisions"][0]["runs"][0]["title"], "title \uFFFD\uFFFD");
  EXPECT_EQ(json["revisions"][0]["label"], "v1\uFFFD");
  EXPECT_EQ(json["revisions"][0]["p_bad"], 0.0);
}

}  // namespace
}  // namespace culprit::output
