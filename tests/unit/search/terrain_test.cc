// Where builds are likely to work, and runs to say something: on a line of 200 commits, 0 good and 199 bad. A
// hole halves with every 2 % of the range, which is 3.98 commits.
#include "search/plan/terrain.h"

#include <gtest/gtest.h>

#include "tests/unit/search/evidence_builder.h"

namespace culprit::search::testing {
namespace {

using model::UserVerdict;

const model::CommitGraph& the_line() {
  static const model::CommitGraph line = line_of(200);
  return line;
}

struct Ground : Scene {
  explicit Ground(const Facts& known, const std::vector<int>& skip = {})
      : Scene(the_line(), problem_with(skip), known) {}
  static model::Problem problem_with(const std::vector<int>& skip) {
    model::Problem problem = between(0, 199);
    for (const int commit : skip) problem.skip.push_back(id_of(commit));
    return problem;
  }
};

TEST(Terrain, BeforeAnyBuildAlmostAllWork) {
  const Ground ground{Facts()};
  for (const int commit : {1, 100, 199}) {
    EXPECT_NEAR(ground.buildable(commit), 0.97, 1e-6) << commit;
    EXPECT_FALSE(ground.is_built(commit));
    // 5 % of the runs are lost to the machine, 2 % to other crashes.
    EXPECT_NEAR(ground.telling(commit), 0.95 * 0.98, 1e-6);
  }
  EXPECT_EQ(ground.buildable(0), 0) << "the good end is no place to look";
}

TEST(Terrain, AroundABrokenBuildIsAHoleThatHalves) {
  const Ground ground{Facts().broken(100)};
  EXPECT_EQ(ground.buildable(100), 0);
  for (int d = 1; d < 20; ++d) {
    EXPECT_LT(ground.buildable(100 + d), ground.buildable(101 + d)) << d;
    EXPECT_NEAR(ground.buildable(100 + d), ground.buildable(100 - d), 1e-6) << d;
  }
  EXPECT_NEAR(ground.buildable(104), 0.5, 0.03);
  EXPECT_NEAR(ground.buildable(30), 0.97, 1e-6);
}

TEST(Terrain, AHoleEndsBeforeWhatIsBuilt) {
  const Ground ground{Facts().broken(100).built(104)};
  EXPECT_TRUE(ground.is_built(104));
  EXPECT_GT(ground.buildable(103), ground.buildable(97));
  EXPECT_NEAR(ground.buildable(105), 0.97, 1e-6);
}

TEST(Terrain, TwoBrokenBuildsCloseTogetherAreOneHole) {
  const Ground one{Facts().broken(100)}, two{Facts().broken(100).broken(106)},
      far{Facts().broken(100).broken(160)};
  EXPECT_LT(two.buildable(103), one.buildable(103));
  EXPECT_NEAR(far.buildable(130), 0.97, 0.02);
}

TEST(Terrain, WhatNeverGetsToTheTestIsAHole) {
  EXPECT_TRUE(Ground(Facts().built(100).no_boot(100, 2)).is_built(100));
  const Ground ground{Facts().built(100).no_boot(100, 3)};
  EXPECT_EQ(ground.buildable(100), 0);
  EXPECT_LT(ground.buildable(101), 0.5);
  EXPECT_TRUE(Ground(Facts().built(100).no_boot(100, 3).quiet(100, 1)).is_built(100));
}

TEST(Terrain, WhatTheMachineNeverBuiltIsLeftAlone) {
  EXPECT_NEAR(Ground(Facts().lost_build(100, 2)).buildable(100), 0.97, 1e-6);
  EXPECT_EQ(Ground(Facts().lost_build(100, 3)).buildable(100), 0);
  EXPECT_TRUE(Ground(Facts().lost_build(100, 3).built(100)).is_built(100));
}

// A crash that no run gets past, seen fifteen times.
TEST(Terrain, ARevisionIsGivenUpWhereAnotherCrashEndsEveryRun) {
  EXPECT_TRUE(Ground(Facts().built(100).foreign(100, 14)).is_built(100));
  EXPECT_EQ(Ground(Facts().built(100).foreign(100, 15)).buildable(100), 0);
  EXPECT_TRUE(Ground(Facts().built(100).foreign(100, 15).quiet(100, 1)).is_built(100));
  EXPECT_TRUE(Ground(Facts().built(100).foreign(100, 15).shown(100, 1)).is_built(100));
  EXPECT_TRUE(Ground(Facts().built(100).lost(100, 15)).is_built(100)) << "the machine is no wall";
}

TEST(Terrain, WhereTwoWereGivenUpAFewRunsAreEnough) {
  const Facts one = Facts().built(20).foreign(20, 15);
  const Facts two = Facts(one).built(60).foreign(60, 15);
  EXPECT_TRUE(Ground(Facts(one).built(100).foreign(100, 4)).is_built(100));
  EXPECT_EQ(Ground(Facts(two).built(100).foreign(100, 4)).buildable(100), 0);
  EXPECT_TRUE(Ground(Facts(two).built(100).foreign(100, 3)).is_built(100));
}

// Between two that another failure hides, what those told that were tested there: one that was hidden says less than twenty.
TEST(Terrain, WhatWasTestedBetweenTwoHiddenOnesSaysWhatTheOthersAre) {
  const auto hidden = [](int step) {
    Facts facts;
    for (int at = 40; at <= 120; at += step) facts.built(at).foreign(at, 1);
    return Ground(facts).buildable(82);
  };
  EXPECT_GT(hidden(40), 0.25);
  EXPECT_LT(hidden(4), 0.1);
}

TEST(Terrain, TheSkipListKeepsAwayFromWhatIsNotBuilt) {
  const Ground ground(Facts().built(120), {100, 120});
  EXPECT_EQ(ground.buildable(100), 0);
  EXPECT_NEAR(ground.buildable(101), 0.97, 1e-6) << "it says nothing of the neighbours";
  EXPECT_TRUE(ground.is_built(120)) << "what is there may be run";
}

TEST(Terrain, WhatAPersonSkipsIsNotTested) {
  EXPECT_EQ(Ground(Facts().said(100, UserVerdict::skip)).buildable(100), 0);
  EXPECT_EQ(Ground(Facts().built(100).said(100, UserVerdict::skip)).buildable(100), 0);
}

TEST(Terrain, TheMachineLosesRunsEverywhereAlike) {
  const Ground ground{Facts().built(100).quiet(100, 10).lost(100, 10)};
  // Half a run in ten before anything is known, then ten of twenty.
  const double machine = 1 - 10.5 / 30;
  EXPECT_NEAR(ground.telling(30), ground.telling(170), 1e-6);
  EXPECT_LE(ground.telling(30), machine);
  EXPECT_GT(ground.telling(30), 0.9 * machine);
}

TEST(Terrain, OtherCrashesTakeRunsByRegion) {
  const Ground ground{Facts().built(60).foreign(60, 8).quiet(60, 2).built(140).quiet(140, 10)};
  EXPECT_LT(ground.telling(60), 0.35);
  EXPECT_GT(ground.telling(140), 0.85);
  EXPECT_NEAR(ground.telling(10), ground.telling(60), 1e-6) << "as the only tested neighbour";
  EXPECT_NEAR(ground.telling(100), (ground.telling(60) + ground.telling(140)) / 2, 1e-3);
  EXPECT_GE(Ground(Facts().built(60).foreign(60, 500)).telling(60), 0.0199) << "never none at all";
}

}  // namespace
}  // namespace culprit::search::testing
