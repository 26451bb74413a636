#include "base/words.h"

#include <gtest/gtest.h>

namespace culprit::base {
namespace {

enum class Colour { red, green, blue };
enum class Single { only };
struct Outer {
  enum class Inner { a, b };
};

static_assert(k_count<Colour> == 3);
static_assert(k_count<Single> == 1);
static_assert(k_count<Outer::Inner> == 2);

constexpr Words<Colour> k_colours{"red", "grass", "blue"};
static_assert(k_colours.of(Colour::green) == "grass");
static_assert(k_colours.find("blue") == Colour::blue);
static_assert(!k_colours.find("green"));

TEST(Words, GoBothWays) {
  for (const Colour colour : {Colour::red, Colour::green, Colour::blue})
    EXPECT_EQ(k_colours.find(k_colours.of(colour)), colour);
  EXPECT_EQ(k_colours.find(""), std::nullopt);
}

}  // namespace
}  // namespace culprit::base
