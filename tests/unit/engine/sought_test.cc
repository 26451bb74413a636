#include "engine/sought.h"

#include <gtest/gtest.h>

#include "model/run/report.h"

namespace culprit::engine {
namespace {

using model::Told;

Told told(const std::vector<std::string>& messages, const std::vector<std::string>& ignored,
          const std::vector<std::string>& tests, std::string_view console,
          const model::Reports& reports = {}) {
  return Sought::create(messages, ignored, tests).value().told_of(console, reports);
}

TEST(Sought, TextIsTakenAsItIsAndBetweenSlashesAsAnExpression) {
  EXPECT_EQ(told({"a.c"}, {}, {}, "abc\n"), Told::other);
  EXPECT_EQ(told({"/a.c/"}, {}, {}, "abc\n"), Told::bug);
  EXPECT_EQ(told({"/^row \\d+$/"}, {}, {}, "x\nrow 7\ny\n"), Told::bug);
  EXPECT_EQ(told({"row 7"}, {}, {}, "\x1b[1mrow\x1b[0m 7\n"), Told::bug);
}

TEST(Sought, WhatIsIgnoredIsAnotherFailureUnlessAMessageIsThereToo) {
  EXPECT_EQ(told({}, {"port"}, {}, "no port\n"), Told::other);
  EXPECT_EQ(told({}, {"port"}, {}, "no row\n"), Told::nothing);
  EXPECT_EQ(told({"row"}, {"port"}, {}, "no port, no row\n"), Told::bug);
}

TEST(Sought, ATestIsNamedByAWholeWord) {
  model::CrashReport report;
  report.title = "AssertionError in Table.test_insert_twice";
  EXPECT_EQ(told({}, {}, {"test_insert"}, "", {report}), Told::other);
  EXPECT_EQ(told({}, {}, {"test_insert_twice"}, "", {report}), Told::bug);
  EXPECT_EQ(told({}, {}, {"Table.test_insert_twice"}, "", {report}), Told::bug);
}

TEST(Sought, RefusesWhatItCannotRead) {
  EXPECT_EQ(Sought::create({"/a(/"}, {}, {}).error().what, "--message /a(/: missing ): a(");
  EXPECT_EQ(Sought::create({}, {""}, {}).error().what, "--ignore is empty");
}

}  // namespace
}  // namespace culprit::engine
