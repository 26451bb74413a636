#include "history/releases/release_name.h"

#include <gtest/gtest.h>

namespace culprit::history {
namespace {

using Numbers = std::vector<std::uint32_t>;

struct Read {
  std::string_view tag;
  std::string_view family;
  Numbers numbers;
  std::optional<int> stage = std::nullopt;
  std::uint32_t candidate = 0;
};

TEST(ReleaseName, ReadsTheCustomsOfManyProjects) {
  const std::vector<Read> cases = {
      {"v6.1", "", {6, 1}},
      {"v6.1.170", "", {6, 1, 170}},
      {"v2.6.39.4", "", {2, 6, 39, 4}},
      {"v6.5-rc3", "", {6, 5}, 4, 3},
      {"1.22.0", "", {1, 22, 0}},
      {"V3.0", "", {3, 0}},
      {"v250", "", {250}},
      {"curl-7_79_1", "curl-", {7, 79, 1}},
      {"release-1.4", "release-", {1, 4}},
      {"release/v2.0.1", "release/", {2, 0, 1}},
      {"REL_16_1", "rel_", {16, 1}},
      {"jdk-17", "jdk-", {17}},
      {"llvmorg-17.0.1-rc2", "llvmorg-", {17, 0, 1}, 4, 2},
      {"go1.21.3", "go", {1, 21, 3}},
      {"v3.12.0rc1", "", {3, 12, 0}, 4, 1},
      {"v3.12.0a7", "", {3, 12, 0}, 1, 7},
      {"v3.12.0b1", "", {3, 12, 0}, 2, 1},
      {"5.0.0.Final", "", {5, 0, 0}},
      {"2.0.0-beta.4", "", {2, 0, 0}, 2, 4},
      {"1.0.0-SNAPSHOT", "", {1, 0, 0}, 0, 0},
      {"OpenSSL_1_1_1k", "openssl_", {1, 1, 1, 11}},
  };
  for (const Read& expected : cases) {
    SCOPED_TRACE(expected.tag);
    const auto name = parse_release_name(expected.tag);
    ASSERT_TRUE(name);
    EXPECT_EQ(name->family, expected.family);
    EXPECT_EQ(name->numbers, expected.numbers);
    EXPECT_EQ(name->stage, expected.stage);
    EXPECT_EQ(name->candidate, expected.candidate);
  }
}

TEST(ReleaseName, OtherTagsAreNoReleases) {
  for (const std::string_view tag :
       {"", "v", "-", "latest", "next-20240131", "20240131", "42", "v6.1.50-rt15", "v5.4-foo", "v2.6.11-tree",
        "jdk-17+35", "v1.2-3", "before-refactoring", "rc1", "v1.0b", "x1", "1.", ".1", "v99999999999.1"})
    EXPECT_FALSE(parse_release_name(tag)) << tag;
}

TEST(ReleaseName, VersionsCompareByNumberAndCandidatesStandBeforeTheirRelease) {
  const std::vector<std::string_view> ascending = {"v5.9",        "v5.10-rc1",  "v5.10-rc2", "v5.10-rc10",
                                                   "v5.10",       "v5.10.1",    "v5.10.2",   "v5.10.10",
                                                   "v6.0-alpha1", "v6.0-beta1", "v6.0-rc1",  "v6.0"};
  for (std::size_t i = 0; i < ascending.size(); ++i)
    for (std::size_t k = 0; k < ascending.size(); ++k)
      EXPECT_EQ(compare_versions(*parse_release_name(ascending[i]), *parse_release_name(ascending[k])),
                i <=> k)
          << ascending[i] << " " << ascending[k];
}

TEST(ReleaseName, PointReleasesBelongToTheSeriesOfTheirRelease) {
  EXPECT_EQ(parse_release_name("v6.1.170")->series(), (Numbers{6, 1}));
  EXPECT_EQ(parse_release_name("v6.1")->series(), (Numbers{6, 1}));
  EXPECT_EQ(parse_release_name("v2.6.32.9")->series(), (Numbers{2, 6, 32}));
  EXPECT_EQ(parse_release_name("v250")->series(), (Numbers{250}));
}

}  // namespace
}  // namespace culprit::history
