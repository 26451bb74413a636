#include "model/run_says.h"

#include <gtest/gtest.h>

namespace culprit::model {
namespace {

TEST(RunSays, ACrashIsTheBugAnotherOneOrOpen) {
  using enum OutcomeKind;
  EXPECT_EQ(what_says(crashed, false, 0.5, 0), RunSays::shown);
  EXPECT_EQ(what_says(crashed, false, 0.49, 0), RunSays::open);
  EXPECT_EQ(what_says(crashed, false, 0.15, 0), RunSays::open);
  EXPECT_EQ(what_says(crashed, false, 0.14, 0), RunSays::hidden);
}

TEST(RunSays, WhatLooksLikeTheBugIsOpenWhateverElseSpeaksAgainst) {
  EXPECT_EQ(what_says(OutcomeKind::crashed, false, 0.01, 0.5), RunSays::open);
  EXPECT_EQ(what_says(OutcomeKind::crashed, true, 0.01, 0.5), RunSays::quiet) << "it ran its course";
}

TEST(RunSays, ARunThatRanItsCourseIsQuietEvenBesideAnotherCrash) {
  EXPECT_EQ(what_says(OutcomeKind::ok, true, 0, 0), RunSays::quiet);
  EXPECT_EQ(what_says(OutcomeKind::crashed, true, 0.1, 0), RunSays::quiet);
  EXPECT_EQ(what_says(OutcomeKind::timed_out, true, 0, 0), RunSays::quiet);
}

TEST(RunSays, ASilencedDetectorIsNoEvidence) {
  EXPECT_EQ(what_says(OutcomeKind::ok, false, 0, 0), RunSays::silenced);
  EXPECT_FALSE(tells(RunSays::silenced));
}

TEST(RunSays, WhatNeverGotToTheTestIsNotWhatTheMachineLost) {
  EXPECT_EQ(what_says(OutcomeKind::boot_failed, false, 0, 0), RunSays::not_started);
  EXPECT_EQ(what_says(OutcomeKind::test_failed, false, 0, 0), RunSays::not_started);
  EXPECT_EQ(what_says(OutcomeKind::timed_out, false, 0, 0), RunSays::unfinished);
  EXPECT_EQ(what_says(OutcomeKind::infra, false, 1, 1), RunSays::lost);
  EXPECT_EQ(what_says(OutcomeKind::build_broken, false, 0, 0), RunSays::unbuilt);
}

}  // namespace
}  // namespace culprit::model
