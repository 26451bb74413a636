#include "model/run/detectors.h"

#include <gtest/gtest.h>

namespace culprit::model {
namespace {

TEST(Detectors, EachHasOneRow) {
  for (int id = 1; id <= static_cast<int>(DetectorId::objects); ++id) {
    const Detector* row = find_detector(static_cast<DetectorId>(id));
    ASSERT_NE(row, nullptr) << id;
    EXPECT_FALSE(row->option.empty());
    EXPECT_FALSE(row->sees.empty());
  }
  EXPECT_EQ(detectors().size(), static_cast<std::size_t>(DetectorId::objects));
  EXPECT_EQ(find_detector(DetectorId::none), nullptr);
}

TEST(Detectors, AVariantWithoutOneSaysWhatToSwitchOffAndWhatIsMissing) {
  for (const Detector& row : detectors()) {
    EXPECT_EQ(row.variant.empty(), row.options.empty()) << row.option;
    EXPECT_EQ(row.variant.empty(), row.types.empty()) << row.option;
  }
}

}  // namespace
}  // namespace culprit::model
