#include "cli/study/config_parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace culprit::cli {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> names_of(const ConfigParts& parts) {
  std::vector<std::string> names;
  for (const study::ConfigPart& part : parts.parts()) names.push_back(part.name);
  return names;
}

TEST(ConfigParts, ADetectorIsOnePartWithAllThatIsAboutIt) {
  const ConfigParts parts(
      "CONFIG_FERRY=y\nCONFIG_KASAN=y\nCONFIG_KASAN_INLINE=y\nCONFIG_DEBUG_LOCK_ALLOC=y\n"
      "CONFIG_PROVE_LOCKING=y\n# CONFIG_KCSAN is not set\nCONFIG_HZ=250\n",
      "", "allnoconfig", {});
  EXPECT_THAT(names_of(parts), ElementsAre("PROVE_LOCKING", "KASAN", "FERRY=y", "HZ=250"));
  EXPECT_TRUE(parts.parts()[1].is_detector);
  EXPECT_THAT(parts.parts()[1].silences, ElementsAre("KASAN"));
  EXPECT_EQ(parts.text_of({true, false, true, true}),
            "CONFIG_FERRY=y\nCONFIG_DEBUG_LOCK_ALLOC=y\nCONFIG_PROVE_LOCKING=y\n# CONFIG_KCSAN is not set\n"
            "CONFIG_HZ=250\n");
}

TEST(ConfigParts, WhatTheBaselineHasStaysAndWhatItHasOtherwiseIsItsOwnAgain) {
  const std::vector<std::string> fixed = {"NET"};
  const ConfigParts parts("CONFIG_NET=y\nCONFIG_TTY=y\nCONFIG_HZ=1000\nCONFIG_USB=m\nCONFIG_HZ=250\n",
                          "CONFIG_TTY=y\nCONFIG_HZ=100\n", "defconfig", fixed);
  EXPECT_THAT(names_of(parts), ElementsAre("HZ=250", "USB=m"));
  // What a target may switch on by itself is said.
  EXPECT_EQ(parts.text_of({false, false}),
            "CONFIG_NET=y\nCONFIG_TTY=y\nCONFIG_HZ=100\n# CONFIG_USB is not set\n");
}

}  // namespace
}  // namespace culprit::cli
