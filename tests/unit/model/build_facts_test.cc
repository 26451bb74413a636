#include "model/build/build_facts.h"

#include <gtest/gtest.h>

namespace culprit::model {
namespace {

TEST(OptionsLost, AreReadFromTheRecord) {
  BuildRecord build;
  build.text =
      "requested options that this revision does not take: GUARD=y (is n), HZ=250 (is 100), and 3 "
      "more\nfix-up: x";
  EXPECT_EQ(options_lost(build), (std::vector<OptionLost>{{"GUARD", "y", "n"}, {"HZ", "250", "100"}}));
  build.status = BuildStatus::broken;
  EXPECT_TRUE(options_lost(build).empty());
}

TEST(WithVariant, IsReadBackFromItsName) {
  const WithVariant with{.compiler = "gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0, GNU ld 2.40",
                         .options = {"A=y", "B=n"},
                         .variant = "no-kasan"};
  const auto read = with_variant_from_name(name_of(with));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->compiler, with.compiler);
  EXPECT_EQ(read->options, with.options);
  EXPECT_EQ(read->variant, with.variant);
  EXPECT_TRUE(is_check_variant(name_of(with)));
  EXPECT_FALSE(is_check_variant("no-kasan"));
  EXPECT_FALSE(with_variant_from_name("with:a|b").has_value());
}

}  // namespace
}  // namespace culprit::model
