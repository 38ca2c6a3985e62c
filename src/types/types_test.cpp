#include <gtest/gtest.h>

#include "types/geometry.h"
#include "types/picture.h"

namespace mien {
namespace {

TEST(Geometry, IntersectionOverUnion) {
    EXPECT_FLOAT_EQ(iou({0, 0, 10, 10}, {0, 0, 10, 10}), 1.0f);
    EXPECT_FLOAT_EQ(iou({0, 0, 10, 10}, {5, 0, 10, 10}), 50.0f / 150.0f);
    EXPECT_FLOAT_EQ(iou({0, 0, 10, 10}, {10, 0, 10, 10}), 0.0f);
}

TEST(Picture, RefusesImpossibleSizes) {
    EXPECT_FALSE(Picture::make({0, 5}));
    EXPECT_FALSE(Picture::make({5, 70000}));
    const auto picture = Picture::make({3, 2});
    ASSERT_TRUE(picture);
    EXPECT_EQ(picture->pixels().size(), 18u);
}

}  // namespace
}  // namespace mien
