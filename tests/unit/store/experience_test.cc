// Lessons as JSON.

#include "store/experience.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace culprit::store {
namespace {

std::string refusal(std::string_view text) {
  const auto read = experience_from_text(text);
  return read ? "" : read.error().what;
}

TEST(ExperienceFile, IsWhatWasWritten) {
  model::Lesson lesson{.tree = "/srv/linux", .bad = {{3, 10}, {0, 4}}, .runs = 30, .lost = 2};
  lesson.ended = 28;
  lesson.masked = 5;
  lesson.builds = 9;
  lesson.broken = 1;
  lesson.age = 3;
  lesson.older = true;
  lesson.others = {"WARNING in foo", "\xff no UTF-8"};
  const auto again = experience_from_text(to_text({.tree = "/srv/linux", .lessons = {lesson}}));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->tree, "/srv/linux");
  ASSERT_EQ(again->lessons.size(), 1);
  lesson.others[1] = again->lessons[0].others[1];  // what is no UTF-8 is replaced
  EXPECT_EQ(again->lessons[0], lesson);
}

TEST(ExperienceFile, NonsenseIsRefused) {
  const std::string head = R"({"culprit_experience": 1, "lessons": [)";
  EXPECT_EQ(refusal("["), "not what finished bisections showed: an object with a list of 'lessons'");
  EXPECT_EQ(refusal(R"({"culprit_experience": 2, "lessons": []})"),
            "not what finished bisections showed: this culprit reads version 1");
  EXPECT_EQ(refusal(head + R"({"bad": [[5, 4]]}]})"),
            "not what finished bisections showed: 'bad' is a list of [CRASHES, RUNS]");
  EXPECT_EQ(refusal(head + R"({"bad": [[1e300, 4]]}]})"),
            "not what finished bisections showed: 'bad' is a list of [CRASHES, RUNS]");
  EXPECT_EQ(refusal(head + R"({"runs": 3, "lost": 4}]})"),
            "not what finished bisections showed: a part is more than the whole");
  EXPECT_EQ(refusal(head + R"({"runs": -3}]})"), "not what finished bisections showed: 'runs' is no count");
  EXPECT_EQ(refusal(head + R"({"age": -1}]})"),
            "not what finished bisections showed: 'age' is no number of releases");
  EXPECT_EQ(refusal(head + R"({"bad": [[1, 2]]}]})"), "");
}

}  // namespace
}  // namespace culprit::store
