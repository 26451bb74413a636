#include "cli/session/place.h"

#include <gtest/gtest.h>

namespace culprit::cli {
namespace {

TEST(AtPlace, NamesTheRepositoryInEveryCommandThatTakesIt) {
  EXPECT_EQ(at_place("`culprit resume` continues; culprit status, too", " -C /r"),
            "`culprit resume -C /r` continues; culprit status -C /r, too");
  EXPECT_EQ(at_place("culprit show --why abc", " -C '/a b' --state s"),
            "culprit show -C '/a b' --state s --why abc");
}

TEST(AtPlace, LeavesOtherWordsAlone) {
  EXPECT_EQ(at_place("culprit doctor says what is missing; the culprit --help", " -C /r"),
            "culprit doctor says what is missing; the culprit --help");
  EXPECT_EQ(at_place("`culprit resume`", ""), "`culprit resume`");
  EXPECT_EQ(at_place("the culprit ", " -C /r"), "the culprit ");
}

TEST(PlaceOptions, SayNothingOfTheRepositoryWhereTheUserStands) {
  EXPECT_EQ(place_options(".", ""), "");
  EXPECT_EQ(place_options("", ""), "");
  EXPECT_EQ(place_options("/nowhere/at all", "my state"), " -C '/nowhere/at all' --state 'my state'");
}

}  // namespace
}  // namespace culprit::cli
