#include "model/binaries.h"

#include <gtest/gtest.h>

namespace culprit::model {
namespace {

TEST(EqualBinaries, ShareASignatureByWayOfAThird) {
  EqualBinaries equal(4);
  equal.note(0, "a");
  equal.note(1, "b");
  EXPECT_NE(equal.group(0), equal.group(1));
  equal.note(2, "b");
  equal.note(2, "a");
  EXPECT_EQ(equal.group(0), equal.group(1));
  EXPECT_EQ(equal.group(0), equal.group(2));
  EXPECT_EQ(equal.group(3), 3);
}

TEST(EqualBinaries, AVariantsSignatureIsItsOwn) {
  EqualBinaries equal;
  const std::size_t plain = equal.add();
  const std::size_t variant = equal.add();
  equal.note(plain, "a");
  equal.note(variant, "a", "no-kasan");
  EXPECT_NE(equal.group(plain), equal.group(variant));
}

TEST(EqualBinaries, NoSignatureIsNoneInCommon) {
  EqualBinaries equal(2);
  equal.note(0, "");
  equal.note(1, "");
  EXPECT_NE(equal.group(0), equal.group(1));
}

}  // namespace
}  // namespace culprit::model
